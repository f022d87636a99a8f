#include "dry_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/unit.h"
#include "header.h"
#include "phrase.h"
#include "plan.h"
#include "sizing.h"
#include "usage/proc_file.h"
#include "worker.h"

#define THREADS_SHOWN_MAX 16

/* What this process has in memory, to the page; statm is not as exact. 0: not known. */
static uint64_t resident_bytes(void)
{
	static const char field[] = "\nRss:";
	char *text = proc_read("", "/proc/self/smaps_rollup");
	const char *found = text ? strstr(text, field) : NULL;
	uint64_t kibibytes = found ? strtoull(found + sizeof(field) - 1, NULL, 10) : 0;

	free(text);
	return kibibytes * 1024;
}

/* A thread's worker and engine, as they would be, and what they take. */
struct rehearsal {
	struct worker worker;
	struct engine_config config;
	struct engine *engine;
	struct choice_result choice;
	uint32_t clients;
	uint64_t bytes;
};

static int rehearsal_open(struct rehearsal *rehearsal, struct plan *plan, uint32_t clients,
			  struct error *ret_error)
{
	uint64_t before = resident_bytes(), after;
	int error = worker_init(&rehearsal->worker, plan, 0, 0, clients, 0);

	if (error)
		return error_set(ret_error, error, "out of memory for %u connections, %u deep",
				 plan->options->connections, plan->options->depth);
	rehearsal->clients = clients;
	sizing_config(plan->options, plan->target, clients, &rehearsal->config);
	error = choice_open((enum backend_choice)plan->options->backend, &rehearsal->config,
			    &rehearsal->engine, &rehearsal->choice, ret_error);
	after = resident_bytes();
	rehearsal->bytes = after > before ? after - before : 0;
	return error;
}

static void rehearsal_close(struct rehearsal *rehearsal)
{
	engine_close(rehearsal->engine);
	worker_finish(&rehearsal->worker);
}

static void print_target(const struct target *target, const struct address_list *list,
			 const struct page *page)
{
	struct phrase phrase = { .used = 0 };

	for (uint32_t i = 0; i < list->count; i++) {
		const struct address *address = &list->addresses[i];

		phrase_add(&phrase, "%s%s", i > 0 ? ", else " : "",
			   address_format(&address->any, address->length).text);
	}
	page_line(page, STYLE_TITLE, "%s", url_format(&target->url, NULL, 0).text);
	page_row(page, STYLE_PLAIN, "service", "%s", target_service(target));
	page_row(page, STYLE_PLAIN, "address", "%s", phrase.text);
}

/* What of the load falls to a thread. */
static void print_thread(const struct load_options *options, uint32_t index,
			 const struct page *page)
{
	const struct cpu_list *cpus = &options->cpus;
	uint64_t requests = plan_requests(options);
	struct phrase phrase = { .used = 0 };
	char label[PAGE_LABEL_COLUMNS + 1];

	(void)snprintf(label, sizeof(label), "thread %u", index + 1);
	if (cpus->count > 0)
		phrase_add(&phrase, "CPU %u", cpus->cpus[index % cpus->count]);
	else
		phrase_add(&phrase, "any CPU");
	phrase_add(&phrase, ", %" PRIu64 " connections",
		   plan_part(options->connections, options->threads, index));
	if (requests > 0)
		phrase_add(&phrase, ", %" PRIu64 " requests",
			   plan_part(requests, options->threads, index));
	if (options->rate > 0)
		phrase_add(&phrase, ", %s/s",
			   count_text(load_options_rate(options) / options->threads).text);
	page_row(page, STYLE_PLAIN, label, "%s", phrase.text);
}

static void print_threads(const struct load_options *options, const struct page *page)
{
	for (uint32_t i = 0; i < options->threads && i < THREADS_SHOWN_MAX; i++)
		print_thread(options, i, page);
	if (options->threads > THREADS_SHOWN_MAX)
		page_row(page, STYLE_PLAIN, "", "and %u more like these",
			 options->threads - THREADS_SHOWN_MAX);
}

static void print_start(const struct load_options *options, const struct page *page)
{
	uint64_t each_ns = options->omit_ns + options->duration_ns + options->cooldown_ns;
	struct phrase phrase = { .used = 0 };

	if (options->start_at_ns > 0)
		phrase_add(&phrase, "in %s (--start-at)",
			   duration_text((double)((int64_t)options->start_at_ns - clock_wall_ns()))
				   .text);
	else
		phrase_add(&phrase, "as soon as all are connected");
	if (options->duration_ns > 0)
		phrase_add(&phrase, "; %s%s in all, without connecting",
			   options->requests > 0 || options->steady.window_ns > 0 ? "at most " : "",
			   duration_exact(each_ns * options->runs).text);
	page_row(page, STYLE_PLAIN, "start", "%s", phrase.text);
}

