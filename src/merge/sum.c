#include "sum.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/json.h"
#include "both_ends.h"
#include "combine.h"
#include "output/document.h"
#include "rows.h"
#include "window.h"

/* In the order of the document; what needs more than two values to be put together is between. */
struct rule {
	const char *key;
	enum combine_how how;
};

static const struct rule head_rules[] = {
	{ "label", COMBINE_SAME },    { "host", COMBINE_SAME },	      { "backend", COMBINE_SAME },
	{ "features", COMBINE_ADD },  { "interrupted", COMBINE_ANY }, { "aborted", COMBINE_ANY },
	{ "connected", COMBINE_ADD },
};

static const struct rule counter_rules[] = {
	{ "errors", COMBINE_ADD },
	{ "lost", COMBINE_ADD },
	{ "late", COMBINE_ADD },
	{ "duplicated", COMBINE_ADD },
	{ "reordered", COMBINE_ADD },
	{ "skipped", COMBINE_ADD },
	{ "connects", COMBINE_ADD },
	{ "kernel_drops", COMBINE_ADD },
	{ "cpu_ns", COMBINE_ADD },
	{ "user_ns", COMBINE_ADD },
	{ "system_ns", COMBINE_ADD },
	{ "switches_voluntary", COMBINE_ADD },
	{ "switches_involuntary", COMBINE_ADD },
	{ "cycles", COMBINE_ADD },
	{ "instructions", COMBINE_ADD },
	{ "pmu_missing", COMBINE_SAME },
	{ "pmu_note", COMBINE_SAME },
	{ "spin", COMBINE_ADD },
	{ "system_calls", COMBINE_ADD },
	{ "completions", COMBINE_ADD },
	/* Those of a host: two that run on one would count its work twice. */
	{ "host_cpu", COMBINE_ONLY },
	{ "network", COMBINE_ONLY },
	{ "server", COMBINE_ONLY },
	{ "server_stats", COMBINE_ONLY },
	{ "pace", COMBINE_SAME },
};

static const char *const histogram_keys[] = { "latency_ns", "slip_ns", "timer_error_ns",
					      "connect_ns" };

/* What is being put together. */
struct sum {
	const struct part_list *parts;
	const struct percentile_list *percentiles;
	json_t *document;
	struct error *error;
};

static int rules_apply(const struct sum *sum, const struct rule *rules, size_t count)
{
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		json_t *value = combine(sum->parts, rules[i].key, rules[i].how);

		if (value)
			error = json_put_value(sum->document, rules[i].key, value);
	}
	return error;
}

static json_t *command_to_json(const struct sum_command *command)
{
	json_t *array = json_array();
	int error = json_append(array, json_text("merge"));

	for (int i = 1; i < command->argc; i++)
		error |= json_append(array, json_text(command->argv[i]));
	return json_complete(array, error);
}

/* All but what each has its share of. */
static json_t *options_combine(const struct part_list *parts)
{
	static const char *const shared[] = { "connections", "threads" };
	json_t *same = combine(parts, "options", COMBINE_SAME);
	json_t *added = combine(parts, "options", COMBINE_ADD);
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		json_t *value = json_object_get(added, shared[i]);

		if (value)
			error |= json_put_value(same, shared[i], json_incref(value));
	}
	json_decref(added);
	return json_complete(same, error);
}

static int head_put(const struct sum *sum, const struct sum_command *command)
{
	json_t *document = sum->document, *options;
	int error = 0;

	error |= json_put_string(document, "schema", DOCUMENT_SCHEMA);
	error |= json_put_string(document, "version", RINGSIDE_VERSION);
	error |= json_put_string(document, "command", "merge");
	error |= json_put_value(document, "arguments", command_to_json(command));
	error |= json_put_value(document, "target", combine_targets(sum->parts));
	options = options_combine(sum->parts);
	if (options)
		error |= json_put_value(document, "options", options);
	error |= rules_apply(sum, head_rules, ARRAY_SIZE(head_rules));
	return error;
}

static uint64_t counter(const json_t *root, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(root, key));

	return value > 0 ? (uint64_t)value : 0;
}

/* How long at least one of them was measured; where they do not tell when: one after another. */
static int duration_find(const struct sum *sum, uint64_t *ret_begin_ns, uint64_t *ret_duration_ns)
{
	struct window_list windows = { 0 };
	int error = 0;

	*ret_begin_ns = 0;
	for (size_t i = 0; i < sum->parts->count && !error; i++)
		error = windows_add(&windows, sum->parts->items[i].root);
	if (!error) {
		*ret_begin_ns = windows.items[0].begin_ns;
		*ret_duration_ns = windows_length_ns(&windows);
	}
	windows_finish(&windows);
	if (error != -EINVAL)
		return error;
	*ret_duration_ns = 0;
	for (size_t i = 0; i < sum->parts->count; i++)
		*ret_duration_ns += counter(sum->parts->items[i].root, "duration_ns");
	return 0;
}

