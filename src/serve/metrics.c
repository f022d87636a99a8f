#include "metrics.h"

#include <stddef.h>
#include <string.h>

#include <ringside/clock.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/counters.h"

#define LABELS_MAX 1024

struct metric {
	const char *name; /* of the family: without _total */
	enum metric_type type;
	const char *help;
	void (*print)(const struct metric *metric, const struct metrics *metrics,
		      const struct metric_text *text);
	size_t offset; /* of a uint64_t in what print() looks at */
};

static void sample(const struct metric *metric, const struct metric_text *text, const char *labels,
		   uint64_t value)
{
	metric_sample(text, metric->name, metric->type, labels, value);
}

static uint64_t field_at(const void *base, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)base + offset, sizeof(value));
	return value;
}

static void print_build(const struct metric *metric, const struct metrics *metrics,
			const struct metric_text *text)
{
	char labels[LABELS_MAX] = "";

	(void)metric_label(labels, sizeof(labels), "version", RINGSIDE_VERSION);
	(void)metric_label(labels, sizeof(labels), "backend",
			   metrics->stats->workers[0].choice.backend);
	(void)metric_label(labels, sizeof(labels), "kernel", metrics->kernel);
	sample(metric, text, labels, 1);
}

static void print_draining(const struct metric *metric, const struct metrics *metrics,
			   const struct metric_text *text)
{
	sample(metric, text, "", metrics->draining);
}

static const char *worker_label(char labels[static 64], uint32_t number)
{
	char digits[16];

	labels[0] = '\0';
	(void)snprintf(digits, sizeof(digits), "%u", number);
	(void)metric_label(labels, 64, "worker", digits);
	return labels;
}

/* One that does not answer keeps the figures of its last report. */
static void print_worker_up(const struct metric *metric, const struct metrics *metrics,
			    const struct metric_text *text)
{
	char labels[64];

	for (uint32_t i = 0; i < metrics->stats->worker_count; i++)
		sample(metric, text, worker_label(labels, i), metrics->stats->fresh[i]);
}

static void print_worker_cpu(const struct metric *metric, const struct metrics *metrics,
			     const struct metric_text *text)
{
	char labels[64];

	for (uint32_t i = 0; i < metrics->stats->worker_count; i++)
		metric_sample_ns(text, metric->name, metric->type, worker_label(labels, i),
				 metrics->stats->reports[i].cpu_ns);
}

static void print_open(const struct metric *metric, const struct metrics *metrics,
		       const struct metric_text *text)
{
	char labels[64];

	for (uint32_t i = 0; i < metrics->stats->worker_count; i++)
		sample(metric, text, worker_label(labels, i),
		       metrics->stats->reports[i].connections);
}

static void print_kernel_drops(const struct metric *metric, const struct metrics *metrics,
			       const struct metric_text *text)
{
	sample(metric, text, "", metrics->stats->total.kernel_drops);
}

/* offset: in struct engine_counters. */
static void print_engine(const struct metric *metric, const struct metrics *metrics,
			 const struct metric_text *text)
{
	sample(metric, text, "", field_at(&metrics->stats->total.engine, metric->offset));
}

static void print_timeouts(const struct metric *metric, const struct metrics *metrics,
			   const struct metric_text *text)
{
	const struct engine_counters *engine = &metrics->stats->total.engine;

	sample(metric, text, "kind=\"idle\"", engine->idle_timeouts);
	sample(metric, text, "kind=\"send\"", engine->send_timeouts);
}

static bool same_labels(const struct listener *a, const struct listener *b)
{
	return strcmp(a->text.text, b->text.text) == 0;
}

/* Two sockets that were passed may have one address: they are one to whoever looks from outside.
 * Returns false if the one at this place has been told of with an earlier one. */
static bool tally_of_address(const struct stats *stats, uint32_t place, struct tally *ret_tally)
{
	const struct listener *items = stats->listeners->items;

	for (uint32_t i = 0; i < place; i++)
		if (same_labels(&items[i], &items[place]))
			return false;
	*ret_tally = stats->total.tallies[place];
	for (uint32_t i = place + 1; i < stats->listeners->count; i++)
		if (same_labels(&items[i], &items[place]))
			counters_add(ret_tally, &stats->total.tallies[i], sizeof(*ret_tally));
	return true;
}