static void print_limits(const struct load_options *options, const struct page *page)
{
	page_row(page, STYLE_PLAIN, "time limits", "%s to connect, %s for an answer",
		 duration_exact(options->connect_timeout_ns).text,
		 duration_exact(options->timeout_ns).text);
}

static void print_files(const struct load_options *options, const struct page *page)
{
	uint64_t needed = plan_files_needed(options);

	page_row(page, STYLE_PLAIN, "open files", "%" PRIu64 " needed, %" PRIu64 " allowed", needed,
		 files_raise(needed));
}

static void print_backend(const struct choice_result *choice, const struct page *page)
{
	struct phrase phrase = { .used = 0 };

	for (int id = 0; id < FEATURE_COUNT; id++)
		if (choice->states[id].effective)
			phrase_add(&phrase, " %s", features[id].name);
	page_row(page, STYLE_PLAIN, "engine", "%s%s%s%s%s", choice->backend,
		 phrase.used > 0 ? " with" : " without features", phrase.text,
		 choice->reason ? "; because " : "", choice->reason ? choice->reason : "");
	if (choice->missing[0])
		page_row(page, STYLE_BAD, "", "%s", choice->missing);
}

static void print_buffers(const struct engine_config *config, const struct page *page)
{
	struct phrase phrase = { .used = 0 };
	const struct {
		const char *what;
		uint32_t count, size;
	} pools[] = {
		{ "to receive", config->buffer_count, config->buffer_size },
		{ "for bulk", config->large_count, config->large_size },
		{ "for datagrams", config->datagram_count, config->datagram_size },
		{ "to send", config->output_count, config->output_size },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pools); i++)
		if (pools[i].count > 0)
			phrase_add(&phrase, "%s%u x %s %s", phrase.used > 0 ? ", " : "",
				   pools[i].count, size_text(pools[i].size).text, pools[i].what);
	page_row(page, STYLE_PLAIN, "buffers", "a thread has %s", phrase.text);
}

/* What grows with the connections is what the whole worker takes beyond one of a single client. */
static void print_memory(const struct load_options *options, const struct rehearsal *single,
			 const struct rehearsal *whole, const struct page *page)
{
	uint32_t clients = whole->clients;
	uint64_t more = whole->bytes > single->bytes ? whole->bytes - single->bytes : 0;
	struct phrase phrase = { .used = 0 };

	if (whole->bytes == 0) {
		page_row(page, STYLE_PLAIN, "memory", "not known: /proc tells nothing of it");
		return;
	}
	phrase_add(&phrase, "%s", size_text((double)whole->bytes * options->threads).text);
	if (options->threads > 1)
		phrase_add(&phrase, ", %s a thread", size_text((double)whole->bytes).text);
	if (clients > 1)
		phrase_add(&phrase, ", of that %s a connection",
			   size_text((double)more / (clients - 1)).text);
	page_row(page, STYLE_PLAIN, "memory", "%s; without the kernel's, for sockets", phrase.text);
}

enum { REHEARSAL_FIRST, REHEARSAL_SINGLE, REHEARSAL_WHOLE, REHEARSAL_COUNT };

/* The first one pays for what a process needs once. All stay open until the last is measured, so
 * that none uses what another one had. */
static int rehearse(const struct load_options *options, const struct target *target,
		    struct rehearsal *all, struct error *ret_error)
{
	struct plan plan = { .options = options, .target = target };
	uint32_t clients = (uint32_t)plan_part(options->connections, options->threads, 0);
	int error = 0;

	for (int i = 0; !error && i < REHEARSAL_COUNT; i++)
		error = rehearsal_open(&all[i], &plan, i == REHEARSAL_WHOLE ? clients : 1,
				       ret_error);
	for (int i = 0; i < REHEARSAL_COUNT; i++)
		rehearsal_close(&all[i]);
	return error;
}

static void print_plan(const struct load_options *options, const struct target *target,
		       const struct address_list *list, const struct rehearsal *all,
		       const struct page *page)
{
	const struct rehearsal *whole = &all[REHEARSAL_WHOLE];

	print_target(target, list, page);
	header_print_load(options, target, &whole->choice, page);
	print_threads(options, page);
	print_start(options, page);
	print_limits(options, page);
	print_files(options, page);
	print_backend(&whole->choice, page);
	print_buffers(&whole->config, page);
	print_memory(options, &all[REHEARSAL_SINGLE], whole, page);
}

int dry_run_print(const struct load_options *options, const struct target *target,
		  const struct page *page, struct error *ret_error)
{
	struct address_list list;
	struct rehearsal *all;
	int error = address_resolve(&target->url, ADDRESS_TO_CONNECT, &list, ret_error);

	if (!error)
		error = plan_raise_files(options, ret_error);
	if (error)
		return error;
	all = calloc(REHEARSAL_COUNT, sizeof(*all));
	if (!all)
		return error_set(ret_error, -ENOMEM, "out of memory");
	error = rehearse(options, target, all, ret_error);
	if (!error)
		print_plan(options, target, &list, all, page);
	free(all);
	return error;
}
