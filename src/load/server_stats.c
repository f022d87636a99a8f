#include "server_stats.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"

#define SCHEMA "ringside-serve/1"
#define COUNT_MAX (INT64_MAX / 2)

/* Where the numbers stand in the server's document, and what they are called in ours. */
static const struct figure {
	const char *group; /* NULL: the document itself */
	const char *name;
	const char *ours; /* NULL: not told */
	size_t offset;
} figures[] = {
	{ .name = "started_unix_ns", .offset = offsetof(struct server_stats, started_unix_ns) },
	{ .name = "elapsed_ns",
	  .ours = "span_ns",
	  .offset = offsetof(struct server_stats, elapsed_ns) },
	{ .group = "counters",
	  .name = "messages_in",
	  .ours = "messages",
	  .offset = offsetof(struct server_stats, messages) },
	{ .name = "cpu_ns", .ours = "cpu_ns", .offset = offsetof(struct server_stats, cpu_ns) },
	{ .group = "spin",
	  .name = "spent_ns",
	  .ours = "spin_ns",
	  .offset = offsetof(struct server_stats, spin_ns) },
	{ .group = "counters",
	  .name = "system_calls",
	  .ours = "system_calls",
	  .offset = offsetof(struct server_stats, system_calls) },
	{ .group = "counters",
	  .name = "completions",
	  .ours = "completions",
	  .offset = offsetof(struct server_stats, completions) },
	{ .name = "kernel_drops",
	  .ours = "kernel_drops",
	  .offset = offsetof(struct server_stats, kernel_drops) },
};

static uint64_t *figure_of(struct server_stats *stats, const struct figure *figure)
{
	return (uint64_t *)(void *)((char *)stats + figure->offset);
}

static uint64_t value_of(const struct server_stats *stats, const struct figure *figure)
{
	return *(const uint64_t *)(const void *)((const char *)stats + figure->offset);
}

/* All of them have to be there. */
static int read_figures(const char *path, const json_t *document, struct server_stats *ret_stats,
			struct error *ret_error)
{
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		const struct figure *figure = &figures[i];
		const json_t *group = figure->group ? json_object_get(document, figure->group)
						    : document;
		const json_t *value = json_object_get(group, figure->name);

		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return error_set(ret_error, -EINVAL,
					 "%s: %s%s%s is not a number there; is the server older "
					 "than this program?",
					 path, figure->group ? figure->group : "",
					 figure->group ? "." : "", figure->name);
		*figure_of(ret_stats, figure) = (uint64_t)json_integer_value(value);
	}
	return 0;
}

/* A counter of a document that anybody may have written: it is neither negative nor beyond what can
 * be added up. */
static json_int_t count_of(const json_t *value)
{
	json_int_t count = json_integer_value(value);

	return count < 0 ? 0 : count < COUNT_MAX ? count : COUNT_MAX;
}

static int add_injected(json_t *sum, json_t *injected)
{
	const char *name;
	json_t *value;
	int error = 0;

	json_object_foreach (injected, name, value) {
		json_int_t total = count_of(json_object_get(sum, name)) + count_of(value);

		error |= json_put_integer(sum, name, total);
	}
	return error;
}

/* Every listener has its own; NULL where none has. Errors: ENOMEM. */
static int sum_injected(const json_t *listeners, json_t **ret_sum)
{
	json_t *sum = NULL, *listener;
	size_t i;
	int error = 0;

	json_array_foreach (listeners, i, listener) {
		json_t *injected = json_object_get(listener, "injected");

		if (!sum && json_object_size(injected) > 0)
			sum = json_object();
		if (sum)
			error |= add_injected(sum, injected);
		else if (json_object_size(injected) > 0)
			error = -ENOMEM;
	}
	if (error)
		json_decref(sum);
	else
		*ret_sum = sum;
	return error;
}

