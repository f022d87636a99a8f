/* The document of --json-stats. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <ringside/clock.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/json.h"
#include "config.h"
#include "measure/result.h"
#include "stats.h"

/* Raised when a member changes its meaning or goes; new members do not raise it. */
#define SCHEMA "ringside-serve/1"

/* The engine's counters, by name. */
static const struct counter_row {
	const char *name;
	size_t offset;
} counter_rows[] = {
#define ROW(member)                                               \
	{                                                         \
#member, offsetof(struct engine_counters, member) \
	}
	ROW(turns),
	ROW(messages_in),
	ROW(messages_out),
	ROW(bytes_in),
	ROW(bytes_out),
	ROW(accepted),
	ROW(closed),
	ROW(accept_errors),
	ROW(connections_refused),
	ROW(connections_forbidden),
	ROW(receive_starved),
	ROW(arrivals_unstamped),
	ROW(departures_lost),
	ROW(receive_paused),
	ROW(send_short),
	ROW(send_errors),
	ROW(datagrams_truncated),
	ROW(datagrams_dropped),
	ROW(idle_timeouts),
	ROW(send_timeouts),
	ROW(system_calls),
	ROW(completions),
	ROW(cq_overflows),
	ROW(multishot_rearmed),
#undef ROW
};

const char *const stats_refusal_names[REFUSED_COUNT] = {
	[REFUSED_PORT] = "port", [REFUSED_ADDRESS] = "address",	    [REFUSED_LOOP] = "loop",
	[REFUSED_SIZE] = "size", [REFUSED_TRUNCATED] = "truncated", [REFUSED_RATE] = "rate",
	[REFUSED_KEY] = "key",	 [REFUSED_CLOCK] = "clock",
};

const char *const stats_accept_error_names[ACCEPT_ERROR_COUNT] = {
	[ACCEPT_EMFILE] = "EMFILE",
	[ACCEPT_ENFILE] = "ENFILE",
	[ACCEPT_ENOMEM] = "ENOMEM",
	[ACCEPT_ENOBUFS] = "ENOBUFS",
	[ACCEPT_ECONNABORTED] = "ECONNABORTED",
	[ACCEPT_OTHER] = "other",
};

/* Of all threads, as they are now. */
static json_t *buffers_to_json(const struct engine_pool *pools)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	for (int i = 0; i < ENGINE_POOL_COUNT; i++) {
		json_t *pool = json_object();

		error |= json_put_unsigned(pool, "count", pools[i].count);
		error |= json_put_unsigned(pool, "held", pools[i].held);
		error |= json_put_value(object, engine_pool_names[i], pool);
	}
	return json_complete(object, error);
}

static json_t *accept_errors_to_json(const struct engine_counters *counters)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	for (int kind = 0; kind < ACCEPT_ERROR_COUNT; kind++)
		error |= json_put_unsigned(object, stats_accept_error_names[kind],
					   counters->accept_errors_by[kind]);
	return json_complete(object, error);
}

static json_t *counters_to_json(const struct engine_counters *counters)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	for (size_t i = 0; i < ARRAY_SIZE(counter_rows); i++) {
		const void *field = (const char *)counters + counter_rows[i].offset;

		error |= json_put_unsigned(object, counter_rows[i].name, *(const uint64_t *)field);
	}
	return json_complete(object, error);
}

/* As it is now: a reader of times wants to know what they are worth. */
static json_t *clock_to_json(void)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;
	struct clock_quality quality;

	clock_quality_read(&quality);
	error |= json_put_value(object, "synchronised", json_boolean(quality.synchronised));
	error |= json_put_unsigned(object, "error_ns", quality.error_ns);
	error |= json_put_integer(object, "tai_offset_s", quality.tai_offset_s);
	return json_complete(object, error);
}

static json_t *spins_to_json(const struct engine_counters *counters)
{
	const struct cost cost = {
		.spins = counters->spins,
		.spin_hits = counters->spin_hits,
		.spin_ns = counters->spin_ns,
	};

	return spin_to_json(&cost);
}

static json_t *refused_to_json(const struct tally *tally)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	for (int reason = REFUSED_NOT + 1; reason < REFUSED_COUNT; reason++)
		error |= json_put_unsigned(object, stats_refusal_names[reason],
					   tally->refused[reason]);
	return json_complete(object, error);
}

/* NULL: no memory. null: nothing is injected. */
static json_t *injected_to_json(const struct stats *stats, const struct inject_tally *injected)
{
	json_t *object;
	int error;

	if (stats->options->inject.count == 0)
		return json_null();
	object = json_object();
	error = object ? 0 : -ENOMEM;
	for (int kind = 0; kind < INJECT_KIND_COUNT; kind++)
		error |= json_put_unsigned(object, inject_kinds[kind].name, injected->done[kind]);
	error |= json_put_unsigned(object, "delay_overflow", injected->held.overflow);
	error |= json_put_unsigned(object, "delay_dropped", injected->held.dropped);
	return json_complete(object, error);
}

