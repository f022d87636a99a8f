#include "measure/result.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/json.h"
#include "measure/result_sums.h"

const struct result_error_row result_errors[RESULT_ERROR_COUNT] = {
	[RESULT_CONNECT] = { .name = "connect", .meaning = "connections not made" },
	[RESULT_RESET] = { .name = "reset", .meaning = "connections broken" },
	[RESULT_CLOSED] = { .name = "closed", .meaning = "connections closed by the peer" },
	[RESULT_TIMEOUT] = { .name = "timeout", .meaning = "answers that did not come in time" },
	[RESULT_CORRUPT] = { .name = "corrupt", .meaning = "answers unlike their requests" },
	[RESULT_SURPLUS] = { .name = "surplus", .meaning = "answers longer than was asked" },
	[RESULT_SEND] = { .name = "send", .meaning = "requests that could not be sent" },
};

int result_init(struct result *ret_result)
{
	struct result result = { 0 };
	int error = histogram_open(&result.latency);

	if (!error)
		error = histogram_open(&result.slip);
	if (!error)
		error = histogram_open(&result.timer_error);
	if (!error)
		error = histogram_open(&result.connect);
	if (error)
		result_finish(&result);
	else
		*ret_result = result;
	return error;
}

int result_extend(struct result *result, const struct result_extent *extent)
{
	int error = 0;

	if (extent->delays) {
		result->delays = calloc(1, sizeof(*result->delays));
		error = result->delays ? delays_init(result->delays) : -ENOMEM;
	}
	if (!error && extent->split) {
		result->split = calloc(1, sizeof(*result->split));
		error = result->split ? split_init(result->split, extent->split_points) : -ENOMEM;
	}
	return error;
}

static void extent_finish(struct result *result)
{
	if (result->delays)
		delays_finish(result->delays);
	if (result->split)
		split_finish(result->split);
	free(result->delays);
	free(result->split);
	result->delays = NULL;
	result->split = NULL;
}

void result_finish(struct result *result)
{
	extent_finish(result);
	histogram_close(result->latency);
	histogram_close(result->slip);
	histogram_close(result->timer_error);
	histogram_close(result->connect);
	result->latency = result->slip = result->timer_error = result->connect = NULL;
}

void result_reset(struct result *result)
{
	struct result empty = {
		.latency = result->latency,
		.slip = result->slip,
		.timer_error = result->timer_error,
		.connect = result->connect,
		.delays = result->delays,
		.split = result->split,
	};

	histogram_reset(result->latency);
	histogram_reset(result->slip);
	histogram_reset(result->timer_error);
	histogram_reset(result->connect);
	if (result->delays)
		delays_reset(result->delays);
	if (result->split)
		split_reset(result->split);
	*result = empty;
}

struct cost cost_difference(const struct cost *after, const struct cost *before)
{
	struct cost difference;

	counters_subtract(after, before, &difference, sizeof(difference));
	return difference;
}

/* Threads begin together; one that never began has no window. */
static void window_merge(struct result *result, const struct result *from)
{
	if (from->started_ns == 0)
		return;
	if (result->started_ns == 0 || from->started_ns < result->started_ns)
		result->started_ns = from->started_ns;
	if (from->ended_ns > result->ended_ns)
		result->ended_ns = from->ended_ns;
}

static void sums_add(struct result *result, const struct result *from)
{
	uint64_t sums[RESULT_SUM_COUNT], more[RESULT_SUM_COUNT];

	result_sums_get(result, sums);
	result_sums_get(from, more);
	counters_add(sums, more, sizeof(sums));
	result_sums_set(result, sums);
}

void result_merge(struct result *result, const struct result *from)
{
	window_merge(result, from);
	sums_add(result, from);
	for (int kind = 0; kind < RESULT_ERROR_COUNT; kind++)
		if (result->causes[kind] == 0)
			result->causes[kind] = from->causes[kind];
	histogram_merge(result->latency, from->latency);
	histogram_merge(result->slip, from->slip);
	histogram_merge(result->timer_error, from->timer_error);
	histogram_merge(result->connect, from->connect);
	if (result->delays && from->delays)
		delays_merge(result->delays, from->delays);
	if (result->split && from->split)
		split_merge(result->split, from->split);
}

void result_add_run(struct result *result, const struct result *from)
{
	bool later = result->ended_ns > 0 && from->started_ns > result->ended_ns;
	uint64_t between_ns = later ? from->started_ns - result->ended_ns : 0;

	result_merge(result, from);
	result->gap_ns += between_ns;
}

uint64_t result_errors_total(const struct result *result)
{
	uint64_t total = 0;

	for (int kind = 0; kind < RESULT_ERROR_COUNT; kind++)
		total += result->errors[kind];
	return total;
}