static void listener_labels(const struct listener *listener, char labels[static LABELS_MAX])
{
	labels[0] = '\0';
	(void)metric_label(labels, LABELS_MAX, "listener", listener->text.text);
	(void)metric_label(labels, LABELS_MAX, "service", listener->service->name);
	(void)metric_label(labels, LABELS_MAX, "transport",
			   transports[listener->url.transport].name);
}

static void print_tallies(const struct metric *metric, const struct metrics *metrics,
			  const struct metric_text *text, bool connected_only)
{
	const struct listener_list *list = metrics->stats->listeners;
	char labels[LABELS_MAX];
	struct tally tally;

	for (uint32_t i = 0; i < list->count; i++) {
		if (connected_only && !transports[list->items[i].url.transport].connected)
			continue;
		if (!tally_of_address(metrics->stats, i, &tally))
			continue;
		listener_labels(&list->items[i], labels);
		sample(metric, text, labels, field_at(&tally, metric->offset));
	}
}

/* offset: in struct tally. */
static void print_listeners(const struct metric *metric, const struct metrics *metrics,
			    const struct metric_text *text)
{
	print_tallies(metric, metrics, text, false);
}

/* The same of those that have connections. */
static void print_connected(const struct metric *metric, const struct metrics *metrics,
			    const struct metric_text *text)
{
	print_tallies(metric, metrics, text, true);
}

static void print_refused(const struct metric *metric, const struct metrics *metrics,
			  const struct metric_text *text)
{
	const struct listener_list *list = metrics->stats->listeners;
	char labels[LABELS_MAX];
	struct tally tally;

	for (uint32_t i = 0; i < list->count; i++) {
		if (!tally_of_address(metrics->stats, i, &tally))
			continue;
		for (int reason = REFUSED_NOT + 1; reason < REFUSED_COUNT; reason++) {
			listener_labels(&list->items[i], labels);
			(void)metric_label(labels, sizeof(labels), "reason",
					   stats_refusal_names[reason]);
			sample(metric, text, labels, tally.refused[reason]);
		}
	}
}

static void print_clock_synchronised(const struct metric *metric, const struct metrics *metrics,
				     const struct metric_text *text)
{
	struct clock_quality quality;

	clock_quality_read(&quality);
	sample(metric, text, "", quality.synchronised);
}

static void print_clock_error(const struct metric *metric, const struct metrics *metrics,
			      const struct metric_text *text)
{
	struct clock_quality quality;

	clock_quality_read(&quality);
	metric_sample_ns(text, metric->name, metric->type, "", quality.error_ns);
}

static void print_start(const struct metric *metric, const struct metrics *metrics,
			const struct metric_text *text)
{
	metric_sample_ns(text, metric->name, metric->type, "",
			 (uint64_t)metrics->stats->started_unix_ns);
}

static void print_cpu(const struct metric *metric, const struct metrics *metrics,
		      const struct metric_text *text)
{
	metric_sample_ns(text, metric->name, metric->type, "",
			 clock_cpu_ns(CLOCK_PROCESS_CPUTIME_ID));
}

static void print_memory(const struct metric *metric, const struct metrics *metrics,
			 const struct metric_text *text)
{
	uint64_t bytes;

	if (process_memory(metrics->files, &bytes))
		sample(metric, text, "", bytes);
}

static void print_open_files(const struct metric *metric, const struct metrics *metrics,
			     const struct metric_text *text)
{
	uint64_t count;

	if (process_open_files(metrics->files, &count))
		sample(metric, text, "", count);
}

static void print_max_files(const struct metric *metric, const struct metrics *metrics,
			    const struct metric_text *text)
{
	sample(metric, text, "", metrics->files_max);
}

#define ENGINE(member) .print = print_engine, .offset = offsetof(struct engine_counters, member)
#define LISTENER(member) .print = print_listeners, .offset = offsetof(struct tally, member)
#define CONNECTED(member) .print = print_connected, .offset = offsetof(struct tally, member)

