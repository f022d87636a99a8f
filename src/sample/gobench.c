/*
 * Go's benchmark format (golang.org/design/14313-benchmark-format): lines of "key: value" tell the
 * configuration, "Unit" lines which way is better, and lines of results
 *
 *	BenchmarkDecode/size=64-8  1043211  958.6 ns/op  120 B/op
 *
 * have a name, a number of iterations, and values with their units. All else is not for us.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/character.h"
#include "output/figure.h"
#include "reader.h"

#define PREFIX "Benchmark"
#define PACKAGE "pkg"
#define SPACE " \t\r"

struct lines {
	const char *rest;
	unsigned number;
	char *line; /* ours, cut up by who reads it */
};

/* What is known while a file is read. */
struct state {
	const char *name; /* of the file */
	struct sample_set *set;
	bool is_mixed; /* there are several packages: a name alone would not tell which */
	char *package; /* the present one; NULL: none yet */
	struct lines lines;
	struct error *ret_error;
};

/* false: there are no more, or no memory, which leaves lines->rest. */
static bool next_line(struct lines *lines)
{
	const char *end;

	free(lines->line);
	lines->line = NULL;
	if (!*lines->rest)
		return false;
	end = strchrnul(lines->rest, '\n');
	lines->line = strndup(lines->rest, (size_t)(end - lines->rest));
	if (!lines->line)
		return false;
	lines->rest = *end ? end + 1 : end;
	lines->number++;
	return true;
}

/* "key: value", its two halves parted; false: it is none. */
static bool split_setting(char *line, char **ret_value)
{
	size_t length = 0;

	if (!islower((unsigned char)line[0]))
		return false;
	while (line[length] && line[length] != ':' && !isspace((unsigned char)line[length]) &&
	       !isupper((unsigned char)line[length]))
		length++;
	if (line[length] != ':' || !isspace((unsigned char)line[length + 1]))
		return false;
	line[length] = '\0';
	*ret_value = line + length + 1 + strspn(line + length + 1, SPACE);
	(*ret_value)[strcspn(*ret_value, "\r")] = '\0';
	return true;
}

/* Names go into JSON and into the names of others, where all is text: what is none of it would be
 * written as something else, and two names as one. */
static int check_text(const struct state *state, const char *text)
{
	size_t length = strlen(text), step;

	for (size_t at = 0; at < length; at += step) {
		step = character_shown((const uint8_t *)text + at, length - at);
		if (step == 0)
			return error_set(state->ret_error, -EINVAL,
					 "%s, line %u: '%s' is not text in UTF-8", state->name,
					 state->lines.number, text);
	}
	return 0;
}

/* The setting that is there and has another value; NULL: none. */
static const char *other_value(const struct state *state, const char *key, const char *value)
{
	const char *known = sample_set_setting_find(state->set, key);

	return known && strcmp(known, value) != 0 ? known : NULL;
}

static int setting_take(struct state *state, const char *key, const char *value)
{
	const char *other = other_value(state, key, value);

	if (check_text(state, key) != 0)
		return -EINVAL;
	if (strcmp(key, PACKAGE) == 0) {
		free(state->package);
		state->package = strdup(value);
		if (!state->package)
			return read_no_memory(state->name, state->ret_error);
		if (state->is_mixed)
			return 0;
	} else if (other) {
		return error_set(state->ret_error, -EINVAL,
				 "%s, line %u: %s is '%s' here, and '%s' above: results of the "
				 "two belong in two files",
				 state->name, state->lines.number, key, value, other);
	}
	if (sample_set_setting(state->set, key, value) != 0)
		return read_no_memory(state->name, state->ret_error);
	return 0;
}

/* Are there lines with different packages? */
static int is_mixed_find(struct state *state, const char *text)
{
	struct lines lines = { .rest = text };
	char *first = NULL, *value;

	while (next_line(&lines)) {
		if (!split_setting(lines.line, &value) || strcmp(lines.line, PACKAGE) != 0)
			continue;
		if (first && strcmp(first, value) != 0)
			state->is_mixed = true;
		if (!first)
			first = strdup(value);
		if (!first)
			break;
	}
	free(first);
	free(lines.line);
	return *lines.rest ? -ENOMEM : 0;
}

static const struct figure *figure_of_unit(const char *unit)
{
	for (const struct figure *figure = figures; figure->key; figure++)
		if (strcmp(figure->go_unit, unit) == 0)
			return figure;
	return NULL;
}

/* What we print has our names; a rate is better if there is more of it. */
static struct sample *unit_sample(struct sample_set *set, const char *benchmark, const char *unit)
{
	const struct figure *figure = figure_of_unit(unit);
	struct sample *sample = sample_set_take(set, benchmark, figure ? figure->key : unit);
	size_t length = strlen(unit);

	if (!sample || sample_unit(sample, figure ? figure->unit : unit) != 0)
		return NULL;
	sample->more_is_better = figure ? figure->more_is_better
					: length > 2 && strcmp(unit + length - 2, "/s") == 0;
	sample->exact = figure && figure->exact;
	return sample;
}

