#include "cost.h"

#include <string.h>

#include "base/clock.h"
#include "base/unit.h"
#include "phrase.h"

/* Ticks of 1/100 s tell nothing of a shorter time. */
#define TICKS_NS_MIN (200 * NS_PER_MS)

static double share_of(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

static void print_own_cpu(const struct result *result, const struct page *page)
{
	const struct cost *cost = &result->cost;
	uint64_t duration_ns = result_duration_ns(result);
	struct phrase phrase = { .used = 0 };

	phrase_add(&phrase, "%s a request, %.0f %% busy",
		   duration_text((double)result_cpu_ns_per_request(result)).text,
		   share_of(cost->cpu_ns, duration_ns));
	if (cost->cpu_ns >= TICKS_NS_MIN)
		phrase_add(&phrase, ": %.0f %% user, %.0f %% system",
			   share_of(cost->user_ns, duration_ns),
			   share_of(cost->system_ns, duration_ns));
	if (cost->spins > 0 || cost->spin_ns > 0)
		phrase_add(&phrase, "; %.0f %% polling", share_of(cost->spin_ns, duration_ns));
	page_row(page, STYLE_PLAIN, "own CPU", "%s", phrase.text);
}

/* Three digits, also of what is far below one. */
static void add_ratio(struct phrase *phrase, uint64_t dividend, uint64_t divisor)
{
	double ratio = (double)dividend / (double)divisor;

	if (ratio < 1)
		phrase_add(phrase, "%.3g", ratio);
	else
		phrase_add(phrase, "%s", count_text(ratio).text);
}

static void print_calls(const struct session *session, const struct page *page)
{
	const struct result *result = &session->total.result;
	const struct cost *cost = &result->cost;
	bool ring = strcmp(session->total.choice.backend, "uring") == 0;
	uint64_t switches = cost->switches_voluntary + cost->switches_involuntary;
	struct phrase phrase = { .used = 0 };

	add_ratio(&phrase, cost->system_calls, result->requests);
	phrase_add(&phrase, " %s a request", ring ? "ring calls" : "system calls");
	if (ring && cost->system_calls > 0) {
		phrase_add(&phrase, " of ");
		add_ratio(&phrase, cost->completions, cost->system_calls);
		phrase_add(&phrase, " completions");
	}
	phrase_add(&phrase, "; %s switch%s", count_text((double)switches).text,
		   switches == 1 ? "" : "es");
	page_row(page, STYLE_PLAIN, "calls", "%s", phrase.text);
}

static void print_counters(const struct session *session, const struct page *page)
{
	const struct result *result = &session->total.result;
	const struct cost *cost = &result->cost;
	const char *note = session->total.pmu_note;

	if (session->total.pmu_missing[0])
		page_row(page, STYLE_PLAIN, "cycles", "not available: %s",
			 session->total.pmu_missing);
	else if (cost->cycles > 0)
		page_row(page, STYLE_PLAIN, "cycles",
			 "%s and %s instructions a request, %.2f each%s%s",
			 count_text((double)cost->cycles / (double)result->requests).text,
			 count_text((double)cost->instructions / (double)result->requests).text,
			 (double)cost->instructions / (double)cost->cycles, note[0] ? "; " : "",
			 note);
}

static void print_host_cpu(const struct usage *usage, const struct page *page)
{
	const struct cpu_usage *cpu = &usage->cpu;
	uint64_t interrupts_ns = cpu->irq_ns + cpu->softirq_ns;
	uint64_t busy_ns = cpu->user_ns + cpu->system_ns + interrupts_ns + cpu->steal_ns;
	uint64_t all_ns = busy_ns + cpu->idle_ns;

	if (!usage->cpu_known)
		page_row(page, STYLE_PLAIN, "host CPUs", "not known: %s",
			 usage->taken_ns > 0 ? "/proc/stat cannot be read"
					     : "the load has several generators");
	else if (usage->taken_ns < TICKS_NS_MIN)
		page_row(page, STYLE_PLAIN, "host CPUs", "not known: the runs took less than %s",
			 duration_exact(TICKS_NS_MIN).text);
	else
		page_row(page, STYLE_PLAIN, "host CPUs",
			 "%.0f %% busy: user %.0f %%, system %.0f %%, (soft)irq %.0f %%, steal "
			 "%.0f %%",
			 share_of(busy_ns, all_ns), share_of(cpu->user_ns, all_ns),
			 share_of(cpu->system_ns, all_ns), share_of(interrupts_ns, all_ns),
			 share_of(cpu->steal_ns, all_ns));
}

/* Those of the server's features that did some work. */
static struct phrase server_features(const struct server_stats *server)
{
	struct phrase phrase = { .text = "" };
	const char *name;
	json_t *state;

	json_object_foreach (server->features, name, state) {
		bool first = phrase.text[0] == '\0';

		if (json_is_true(json_object_get(state, "effective")) &&
		    json_integer_value(json_object_get(state, "uses")) > 0)
			phrase_add(&phrase, "%s%s", first ? " with " : " ", name);
	}
	return phrase;
}

/* What the server says of itself: --server-stats. */
static void print_account(const struct session *session, const struct page *page)
{
	const struct server_stats *server = &session->server;
	const char *backend = json_string_value(json_object_get(server->backend, "effective"));
	double messages = (double)server->messages;

	if (session->server_missing.text[0] != '\0')
		page_row(page, STYLE_PLAIN, "server", "says nothing: %s",
			 session->server_missing.text);
	if (!session->server_known)
		return;
	page_row(page, STYLE_PLAIN, "server", "%s%s", backend ? backend : "backend not told",
		 server_features(server).text);
	if (server->messages > 0)
		page_row(page, STYLE_PLAIN, "its account",
			 "%s a message, %s of it polling; %.3g calls a message; %s dropped for "
			 "lack of room",
			 duration_text((double)server->cpu_ns / messages).text,
			 duration_text((double)server->spin_ns / messages).text,
			 (double)server->system_calls / messages,
			 count_exact(server->kernel_drops).text);
}

static void print_server(const struct session *session, const struct page *page)
{
	const struct usage *usage = &session->total.usage;
	const struct process_usage *server = &usage->server;
	uint64_t switches = server->switches_voluntary + server->switches_involuntary;

	if (usage->server_known)
		page_row(page, STYLE_PLAIN, "server CPU",
			 "%s a request, busiest thread %.0f %% busy; %s context switch%s",
			 duration_text((double)server->cpu_ns /
				       (double)session->total.result.requests)
				 .text,
			 100 * usage_server_busy(usage), count_text((double)switches).text,
			 switches == 1 ? "" : "es");
	else if (session->options->server_pid > 0)
		page_row(page, STYLE_PLAIN, "server CPU",
			 "not known: process %u has ended, or one that it started",
			 session->options->server_pid);
	else if (!session->options->server_stats)
		page_row(page, STYLE_PLAIN, "server",
			 "engine and CPU time not known: --server-stats, --server-pid");
	print_account(session, page);
}

void cost_print(const struct session *session, const struct page *page)
{
	const struct result *result = &session->total.result;

	if (result->requests > 0 && result_duration_ns(result) > 0) {
		print_own_cpu(result, page);
		print_calls(session, page);
		print_counters(session, page);
	}
	print_host_cpu(&session->total.usage, page);
	if (result->requests > 0)
		print_server(session, page);
}