static const struct metric families[] = {
	{ "ringside_build_info", METRIC_GAUGE, "1, with what this server is in the labels.",
	  print_build },
	{ "ringside_draining", METRIC_GAUGE,
	  "1 once the server has been told to end and finishes what has begun.", print_draining },
	{ "ringside_worker_up", METRIC_GAUGE,
	  "1 if the thread reported its figures within a second.", print_worker_up },
	{ "ringside_worker_cpu_seconds", METRIC_COUNTER,
	  "CPU time of a thread since it serves, user and system.", print_worker_cpu },
	{ "ringside_open_connections", METRIC_GAUGE, "Connections open now, by thread.",
	  print_open },
	{ "ringside_connections", METRIC_COUNTER, "Connections accepted.", CONNECTED(connected) },
	{ "ringside_disconnections", METRIC_COUNTER, "Connections that have ended.",
	  CONNECTED(disconnected) },
	{ "ringside_messages", METRIC_COUNTER,
	  "Datagrams, records or pieces of a stream that arrived.", LISTENER(messages) },
	{ "ringside_received_bytes", METRIC_COUNTER, "Bytes in them.", LISTENER(bytes) },
	{ "ringside_answers", METRIC_COUNTER, "Answers given.", LISTENER(answers) },
	{ "ringside_sent_bytes", METRIC_COUNTER, "Bytes in them.", LISTENER(answer_bytes) },
	{ "ringside_replies_refused", METRIC_COUNTER,
	  "Requests that were given no answer, by the reason.", print_refused },
	{ "ringside_accept_errors", METRIC_COUNTER, "Connections that could not be accepted.",
	  ENGINE(accept_errors) },
	{ "ringside_connections_refused", METRIC_COUNTER,
	  "Connections closed at once since there was no room for them.",
	  ENGINE(connections_refused) },
	{ "ringside_connections_forbidden", METRIC_COUNTER,
	  "Connections closed at once since --allow-uid does not name their user.",
	  ENGINE(connections_forbidden) },
	{ "ringside_timeouts", METRIC_COUNTER,
	  "Connections closed since nothing moved (idle) or the peer took nothing (send).",
	  print_timeouts },
	{ "ringside_udp_kernel_drops", METRIC_COUNTER,
	  "Datagrams that the kernel dropped before they could be read.", print_kernel_drops },
	{ "ringside_datagrams_dropped", METRIC_COUNTER,
	  "Answers over datagrams that the kernel did not take.", ENGINE(datagrams_dropped) },
	{ "ringside_datagrams_truncated", METRIC_COUNTER,
	  "Datagrams that were longer than a buffer.", ENGINE(datagrams_truncated) },
	{ "ringside_receive_starved", METRIC_COUNTER,
	  "Times that a receive waited since every buffer was in use.", ENGINE(receive_starved) },
	{ "ringside_receive_paused", METRIC_COUNTER,
	  "Times that a peer was read no more since it did not read its answers.",
	  ENGINE(receive_paused) },
	{ "ringside_send_short", METRIC_COUNTER, "Sends that the kernel took only a part of.",
	  ENGINE(send_short) },
	{ "ringside_send_errors", METRIC_COUNTER, "Sends that failed.", ENGINE(send_errors) },
	{ "ringside_system_calls", METRIC_COUNTER, "System calls on the data path.",
	  ENGINE(system_calls) },
	{ "ringside_completions", METRIC_COUNTER, "Operations that the kernel completed.",
	  ENGINE(completions) },
	{ "ringside_ring_cq_overflow", METRIC_COUNTER,
	  "Times that io_uring's completion queue was full.", ENGINE(cq_overflows) },
	{ "ringside_multishot_rearmed", METRIC_COUNTER,
	  "Times that a multishot operation had ended and was begun again.",
	  ENGINE(multishot_rearmed) },
	{ "ringside_clock_synchronized", METRIC_GAUGE,
	  "1 if the kernel's clock is kept in step with others.", print_clock_synchronised },
	{ "ringside_clock_max_error_seconds", METRIC_GAUGE,
	  "How far the kernel's clock may be off.", print_clock_error },
	{ "process_start_time_seconds", METRIC_GAUGE, "When it began to serve, since 1970.",
	  print_start },
	{ "process_cpu_seconds", METRIC_COUNTER, "CPU time of the process, user and system.",
	  print_cpu },
	{ "process_resident_memory_bytes", METRIC_GAUGE, "Memory in use.", print_memory },
	{ "process_open_fds", METRIC_GAUGE, "Open descriptors.", print_open_files },
	{ "process_max_fds", METRIC_GAUGE, "The limit on open descriptors.", print_max_files },
};

void metrics_print(const struct metrics *metrics, const struct metric_text *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct metric *metric = &families[i];

		metric_family(text, metric->name, metric->type, metric->help);
		metric->print(metric, metrics, text);
	}
	metric_end(text);
}
