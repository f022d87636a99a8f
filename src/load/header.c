#include "header.h"

#include <string.h>
#include <sys/utsname.h>

#include <ringside/engine.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/unit.h"
#include "measure/host.h"
#include "measure/machine.h"
#include "phrase.h"

#define CPUS_SHOWN_MAX 16

/* "1 thread on CPU 1", "4 threads on any of 8 CPUs" */
static void add_threads(struct phrase *phrase, const struct load_options *options)
{
	const struct cpu_list *cpus = &options->cpus;
	uint32_t used = options->threads < cpus->count ? options->threads : cpus->count;
	uint32_t allowed = cpu_count_allowed();

	phrase_add(phrase, "%u thread%s on ", options->threads, plural(options->threads));
	if (used == 0)
		phrase_add(phrase, "any of %u CPU%s", allowed, plural(allowed));
	else
		phrase_add(phrase, "CPU%s", plural(used));
	for (uint32_t i = 0; i < used && i < CPUS_SHOWN_MAX; i++)
		phrase_add(phrase, " %u", cpus->cpus[i]);
	if (used > CPUS_SHOWN_MAX)
		phrase_add(phrase, " ...");
}

static void add_size(struct phrase *phrase, const struct load_options *options,
		     const struct target *target)
{
	const struct size_mix *mix = &options->size.request;

	if (target->answers == ANSWERS_ENDLESS)
		phrase_add(phrase, ", nothing sent");
	else if (mix->min == mix->max)
		phrase_add(phrase, ", %u B", mix->max);
	else
		phrase_add(phrase, ", sizes %s (%u to %u B)", mix->text, mix->min, mix->max);
	if (target->answers == ANSWERS_OTHER && !options->size.answer_given)
		phrase_add(phrase, ", answers of any size");
	else if (target->answers == ANSWERS_OTHER || target->answers == ANSWERS_ENDLESS)
		phrase_add(phrase, ", answers of %u B", options->size.answer);
}

static void add_reconnects(struct phrase *phrase, const struct load_options *options)
{
	if (options->mode == MODE_CONNECT)
		phrase_add(phrase, ", a new connection for each request");
	else if (options->reconnect_every > 0)
		phrase_add(phrase, ", a new connection after %s request%s",
			   count_exact(options->reconnect_every).text,
			   plural(options->reconnect_every));
	if (options->connect_rate > 0)
		phrase_add(phrase, ", at most %s connections/s",
			   count_exact(options->connect_rate).text);
}

static void print_connections(const struct load_options *options, const struct target *target,
			      const struct page *page)
{
	bool connected = transports[target->url.transport].connected;
	struct phrase phrase = { .used = 0 };

	phrase_add(&phrase, "%u %s%s, %u deep", options->connections,
		   connected ? "connection" : "socket", plural(options->connections),
		   options->depth);
	add_size(&phrase, options, target);
	phrase_add(&phrase, options->verify ? ", verified" : ", not verified");
	add_reconnects(&phrase, options);
	phrase_add(&phrase, "; ");
	add_threads(&phrase, options);
	page_row(page, STYLE_FAINT, "load", "%s", phrase.text);
}

static void add_closed_loop(struct phrase *phrase, const struct load_options *options,
			    const struct target *target)
{
	static const char *const next[] = {
		[ANSWERS_EQUAL] = "a request when an answer has come",
		[ANSWERS_OTHER] = "a request when an answer has come",
		[ANSWERS_NONE] = "requests as fast as they are taken",
		[ANSWERS_ENDLESS] = "bytes as fast as they come",
		[ANSWERS_TIMES] = "a request when an answer has come",
	};

	phrase_add(phrase, "closed: %s", next[target->answers]);
	if (options->think.ns > 0)
		phrase_add(phrase, " and after %s of %s", duration_exact(options->think.ns).text,
			   options->think.spin ? "polling" : "pause");
}

static void add_open_loop(struct phrase *phrase, const struct load_options *options)
{
	struct unit_text limit = duration_exact(options->slip_limit_ns);

	phrase_add(phrase, "open: %s/s %s", count_text(load_options_rate(options)).text,
		   arrival_names[options->arrival]);
	if (options->slip == SLIP_CATCH_UP)
		phrase_add(phrase, ", late ones are sent late");
	else if (options->slip == SLIP_SKIP)
		phrase_add(phrase, ", those over %s late are left out", limit.text);
	else
		phrase_add(phrase, ", one over %s late ends the run", limit.text);
	phrase_add(phrase, options->pace == PACE_SPIN ? ", polls until due" : ", sleeps until due");
}

static void print_loop(const struct load_options *options, const struct target *target,
		       const struct page *page)
{
	struct phrase phrase = { .used = 0 };

	if (options->rate > 0)
		add_open_loop(&phrase, options);
	else
		add_closed_loop(&phrase, options, target);
	if (options->share.count > 0)
		phrase_add(&phrase, "; share %u of %u", options->share.index, options->share.count);
	page_row(page, STYLE_FAINT, "loop", "%s", phrase.text);
}