static int value_read(struct state *state, const char *benchmark, const char *text,
		      const char *unit)
{
	struct sample *sample;
	char *end;
	double value = strtod(text, &end);

	if (*end || !isfinite(value))
		return error_set(state->ret_error, -EINVAL, "%s, line %u: '%s' is not a number",
				 state->name, state->lines.number, text);
	if (!unit)
		return error_set(state->ret_error, -EINVAL, "%s, line %u: '%s' has no unit",
				 state->name, state->lines.number, text);
	if (check_text(state, unit) != 0)
		return -EINVAL;
	sample = unit_sample(state->set, benchmark, unit);
	if (!sample || sample_add(sample, value) != 0)
		return read_no_memory(state->name, state->ret_error);
	return 0;
}

/* With the package in front where it is needed. The caller frees it; NULL: no memory. */
static char *benchmark_name(const struct state *state, const char *name)
{
	bool is_told = state->is_mixed && state->package;
	char *full;

	if (asprintf(&full, "%s%s%s", is_told ? state->package : "", is_told ? "." : "", name) < 0)
		return NULL;
	return full;
}

static int values_read(struct state *state, const char *benchmark, char **rest)
{
	const char *text;
	int error = 0;

	while (!error && (text = strtok_r(NULL, SPACE, rest)) != NULL)
		error = value_read(state, benchmark, text, strtok_r(NULL, SPACE, rest));
	return error;
}

/* The words of a line of results behind its name: is this the number of iterations? */
static bool is_iterations(const char *word)
{
	return word && *word && word[strspn(word, "0123456789")] == '\0';
}

/* go test prints the name alone, too, and what a benchmark logs. */
static int result_read(struct state *state, char *line)
{
	char *rest, *name = strtok_r(line, SPACE, &rest), *benchmark;
	int error;

	if (!name[sizeof(PREFIX) - 1] || !is_iterations(strtok_r(NULL, SPACE, &rest)))
		return 0;
	if (check_text(state, name) != 0)
		return -EINVAL;
	benchmark = benchmark_name(state, name + sizeof(PREFIX) - 1);
	if (!benchmark)
		return read_no_memory(state->name, state->ret_error);
	error = values_read(state, benchmark, &rest);
	free(benchmark);
	return error;
}

static bool is_result(const char *line)
{
	return strncmp(line, PREFIX, sizeof(PREFIX) - 1) == 0 &&
	       !islower((unsigned char)line[sizeof(PREFIX) - 1]);
}

static int line_read(struct state *state)
{
	char *line = state->lines.line, *value;

	if (is_result(line))
		return result_read(state, line);
	return split_setting(line, &value) ? setting_take(state, line, value) : 0;
}

/* What "Unit" lines tell. */
enum property { BETTER_HIGHER = 1, BETTER_LOWER = 2, ASSUME_EXACT = 4 };

static unsigned property_parse(const char *word)
{
	static const struct {
		const char *word;
		enum property property;
	} properties[] = {
		{ "better=higher", BETTER_HIGHER },
		{ "better=lower", BETTER_LOWER },
		{ "assume=exact", ASSUME_EXACT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
		if (strcmp(word, properties[i].word) == 0)
			return properties[i].property;
	return 0;
}

/* Add the properties of such a line to {metric: properties}. Errors: ENOMEM. */
static int unit_collect(char *line, json_t *units)
{
	char *rest, *word = strtok_r(line, SPACE, &rest), *unit;
	const struct figure *figure;
	json_int_t properties;
	const char *metric;

	if (!word || strcmp(word, "Unit") != 0)
		return 0;
	unit = strtok_r(NULL, SPACE, &rest);
	if (!unit)
		return 0;
	figure = figure_of_unit(unit);
	metric = figure ? figure->key : unit;
	properties = json_integer_value(json_object_get(units, metric));
	while ((word = strtok_r(NULL, SPACE, &rest)) != NULL)
		properties |= property_parse(word);
	return json_object_set_new_nocheck(units, metric, json_integer(properties)) < 0 ? -ENOMEM
											: 0;
}

static void properties_apply(json_int_t properties, struct sample *sample)
{
	if (properties & (BETTER_HIGHER | BETTER_LOWER))
		sample->more_is_better = (properties & BETTER_HIGHER) != 0;
	if (properties & ASSUME_EXACT)
		sample->exact = true;
}

/* Lines that tell of a unit hold for the whole file, wherever they stand. Errors: ENOMEM. */
static int units_apply(struct sample_set *set, const char *text)
{
	struct lines lines = { .rest = text };
	json_t *units = json_object();
	int error = units ? 0 : -ENOMEM;

	while (!error && next_line(&lines))
		error = unit_collect(lines.line, units);
	if (!error && *lines.rest)
		error = -ENOMEM;
	for (uint32_t i = 0; i < set->count && !error; i++)
		properties_apply(json_integer_value(json_object_get(units, set->items[i].metric)),
				 &set->items[i]);
	free(lines.line);
	json_decref(units);
	return error;
}

bool is_gobench(const char *text)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (is_result(line))
			return true;
	}
	return false;
}

int gobench_read(const char *text, const char *name, struct sample_set *set,
		 struct error *ret_error)
{
	struct state state = {
		.name = name, .set = set, .lines = { .rest = text }, .ret_error = ret_error
	};
	int error = is_mixed_find(&state, text);

	while (!error && next_line(&state.lines))
		error = line_read(&state);
	free(state.lines.line);
	free(state.package);
	if (error)
		return error == -ENOMEM ? read_no_memory(name, ret_error) : error;
	if (*state.lines.rest || units_apply(set, text) != 0)
		return read_no_memory(name, ret_error);
	return 0;
}