/* What the answers of a listener are limited to; null: to nothing. */
static json_t *limits_to_json(const struct rate_plan *plan, uint32_t listener)
{
	uint32_t ceiling = plan->ceilings[listener].per_second;
	bool by_source = plan->by_source[listener];
	json_t *object;
	int error;

	if (!by_source && ceiling == 0)
		return json_null();
	object = json_object();
	error = object ? 0 : -ENOMEM;
	error |= json_put_value(object, "source",
				by_source ? rate_to_json(&plan->source) : json_null());
	error |= json_put_value(object, "ceiling",
				ceiling ? rate_to_json(&plan->ceiling) : json_null());
	return json_complete(object, error);
}

static json_t *listener_to_json(const struct stats *stats, uint32_t number)
{
	const struct listener *listener = &stats->listeners->items[number];
	const struct tally *tally = &stats->total.tallies[number];
	const struct rate_plan *plan = stats->workers[0].setup->rates;
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_string(object, "url", listener->text.text);
	error |= json_put_string(object, "service", listener->service->name);
	error |= json_put_unsigned(object, "connected", tally->connected);
	error |= json_put_unsigned(object, "disconnected", tally->disconnected);
	error |= json_put_unsigned(object, "messages", tally->messages);
	error |= json_put_unsigned(object, "bytes", tally->bytes);
	error |= json_put_unsigned(object, "answers", tally->answers);
	error |= json_put_unsigned(object, "answer_bytes", tally->answer_bytes);
	error |= json_put_value(object, "refused", refused_to_json(tally));
	error |= json_put_value(object, "limits", limits_to_json(plan, number));
	error |= json_put_value(object, "injected", injected_to_json(stats, &tally->injected));
	return json_complete(object, error);
}

static json_t *listeners_to_json(const struct stats *stats)
{
	json_t *array = json_array();
	int error = array ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < stats->listeners->count; i++)
		error |= json_append(array, listener_to_json(stats, i));
	return json_complete(array, error);
}

static json_t *thread_to_json(const struct worker *worker, const struct report *report)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_string(object, "backend", worker->choice.backend);
	error |= json_put_string(object, "backend_reason", worker->choice.reason);
	error |= json_put_unsigned(object, "connections", report->connections);
	error |= json_put_unsigned(object, "messages", report->engine.messages_in);
	error |= json_put_unsigned(object, "cpu_ns", report->cpu_ns);
	error |= json_put_unsigned(object, "kernel_drops", report->kernel_drops);
	return json_complete(object, error);
}

static json_t *threads_to_json(const struct stats *stats)
{
	json_t *array = json_array();
	int error = array ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < stats->worker_count; i++)
		error |= json_append(array, thread_to_json(&stats->workers[i], &stats->reports[i]));
	return json_complete(array, error);
}

/* What the first thread got: all of them asked the same kernel for the same. */
static int put_choice(const struct stats *stats, json_t *object)
{
	struct choice_result choice = stats->workers[0].choice;

	memcpy(choice.uses, stats->total.engine.feature_uses, sizeof(choice.uses));
	return choice_to_json((enum backend_choice)stats->options->backend, &choice, object);
}

json_t *stats_to_json(const struct stats *stats)
{
	const struct report *total = &stats->total;
	uint64_t messages = total->engine.messages_in;
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_string(object, "schema", SCHEMA);
	error |= json_put_string(object, "version", RINGSIDE_VERSION);
	error |= json_put_string(object, "command", "serve");
	error |= json_put_integer(object, "started_unix_ns", stats->started_unix_ns);
	error |= json_put_unsigned(object, "elapsed_ns", stats->collected_ns - stats->started_ns);
	error |= put_choice(stats, object);
	error |= json_put_unsigned(object, "connections", total->connections);
	error |= json_put_unsigned(object, "cpu_ns", total->cpu_ns);
	error |= json_put_real(object, "cpu_ns_per_message",
			       messages > 0 ? (double)total->cpu_ns / (double)messages : 0);
	error |= json_put_unsigned(object, "kernel_drops", total->kernel_drops);
	error |= json_put_value(object, "sandbox",
				sandbox_to_json(stats->workers[0].setup->sandbox));
	error |= json_put_value(object, "clock", clock_to_json());
	error |= json_put_value(object, "spin", spins_to_json(&total->engine));
	error |= json_put_value(object, "counters", counters_to_json(&total->engine));
	error |= json_put_value(object, "accept_errors", accept_errors_to_json(&total->engine));
	error |= json_put_value(object, "buffers", buffers_to_json(total->pools));
	error |= json_put_value(object, "listeners", listeners_to_json(stats));
	error |= json_put_value(object, "threads", threads_to_json(stats));
	error |= json_put_value(object, "options",
				options_to_json(&serve_option_table, stats->options));
	error |= json_put_value(object, "config", config_to_json(stats->workers[0].setup->config));
	return json_complete(object, error);
}