static void add_end(struct phrase *phrase, const struct load_options *options)
{
	if (options->duration_ns > 0)
		phrase_add(phrase, "%s", duration_exact(options->duration_ns).text);
	if (options->requests > 0)
		phrase_add(phrase, "%s%s request%s%s", options->duration_ns > 0 ? " or " : "",
			   count_exact(options->requests).text, plural(options->requests),
			   options->share.count > 0 ? " of all shares" : "");
	if (options->steady.window_ns > 0)
		phrase_add(phrase, " or until steady");
}

static void print_times(const struct load_options *options, const struct page *page)
{
	struct phrase phrase = { .used = 0 };

	if (options->runs > 1)
		phrase_add(&phrase, "%u runs of ", options->runs);
	add_end(&phrase, options);
	if (options->omit_ns > 0)
		phrase_add(&phrase, " after %s of warm-up", duration_exact(options->omit_ns).text);
	if (options->cooldown_ns > 0)
		phrase_add(&phrase, ", then %s of cool-down",
			   duration_exact(options->cooldown_ns).text);
	if (options->omit_ns == 0)
		phrase_add(&phrase, ", no warm-up");
	page_row(page, STYLE_FAINT, "time", "%s", phrase.text);
}

/* What of all that was asked for the kernel tells. */
static uint32_t told_ancillary(const struct load_options *options, const struct target *target,
			       const struct choice_result *choice)
{
	uint32_t told = load_times_ancillary(options, target);

	return choice_tells_departures(choice) ? told : told & ~(uint32_t)ANCILLARY_DEPARTURE;
}

/* Who takes the times that delays are made of. */
static void print_stamps(const struct load_options *options, const struct target *target,
			 const struct choice_result *choice, const struct page *page)
{
	uint32_t told = told_ancillary(options, target, choice);
	const char *who = options->stamps == LOAD_STAMPS_HARDWARE ? "the network card where it can"
								  : "the kernel";
	struct phrase phrase = { .used = 0 };

	if (!target->protocol)
		return;
	if (!(told & ANCILLARY_ARRIVAL))
		phrase_add(&phrase, "by this program");
	else if (told & ANCILLARY_DEPARTURE)
		phrase_add(&phrase, "by %s, of requests and answers", who);
	else
		phrase_add(&phrase, "of answers by %s, of requests by this program", who);
	if (options->key_length > 0)
		phrase_add(&phrase, "; signed");
	page_row(page, STYLE_FAINT, "times", "%s", phrase.text);
}

void header_print_load(const struct load_options *options, const struct target *target,
		       const struct choice_result *choice, const struct page *page)
{
	print_connections(options, target, page);
	print_loop(options, target, page);
	print_times(options, page);
	print_stamps(options, target, choice, page);
}

/* The features that did some work: the others had no part in the figures. */
static void print_engine(const struct choice_result *choice, const struct page *page)
{
	struct phrase phrase = { .used = 0 };
	bool first = true;

	phrase_add(&phrase, "%s", choice->backend);
	for (int id = 0; id < FEATURE_COUNT; id++) {
		if (!choice->states[id].effective || choice->uses[id] == 0)
			continue;
		phrase_add(&phrase, "%s%s", first ? " with " : " ", features[id].name);
		first = false;
	}
	page_row(page, STYLE_FAINT, "engine", "%s", phrase.text);
}

static void add_fact(struct phrase *phrase, const char *name, const char *title)
{
	struct reading reading = machine_fact(name);

	phrase_add(phrase, "%s%s", title, reading.available ? reading.text : "not known");
}

/* Names between blanks, or "none". */
static uint32_t names_count(const char *names)
{
	uint32_t count = 1;

	if (strcmp(names, "none") == 0)
		return 0;
	for (; *names; names++)
		count += *names == ' ';
	return count;
}

static void add_vulnerable(struct phrase *phrase)
{
	struct reading reading = machine_fact("vulnerable");

	if (reading.available)
		phrase_add(phrase, ", %u missing", names_count(reading.text));
}

static void print_host(const struct page *page)
{
	struct phrase phrase = { .used = 0 };
	struct utsname host;

	(void)uname(&host);
	phrase_add(&phrase, "%s, %s %s", host.nodename, host.sysname, host.release);
	add_fact(&phrase, "cpu_model", ", ");
	add_fact(&phrase, "virtualisation", ", virtualisation: ");
	add_fact(&phrase, "governor", "; governor ");
	add_fact(&phrase, "mitigations", ", mitigations ");
	add_vulnerable(&phrase);
	page_row(page, STYLE_FAINT, "host", "%s", phrase.text);
}

static void print_title(const struct session *session, const struct page *page)
{
	const char *label = session->options->label, *commit = host_commit();

	page_line(page, STYLE_TITLE, "%s%s%s, ringside %s (%s)", label ? label : "",
		  label ? ": " : "", target_text(session->target).text, RINGSIDE_VERSION,
		  commit ? commit : "commit not known");
}

void header_print(const struct session *session, const struct page *page)
{
	print_title(session, page);
	header_print_load(session->options, session->target, &session->total.choice, page);
	print_engine(&session->total.choice, page);
	print_host(page);
}
