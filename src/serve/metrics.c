#include "metrics.h"

#include <stddef.h>
#include <string.h>

#include <ringside/clock.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/counters.h"

#define LABELS_MAX 1024

/* A family. Which samples it has is said by one of the four functions. */
struct metric {
	const char *name; /* without _total */
	enum metric_type type;
	const char *help;
	uint64_t (*value)(const struct metrics *metrics);		   /* one, without labels */
	uint64_t (*of_worker)(const struct stats *stats, uint32_t worker); /* one for each */
	void (*of_listener)(const struct metric *metric, const struct metric_text *text,
			    char labels[static LABELS_MAX], const struct tally *tally);
	void (*print)(const struct metric *metric, const struct metrics *metrics,
		      const struct metric_text *text);
	size_t offset;	/* of a uint64_t in what the function looks at */
	bool connected; /* of listeners those that have connections */
	bool is_time;	/* in nanoseconds; shown in seconds */
};

static void sample(const struct metric *metric, const struct metric_text *text, const char *labels,
		   uint64_t value)
{
	if (metric->is_time)
		metric_sample_ns(text, metric->name, metric->type, labels, value);
	else
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

static uint64_t draining(const struct metrics *metrics)
{
	return metrics->draining;
}

/* One that does not answer keeps the figures of its last report. */
static uint64_t worker_up(const struct stats *stats, uint32_t worker)
{
	return stats->fresh[worker];
}

static uint64_t worker_cpu_ns(const struct stats *stats, uint32_t worker)
{
	return stats->reports[worker].cpu_ns;
}

static uint64_t worker_connections(const struct stats *stats, uint32_t worker)
{
	return stats->reports[worker].connections;
}

static void print_workers(const struct metric *metric, const struct stats *stats,
			  const struct metric_text *text)
{
	char number[16], labels[LABELS_MAX];

	for (uint32_t i = 0; i < stats->worker_count; i++) {
		labels[0] = '\0';
		(void)snprintf(number, sizeof(number), "%u", i);
		(void)metric_label(labels, sizeof(labels), "worker", number);
		sample(metric, text, labels, metric->of_worker(stats, i));
	}
}

static uint64_t kernel_drops(const struct metrics *metrics)
{
	return metrics->stats->total.kernel_drops;
}

/* offset: in struct engine_counters. */
static void print_engine(const struct metric *metric, const struct metrics *metrics,
			 const struct metric_text *text)
{
	sample(metric, text, "", field_at(&metrics->stats->total.engine, metric->offset));
}

static void print_accept_errors(const struct metric *metric, const struct metrics *metrics,
				const struct metric_text *text)
{
	const struct engine_counters *engine = &metrics->stats->total.engine;
	char labels[LABELS_MAX];

	for (int kind = 0; kind < ACCEPT_ERROR_COUNT; kind++) {
		labels[0] = '\0';
		(void)metric_label(labels, sizeof(labels), "errno", stats_accept_error_names[kind]);
		sample(metric, text, labels, engine->accept_errors_by[kind]);
	}
}

static void print_buffer_state(const struct metric *metric, const struct metric_text *text,
			       int pool, const char *state, uint32_t count)
{
	char labels[LABELS_MAX] = "";

	(void)metric_label(labels, sizeof(labels), "pool", engine_pool_names[pool]);
	(void)metric_label(labels, sizeof(labels), "state", state);
	sample(metric, text, labels, count);
}

static void print_buffers(const struct metric *metric, const struct metrics *metrics,
			  const struct metric_text *text)
{
	for (int i = 0; i < ENGINE_POOL_COUNT; i++) {
		const struct engine_pool *pool = &metrics->stats->total.pools[i];

		print_buffer_state(metric, text, i, "free", pool->count - pool->held);
		print_buffer_state(metric, text, i, "held", pool->held);
	}
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

static void print_listeners(const struct metric *metric, const struct stats *stats,
			    const struct metric_text *text)
{
	char labels[LABELS_MAX];
	struct tally tally;

	for (uint32_t i = 0; i < stats->listeners->count; i++) {
		const struct listener *listener = &stats->listeners->items[i];

		if ((metric->connected && !transports[listener->url.transport].connected) ||
		    !tally_of_address(stats, i, &tally))
			continue;
		listener_labels(listener, labels);
		metric->of_listener(metric, text, labels, &tally);
	}
}

/* offset: in struct tally. */
static void print_tally(const struct metric *metric, const struct metric_text *text,
			char labels[static LABELS_MAX], const struct tally *tally)
{
	sample(metric, text, labels, field_at(tally, metric->offset));
}

static void print_refused(const struct metric *metric, const struct metric_text *text,
			  char labels[static LABELS_MAX], const struct tally *tally)
{
	size_t length = strlen(labels);

	for (int reason = REFUSED_NOT + 1; reason < REFUSED_COUNT; reason++) {
		labels[length] = '\0';
		(void)metric_label(labels, LABELS_MAX, "reason", stats_refusal_names[reason]);
		sample(metric, text, labels, tally->refused[reason]);
	}
}

static uint64_t clock_synchronised(const struct metrics *metrics)
{
	struct clock_quality quality;

	(void)metrics;
	clock_quality_read(&quality);
	return quality.synchronised;
}

static uint64_t clock_error_ns(const struct metrics *metrics)
{
	struct clock_quality quality;

	(void)metrics;
	clock_quality_read(&quality);
	return quality.error_ns;
}

static uint64_t started_ns(const struct metrics *metrics)
{
	return (uint64_t)metrics->stats->started_unix_ns;
}

static uint64_t process_cpu_ns(const struct metrics *metrics)
{
	(void)metrics;
	return clock_cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static uint64_t files_max(const struct metrics *metrics)
{
	return metrics->files_max;
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

#define ENGINE(member) .print = print_engine, .offset = offsetof(struct engine_counters, member)
#define LISTENER(member) .of_listener = print_tally, .offset = offsetof(struct tally, member)
#define CONNECTED(member) LISTENER(member), .connected = true

static const struct metric families[] = {
	{ "ringside_build_info", METRIC_GAUGE, "1, with what this server is in the labels.",
	  .print = print_build },
	{ "ringside_draining", METRIC_GAUGE,
	  "1 once the server has been told to end and finishes what has begun.",
	  .value = draining },
	{ "ringside_worker_up", METRIC_GAUGE,
	  "1 if the thread reported its figures within a second.", .of_worker = worker_up },
	{ "ringside_worker_cpu_seconds", METRIC_COUNTER,
	  "CPU time of a thread since it serves, user and system.", .of_worker = worker_cpu_ns,
	  .is_time = true },
	{ "ringside_open_connections", METRIC_GAUGE, "Connections open now, by thread.",
	  .of_worker = worker_connections },
	{ "ringside_connections", METRIC_COUNTER, "Connections accepted.", CONNECTED(connected) },
	{ "ringside_disconnections", METRIC_COUNTER, "Connections that have ended.",
	  CONNECTED(disconnected) },
	{ "ringside_messages", METRIC_COUNTER,
	  "Datagrams, records or pieces of a stream that arrived.", LISTENER(messages) },
	{ "ringside_received_bytes", METRIC_COUNTER, "Bytes in them.", LISTENER(bytes) },
	{ "ringside_answers", METRIC_COUNTER, "Answers given.", LISTENER(answers) },
	{ "ringside_sent_bytes", METRIC_COUNTER, "Bytes in them.", LISTENER(answer_bytes) },
	{ "ringside_replies_refused", METRIC_COUNTER,
	  "Requests that were given no answer, by the reason.", .of_listener = print_refused },
	{ "ringside_accept_errors", METRIC_COUNTER,
	  "Connections that could not be accepted, by the error.", .print = print_accept_errors },
	{ "ringside_connections_refused", METRIC_COUNTER,
	  "Connections closed at once since there was no room for them.",
	  ENGINE(connections_refused) },
	{ "ringside_connections_forbidden", METRIC_COUNTER,
	  "Connections closed at once since --allow-uid does not name their user.",
	  ENGINE(connections_forbidden) },
	{ "ringside_timeouts", METRIC_COUNTER,
	  "Connections closed since nothing moved (idle) or the peer took nothing (send).",
	  .print = print_timeouts },
	{ "ringside_udp_kernel_drops", METRIC_COUNTER,
	  "Datagrams that the kernel dropped before they could be read.", .value = kernel_drops },
	{ "ringside_datagrams_dropped", METRIC_COUNTER,
	  "Answers over datagrams that the kernel did not take.", ENGINE(datagrams_dropped) },
	{ "ringside_datagrams_truncated", METRIC_COUNTER,
	  "Datagrams that were longer than a buffer.", ENGINE(datagrams_truncated) },
	{ "ringside_buffers", METRIC_GAUGE,
	  "Buffers of all threads, free or held by what has come or waits to be sent.",
	  .print = print_buffers },
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
	  "1 if the kernel's clock is kept in step with others.", .value = clock_synchronised },
	{ "ringside_clock_max_error_seconds", METRIC_GAUGE,
	  "How far the kernel's clock may be off.", .value = clock_error_ns, .is_time = true },
	{ "process_start_time_seconds", METRIC_GAUGE, "When it began to serve, since 1970.",
	  .value = started_ns, .is_time = true },
	{ "process_cpu_seconds", METRIC_COUNTER, "CPU time of the process, user and system.",
	  .value = process_cpu_ns, .is_time = true },
	{ "process_resident_memory_bytes", METRIC_GAUGE, "Memory in use.", .print = print_memory },
	{ "process_open_fds", METRIC_GAUGE, "Open descriptors.", .print = print_open_files },
	{ "process_max_fds", METRIC_GAUGE, "The limit on open descriptors.", .value = files_max },
};

void metrics_print(const struct metrics *metrics, const struct metric_text *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct metric *metric = &families[i];

		metric_family(text, metric->name, metric->type, metric->help);
		if (metric->value)
			sample(metric, text, "", metric->value(metrics));
		else if (metric->of_worker)
			print_workers(metric, metrics->stats, text);
		else if (metric->of_listener)
			print_listeners(metric, metrics->stats, text);
		else
			metric->print(metric, metrics, text);
	}
	metric_end(text);
}