uint64_t result_duration_ns(const struct result *result)
{
	uint64_t span_ns = result->ended_ns > result->started_ns
				   ? result->ended_ns - result->started_ns
				   : 0;

	return span_ns > result->gap_ns ? span_ns - result->gap_ns : 0;
}

double result_requests_per_s(const struct result *result)
{
	return rate_per_s(result->requests, result_duration_ns(result));
}

double result_bytes_per_s(const struct result *result)
{
	return rate_per_s(result->bytes, result_duration_ns(result));
}

uint64_t result_cpu_ns_per_request(const struct result *result)
{
	return result->requests > 0 ? result->cost.cpu_ns / result->requests : 0;
}

static json_t *errors_to_json(const struct result *result)
{
	json_t *object = json_object();
	int error = json_put_unsigned(object, "total", result_errors_total(result));

	for (int kind = 0; kind < RESULT_ERROR_COUNT; kind++)
		error |= json_put_unsigned(object, result_errors[kind].name, result->errors[kind]);
	return json_complete(object, error);
}

json_t *spin_to_json(const struct cost *cost)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_unsigned(object, "waits", cost->spins);
	error |= json_put_unsigned(object, "hits", cost->spin_hits);
	error |= json_put_unsigned(object, "spent_ns", cost->spin_ns);
	return json_complete(object, error);
}

/* What nothing counts is not known, rather than 0. */
static json_t *counter_to_json(uint64_t count)
{
	return count > 0 ? json_integer((json_int_t)count) : json_null();
}

static int cost_to_json(const struct result *result, json_t *object)
{
	const struct cost *cost = &result->cost;
	int error = 0;

	error |= json_put_unsigned(object, "cpu_ns", cost->cpu_ns);
	error |= json_put_value(object, "cpu_ns_per_request",
				counter_to_json(result_cpu_ns_per_request(result)));
	error |= json_put_unsigned(object, "user_ns", cost->user_ns);
	error |= json_put_unsigned(object, "system_ns", cost->system_ns);
	error |= json_put_unsigned(object, "switches_voluntary", cost->switches_voluntary);
	error |= json_put_unsigned(object, "switches_involuntary", cost->switches_involuntary);
	error |= json_put_value(object, "cycles", counter_to_json(cost->cycles));
	error |= json_put_value(object, "instructions", counter_to_json(cost->instructions));
	error |= json_put_value(object, "spin", spin_to_json(cost));
	error |= json_put_unsigned(object, "system_calls", cost->system_calls);
	error |= json_put_unsigned(object, "completions", cost->completions);
	return error;
}

static int times_to_json(const struct result *result, const struct percentile_list *percentiles,
			 json_t *object)
{
	const struct {
		const char *key;
		const struct histogram *histogram;
	} times[] = {
		{ "slip_ns", result->slip },
		{ "timer_error_ns", result->timer_error },
		{ "connect_ns", result->connect },
	};
	int error = json_put_value(object, "latency_ns",
				   histogram_to_json(result->latency, percentiles, true));

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		error |= json_put_value(
			object, times[i].key,
			histogram_to_json_or_null(times[i].histogram, percentiles, true));
	return error;
}

int result_to_json(const struct result *result, const struct percentile_list *percentiles,
		   json_t *object)
{
	int error = 0;

	error |= json_put_unsigned(object, "started_ns", result->started_ns);
	error |= json_put_unsigned(object, "ended_ns", result->ended_ns);
	error |= json_put_unsigned(object, "duration_ns", result_duration_ns(result));
	error |= json_put_unsigned(object, "sent", result->sent);
	error |= json_put_unsigned(object, "sent_after", result->sent_after);
	error |= json_put_unsigned(object, "requests", result->requests);
	error |= json_put_unsigned(object, "answered_after", result->answered_after);
	error |= json_put_real(object, "requests_per_s", result_requests_per_s(result));
	error |= json_put_unsigned(object, "bytes_sent", result->bytes_sent);
	error |= json_put_unsigned(object, "bytes", result->bytes);
	error |= json_put_real(object, "bytes_per_s", result_bytes_per_s(result));
	error |= times_to_json(result, percentiles, object);
	error |= json_put_value(object, "errors", errors_to_json(result));
	error |= json_put_unsigned(object, "lost", result->lost);
	error |= json_put_unsigned(object, "late", result->late);
	error |= json_put_unsigned(object, "duplicated", result->duplicated);
	error |= json_put_unsigned(object, "reordered", result->reordered);
	error |= json_put_unsigned(object, "skipped", result->skipped);
	error |= json_put_unsigned(object, "connects", result->connects);
	error |= cost_to_json(result, object);
	return error ? -ENOMEM : 0;
}
