#include "match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "output/document.h"
#include "window.h"

/* Options that say where, how much of it, and what to write; any other changes what is measured. */
static const char *const free_options[] = {
	"arguments",   "connections", "threads",    "cpus",	    "share", "json",
	"start_at",    "seed",	      "output",	    "percentiles",  "label", "threshold",
	"json_stream", "interval_ns", "server_pid", "server_stats",
};

#define VALUE_TEXT_MAX 80

struct value_text {
	char text[VALUE_TEXT_MAX];
};

static struct value_text value_text(const json_t *value)
{
	struct value_text result = { "nothing" };
	char *dump;

	if (json_is_string(value)) {
		(void)snprintf(result.text, sizeof(result.text), "%s", json_string_value(value));
		return result;
	}
	dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	if (dump)
		(void)snprintf(result.text, sizeof(result.text), "%s", dump);
	free(dump);
	return result;
}

static bool is_free(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(free_options); i++)
		if (strcmp(free_options[i], key) == 0)
			return true;
	return false;
}

/* The option as it is written; in the document a time has its unit behind it. */
static const char *option_name(const char *key, char *name, size_t size)
{
	static const char unit[] = "_ns";
	size_t length = strlen(key), tail = sizeof(unit) - 1;

	if (length > tail && strcmp(key + length - tail, unit) == 0)
		length -= tail;
	(void)snprintf(name, size, "--%.*s", (int)length, key);
	for (char *at = name; *at; at++)
		if (*at == '_')
			*at = '-';
	return name;
}

/* a's options as far as b has others. */
static int options_match(const struct part *a, const struct part *b, struct error *ret_error)
{
	json_t *options = json_object_get(a->root, "options"), *value;
	const json_t *others = json_object_get(b->root, "options");
	const char *key;
	char name[64];

	json_object_foreach (options, key, value) {
		const json_t *other = json_object_get(others, key);

		if (!is_free(key) && (!other || !json_equal(value, other)))
			return error_set(ret_error, -EINVAL, "%s and %s differ in %s: %s and %s",
					 a->path, b->path, option_name(key, name, sizeof(name)),
					 value_text(value).text, value_text(other).text);
	}
	return 0;
}

/* "echo+tcp": the target without its host. */
static int target_kind(const struct part *part)
{
	return (int)strcspn(member_string(part->root, "target"), ":");
}

static int targets_match(const struct part *a, const struct part *b, struct error *ret_error)
{
	const char *target_a = member_string(a->root, "target");
	const char *target_b = member_string(b->root, "target");
	int kind_a = target_kind(a), kind_b = target_kind(b);

	if (kind_a == kind_b && strncmp(target_a, target_b, (size_t)kind_a) == 0)
		return 0;
	return error_set(ret_error, -EINVAL, "%s and %s have different targets: %.*s and %.*s",
			 a->path, b->path, kind_a, target_a, kind_b, target_b);
}

/* Of a run in a merged document its own; NULL: not told. */
static const char *run_host(const struct part *part, const json_t *run)
{
	const char *host = member_string(run, "host");

	return host ? host : member_string(part->root, "host/name");
}

/* A merged document has the runs of its parts, with other members added. */
static bool is_same_run(const json_t *a, const json_t *b)
{
	static const char *const members[] = { "started_unix_ns", "duration_ns", "sent", "requests",
					       "latency_ns" };

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const json_t *value_a = json_object_get(a, members[i]);
		const json_t *value_b = json_object_get(b, members[i]);

		if (!value_a || !value_b)
			return json_equal(a, b);
		if (!json_equal(value_a, value_b))
			return false;
	}
	return true;
}

/* Is a run of one part among those of the other? */
static bool has_run(const struct part *part, const json_t *run, const char *host)
{
	const struct document document = { part->root };

	for (size_t i = 0; i < document_run_count(&document); i++) {
		const json_t *other = document_run(&document, i);
		const char *other_host = run_host(part, other);

		if (host && other_host && strcmp(host, other_host) != 0)
			continue;
		if (is_same_run(run, other))
			return true;
	}
	return false;
}

static int runs_differ(const struct part *a, const struct part *b, struct error *ret_error)
{
	const struct document document = { a->root };

	for (size_t i = 0; i < document_run_count(&document); i++) {
		const json_t *run = document_run(&document, i);

		if (has_run(b, run, run_host(a, run)))
			return error_set(ret_error, -EINVAL,
					 "%s and %s hold the same run: it would count twice",
					 a->path, b->path);
	}
	return 0;
}

static int pairs_match(const struct part_list *parts,
		       int (*match)(const struct part *, const struct part *, struct error *),
		       struct error *ret_error)
{
	int error = 0;

	for (size_t i = 0; i < parts->count; i++)
		for (size_t j = i + 1; j < parts->count && !error; j++)
			error = match(&parts->items[i], &parts->items[j], ret_error);
	return error;
}

static int windows_match(const struct part *a, const struct part *b, struct error *ret_error)
{
	struct window_list windows_a = { 0 }, windows_b = { 0 };
	int error = windows_add(&windows_a, a->root);
	const struct part *guilty = error ? a : b;

	if (!error)
		error = windows_add(&windows_b, b->root);
	if (error == -EINVAL) {
		error = error_set(ret_error, error, "%s does not tell when it was measured",
				  guilty->path);
	} else if (!error) {
		uint64_t length_a = windows_length_ns(&windows_a);
		uint64_t length_b = windows_length_ns(&windows_b);
		double longest = (double)(length_a > length_b ? length_a : length_b);
		double share = (double)windows_common_ns(&windows_a, &windows_b) / longest;

		if (share < MATCH_OVERLAP_SHARE)
			error = error_set(ret_error, -EINVAL,
					  "%s and %s were measured at the same time for %.1f %% "
					  "only, not for %.0f %%; --allow-different-windows takes "
					  "them",
					  a->path, b->path, 100 * share, 100 * MATCH_OVERLAP_SHARE);
	}
	windows_finish(&windows_a);
	windows_finish(&windows_b);
	return error;
}

/* Both ways, so that an option that one of them lacks is found too. */
static int configurations_match(const struct part *a, const struct part *b, struct error *ret_error)
{
	int error = targets_match(a, b, ret_error);

	if (!error)
		error = options_match(a, b, ret_error);
	return error ? error : options_match(b, a, ret_error);
}

int parts_match(const struct part_list *parts, bool any_windows, struct error *ret_error)
{
	int error = pairs_match(parts, configurations_match, ret_error);

	if (!error)
		error = pairs_match(parts, runs_differ, ret_error);
	if (!error && !any_windows)
		error = pairs_match(parts, windows_match, ret_error);
	return error;
}