static int read_document(const char *path, const json_t *document, struct server_stats *ret_stats,
			 struct error *ret_error)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));
	struct server_stats stats = { 0 };
	int error;

	if (!schema || strcmp(schema, SCHEMA) != 0)
		return error_set(ret_error, -EINVAL,
				 "%s is no document of ringside serve --json-stats (schema %s): "
				 "its schema is %s",
				 path, SCHEMA, schema ? schema : "not given");
	error = read_figures(path, document, &stats, ret_error);
	if (error)
		return error;
	if (sum_injected(json_object_get(document, "listeners"), &stats.injected) != 0)
		return error_set(ret_error, -ENOMEM, "out of memory");
	stats.backend = json_incref(json_object_get(document, "backend"));
	stats.features = json_incref(json_object_get(document, "features"));
	*ret_stats = stats;
	return 0;
}

int server_stats_read(const char *path, struct server_stats *ret_stats, struct error *ret_error)
{
	FILE *file = fopen(path, "re");
	json_error_t where;
	json_t *document;
	int error;

	if (!file) {
		error = -errno;
		return error_set(ret_error, error,
				 "cannot read %s: %s; the server writes it at each "
				 "--stats-interval",
				 path, strerror(-error));
	}
	document = json_loadf(file, 0, &where);
	(void)fclose(file);
	if (!document)
		return error_set(ret_error, -EINVAL, "%s:%d: no JSON: %s", path, where.line,
				 where.text);
	error = read_document(path, document, ret_stats, ret_error);
	json_decref(document);
	return error;
}

void server_stats_finish(struct server_stats *stats)
{
	json_decref(stats->injected);
	json_decref(stats->backend);
	json_decref(stats->features);
	stats->injected = stats->backend = stats->features = NULL;
}

/* Member by member. NULL: no memory. */
static json_t *subtract_injected(json_t *after, const json_t *before)
{
	json_t *difference = json_object(), *value;
	int error = difference ? 0 : -ENOMEM;
	const char *name;

	json_object_foreach (after, name, value) {
		json_int_t later = count_of(value),
			   earlier = count_of(json_object_get(before, name));

		error |= json_put_integer(difference, name, later > earlier ? later - earlier : 0);
	}
	return json_complete(difference, error);
}

static int check_pair(const char *path, const struct server_stats *after,
		      const struct server_stats *before, struct error *ret_error)
{
	if (after->started_unix_ns != before->started_unix_ns)
		return error_set(ret_error, -EINVAL, "%s: the server was started anew in the run",
				 path);
	if (after->elapsed_ns <= before->elapsed_ns)
		return error_set(ret_error, -EAGAIN,
				 "%s was not written in the run: a shorter --stats-interval of the "
				 "server would be right",
				 path);
	return 0;
}

/* What seems to have gone back is 0. */
static uint64_t growth_of(const struct figure *figure, const struct server_stats *after,
			  const struct server_stats *before)
{
	uint64_t later = value_of(after, figure), earlier = value_of(before, figure);

	return later > earlier ? later - earlier : 0;
}

int server_stats_difference(const char *path, const struct server_stats *after,
			    const struct server_stats *before, struct server_stats *ret_stats,
			    struct error *ret_error)
{
	struct server_stats difference = { .started_unix_ns = after->started_unix_ns };
	int error = check_pair(path, after, before, ret_error);

	if (error)
		return error;
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++)
		if (figures[i].ours)
			*figure_of(&difference, &figures[i]) = growth_of(&figures[i], after,
									 before);
	if (after->injected) {
		difference.injected = subtract_injected(after->injected, before->injected);
		if (!difference.injected)
			return error_set(ret_error, -ENOMEM, "out of memory");
	}
	difference.backend = json_incref(after->backend);
	difference.features = json_incref(after->features);
	*ret_stats = difference;
	return 0;
}

json_t *server_stats_to_json(const struct server_stats *difference)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	for (size_t i = 0; i < ARRAY_SIZE(figures); i++)
		if (figures[i].ours)
			error |= json_put_unsigned(object, figures[i].ours,
						   value_of(difference, &figures[i]));
	if (difference->messages > 0)
		error |= json_put_unsigned(object, "cpu_ns_per_message",
					   difference->cpu_ns / difference->messages);
	else
		error |= json_put_string(object, "cpu_ns_per_message", NULL);
	error |= json_put_shared(object, "injected", difference->injected);
	error |= json_put_shared(object, "backend", difference->backend);
	error |= json_put_shared(object, "features", difference->features);
	return json_complete(object, error);
}