static int rate_put(json_t *document, const char *key, const char *of, uint64_t duration_ns)
{
	return json_put_real(document, key, rate_per_s(counter(document, of), duration_ns));
}

/* The clocks of different hosts that count from their start have nothing to do with each other. */
static int totals_put(const struct sum *sum)
{
	static const struct rule rules[] = {
		{ "started_ns", COMBINE_ONLY },	   { "ended_ns", COMBINE_ONLY },
		{ "sent", COMBINE_ADD },	   { "sent_after", COMBINE_ADD },
		{ "answered_after", COMBINE_ADD }, { "requests", COMBINE_ADD },
		{ "bytes_sent", COMBINE_ADD },	   { "bytes", COMBINE_ADD },
	};
	uint64_t begin_ns, duration_ns;
	int error = duration_find(sum, &begin_ns, &duration_ns);

	if (error)
		return error;
	error |= json_put_value(sum->document, "started_unix_ns",
				begin_ns > 0 ? json_integer((json_int_t)begin_ns) : json_null());
	error |= json_put_unsigned(sum->document, "duration_ns", duration_ns);
	error |= rules_apply(sum, rules, ARRAY_SIZE(rules));
	error |= rate_put(sum->document, "requests_per_s", "requests", duration_ns);
	error |= rate_put(sum->document, "bytes_per_s", "bytes", duration_ns);
	return error;
}

static int histogram_add(const struct sum *sum, const struct part *part, const char *key,
			 struct histogram *total)
{
	const json_t *json = json_object_get(part->root, key);
	struct histogram *histogram;
	struct error reason = { "" };
	int error;

	if (!json)
		return 0;
	error = histogram_from_json(json, &histogram, &reason);
	if (error == -EINVAL)
		return error_set(sum->error, error, "%s: %s %s", part->path, key, reason.text);
	if (error)
		return error;
	if (histogram_count(histogram) > INT64_MAX - histogram_count(total))
		error = error_set(sum->error, -EINVAL, "%s: %s counts more than can be added up",
				  part->path, key);
	else
		histogram_merge(total, histogram);
	histogram_close(histogram);
	return error;
}

/* Latencies are an object always, the others only where something was recorded. */
static int histogram_put(const struct sum *sum, const char *key)
{
	bool always = strcmp(key, "latency_ns") == 0;
	struct histogram *total;
	int error = histogram_open(&total);

	if (error)
		return error;
	for (size_t i = 0; i < sum->parts->count && !error; i++)
		error = histogram_add(sum, &sum->parts->items[i], key, total);
	if (!error)
		error = json_put_value(sum->document, key,
				       (always ? histogram_to_json : histogram_to_json_or_null)(
					       total, sum->percentiles, true));
	histogram_close(total);
	return error;
}

static int cost_put(const struct sum *sum)
{
	uint64_t requests = counter(sum->document, "requests");
	uint64_t cpu_ns = counter(sum->document, "cpu_ns");

	return json_put_value(sum->document, "cpu_ns_per_request",
			      requests > 0 ? json_integer((json_int_t)(cpu_ns / requests))
					   : json_null());
}

static int tail_put(const struct sum *sum)
{
	int error = 0;

	error |= json_put_value(sum->document, "runs", rows_runs(sum->parts));
	error |= json_put_value(sum->document, "thresholds", combine_thresholds(sum->parts));
	error |= json_put_value(sum->document, "verdict", combine_verdicts(sum->parts));
	error |= json_put_value(sum->document, "hosts", rows_hosts(sum->parts));
	return error;
}

static int all_put(const struct sum *sum, const struct sum_command *command)
{
	int error = head_put(sum, command);

	if (!error)
		error = totals_put(sum);
	for (size_t i = 0; i < ARRAY_SIZE(histogram_keys) && !error; i++)
		error = histogram_put(sum, histogram_keys[i]);
	if (!error)
		error = rules_apply(sum, counter_rules, ARRAY_SIZE(counter_rules));
	if (!error)
		error = cost_put(sum);
	if (!error)
		error = both_ends_put(sum->parts, sum->percentiles, sum->document, sum->error);
	return error ? error : tail_put(sum);
}

int parts_sum(const struct part_list *parts, const struct percentile_list *percentiles,
	      const struct sum_command *command, json_t **ret_document, struct error *ret_error)
{
	struct sum sum = {
		.parts = parts,
		.percentiles = percentiles,
		.document = json_object(),
		.error = ret_error,
	};
	int error = all_put(&sum, command);

	if (error == -ENOMEM)
		(void)error_set(ret_error, error, "%s", strerror(ENOMEM));
	if (error)
		json_decref(sum.document);
	else
		*ret_document = sum.document;
	return error;
}
