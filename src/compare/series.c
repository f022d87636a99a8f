#include "series.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "experiment/experiment.h"
#include "names.h"
#include "output/document.h"
#include "output/document_samples.h"
#include "output/figure.h"

static int no_memory(struct error *ret_error)
{
	return error_set(ret_error, -ENOMEM, "out of memory");
}

static int run_take(const json_t *run, uint32_t place, const char *benchmark, struct side *side)
{
	const json_t *values = member(run, "figures");
	int error = 0;

	for (const struct figure *figure = figures; figure->key && !error; figure++) {
		const json_t *value = json_object_get(values, figure->key);
		struct sample *sample;

		if (!json_is_number(value))
			continue;
		sample = figure_sample(figure, benchmark, &side->set);
		error = sample ? side_put(sample, place, json_number_value(value)) : -ENOMEM;
	}
	return error;
}

/* The round of each run is its pair; they come in order. */
static int runs_take(const json_t *series, const char *benchmark, struct side *side,
		     uint32_t *rounds, struct error *ret_error)
{
	int64_t last = -1;
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(series, "runs"), i, run) {
		const json_t *round = json_object_get(run, "round");
		json_int_t place = json_is_integer(round) ? json_integer_value(round) : -1;

		if (place <= last || place > UINT16_MAX)
			return error_set(ret_error, -EINVAL,
					 "%s: run %zu has no round, or not the next one", benchmark,
					 i + 1);
		if (run_take(run, (uint32_t)place, benchmark, side) != 0)
			return no_memory(ret_error);
		last = place;
	}
	if (last + 1 > *rounds)
		*rounds = (uint32_t)(last + 1);
	return 0;
}

static bool is_named(const json_t *series, const char *path, const char *name)
{
	const char *text = member_string(series, path);

	return text && strcmp(text, name) == 0;
}

/* A series is a benchmark by its name, one of a server by its point's. */
static int side_fill(const json_t *root, const char *by, const char *benchmark_by,
		     struct side *side, uint32_t *rounds, struct error *ret_error)
{
	const json_t *series;
	size_t i;

	json_array_foreach (json_object_get(root, "series"), i, series) {
		const char *benchmark = member_string(series, benchmark_by);
		int error;

		if (!is_named(series, by, side->name) || !benchmark)
			continue;
		error = runs_take(series, benchmark, side, rounds, ret_error);
		if (error)
			return error;
	}
	return 0;
}

static int series_unknown(const json_t *root, const char *path, const char *name,
			  struct error *ret_error)
{
	char names[NAMES_MAX] = "";
	const json_t *series;
	size_t i;

	json_array_foreach (json_object_get(root, "series"), i, series) {
		const char *known = member_string(series, "name");

		if (known)
			names_add(known, names, sizeof(names));
	}
	return error_set(ret_error, -EINVAL,
			 "%s has no series or server '%s' that was measured; its series are %s",
			 path, name, names[0] ? names : "none");
}

static int source_set(const json_t *root, struct sample_set *set)
{
	const char *command = member_string(root, "command");
	char source[64];

	(void)snprintf(source, sizeof(source), "ringside %s", command ? command : "bench");
	return sample_set_source(set, source);
}

static int sides_fill(const json_t *root, const char *path, struct duel *duel,
		      struct error *ret_error)
{
	struct side *sides[] = { &duel->base, &duel->changed };

	for (size_t i = 0; i < 2; i++) {
		struct side *side = sides[i];
		int error = side_fill(root, "name", "name", side, &duel->pairs, ret_error);

		if (!error && side->set.count == 0)
			error = side_fill(root, "server/name", "point/name", side, &duel->pairs,
					  ret_error);
		if (error)
			return error;
		if (side->set.count == 0)
			return series_unknown(root, path, side->name, ret_error);
		if (document_settings(root, &side->set) != 0 || source_set(root, &side->set) != 0)
			return no_memory(ret_error);
	}
	return 0;
}

int series_read(const char *path, const char *base, const char *changed, struct duel *duel,
		struct error *ret_error)
{
	json_t *root;
	int error = json_read(path, &root, ret_error);

	if (error)
		return error;
	duel->base.name = base;
	duel->changed.name = changed;
	if (is_named(root, "schema", EXPERIMENT_SCHEMA))
		error = sides_fill(root, path, duel, ret_error);
	else
		error = error_set(ret_error, -EINVAL,
				  "%s is no document of an experiment, such as ringside bench "
				  "--json writes: --base and --new name series of one",
				  path);
	json_decref(root);
	return error;
}
