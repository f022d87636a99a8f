#include "sweep/sweep.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "experiment/progress.h"
#include "measure/verdict.h"
#include "output/document.h"

/* What a knee's rate may lack of the highest one. */
#define KNEE_SHARE 0.95

static bool threads_are_swept(const struct sweep *sweep)
{
	for (uint32_t i = 0; i < sweep->axis_count; i++)
		if (sweep->axes[i].parameter->is_of_server)
			return true;
	return false;
}

static int servers_make(struct sweep *sweep, struct error *ret_error)
{
	struct matrix matrix = sweep->options->matrix;
	int error;

	if (threads_are_swept(sweep) && matrix.commands.count > 0)
		return error_set(ret_error, -EINVAL,
				 "--threads is of ringside serve: what is started by --server-cmd "
				 "cannot be swept over it");
	error = matrix_servers(&matrix, &sweep->servers, ret_error);
	if (threads_are_swept(sweep))
		matrix.server_threads.count = 1;
	return error ? error : matrix_servers(&matrix, &sweep->columns, ret_error);
}

/* Where the server's threads alone are swept, the usual point is what they work at. */
static int points_make(struct sweep *sweep, struct error *ret_error)
{
	struct matrix matrix = sweep->options->matrix;

	if (matrix.workloads == 0 && !matrix_has_points(&matrix))
		matrix.transports = (struct number_list){ .count = 1, .values = { TRANSPORT_TCP } };
	return matrix_points(&matrix, &sweep->points, ret_error);
}

/* A group each point, and each number of threads. */
static int series_add(struct sweep *sweep, const struct point *point, struct error *ret_error)
{
	struct experiment *experiment = &sweep->experiment;
	uint32_t first = experiment->group_count;
	uint32_t threads = sweep->servers.count / sweep->columns.count;

	for (uint32_t i = 0; i < sweep->servers.count; i++)
		if (server_takes(&sweep->servers.items[i], point) &&
		    experiment_add(experiment, point, &sweep->servers.items[i],
				   first + i % threads) < 0)
			return error_set(ret_error, -ENOMEM, "out of memory");
	return 0;
}

static int check(const struct sweep *sweep, struct error *ret_error)
{
	const struct sweep_options *options = sweep->options;
	const struct number_list *transports = &options->matrix.transports;

	if (transports->count > 1)
		return error_set(ret_error, -EINVAL,
				 "--transport: one at a time can be swept over");
	return measuring_check(&options->measuring, sweep->points.items, sweep->points.count,
			       ret_error);
}

int sweep_init(const struct sweep_options *options, struct sweep *ret_sweep,
	       struct error *ret_error)
{
	struct sweep *sweep = ret_sweep;
	int error;

	*sweep = (struct sweep){ .options = options };
	experiment_init(&sweep->plan, &sweep->experiment);
	sweep->experiment.progress = progress_print;
	error = axes_find(&options->matrix, sweep->axes, &sweep->axis_count, ret_error);
	if (!error)
		error = points_make(sweep, ret_error);
	if (!error)
		error = servers_make(sweep, ret_error);
	if (!error)
		error = check(sweep, ret_error);
	if (!error)
		error = measuring_plan(&options->measuring, matrix_server_threads(&sweep->servers),
				       matrix_load_threads(&sweep->points), &sweep->plan,
				       ret_error);
	for (uint32_t i = 0; i < sweep->points.count && !error; i++)
		error = series_add(sweep, &sweep->points.items[i], ret_error);
	return error;
}

void sweep_finish(struct sweep *sweep)
{
	experiment_finish(&sweep->experiment);
	place_finish(&sweep->plan.place);
}

uint32_t sweep_size(const struct sweep *sweep, uint32_t axis)
{
	return axis < sweep->axis_count ? sweep->axes[axis].values->count : 1;
}

/* Are they the same server, but for its threads if these are swept? */
static bool is_of_column(const struct sweep *sweep, const struct series *series, uint32_t column)
{
	const struct server *server = &sweep->columns.items[column];

	if (!threads_are_swept(sweep))
		return strcmp(series->server.name, server->name) == 0;
	/* None is another program, and the texts are the same ones of the command line. */
	return series->server.backend == server->backend &&
	       series->server.features == server->features;
}

const struct series *sweep_series(const struct sweep *sweep, uint32_t column,
				  const uint32_t *indexes)
{
	for (uint32_t i = 0; i < sweep->experiment.count; i++) {
		const struct series *series = &sweep->experiment.series[i];
		bool matches = is_of_column(sweep, series, column);

		for (uint32_t axis = 0; axis < sweep->axis_count; axis++)
			matches = matches &&
				  sweep->axes[axis].parameter->value(series) ==
					  sweep->axes[axis].values->values[indexes[axis]];
		if (matches)
			return series;
	}
	return NULL;
}

bool series_held_rate(const struct series *series)
{
	uint32_t held = 0;

	for (uint32_t i = 0; i < series->count; i++)
		held += json_is_true(member(series->trials[i].load, "verdict/rate_held"));
	return 2 * held > series->count;
}

bool series_was_load_bound(const struct series *series)
{
	uint32_t bound = 0;

	for (uint32_t i = 0; i < series->count; i++) {
		const char *word = member_string(series->trials[i].load, "verdict/bottleneck");

		bound += word && strcmp(word, bottleneck_names[BOTTLENECK_GENERATOR]) == 0;
	}
	return 2 * bound > series->count;
}

static bool rate_at(const struct sweep *sweep, uint32_t column, uint32_t index, double *ret_rate)
{
	const struct series *series = sweep_series(sweep, column, &index);
	struct estimate estimate;

	if (!series || series_figure(series, FIGURE_RATE, &estimate) < 0)
		return false;
	*ret_rate = estimate.median;
	return true;
}

enum saturation sweep_knee(const struct sweep *sweep, uint32_t column, struct knee *ret_knee)
{
	uint32_t last = UINT32_MAX;
	struct knee knee = { 0 };
	double rate = 0, last_rate = 0;

	if (sweep->axis_count != 1 || !sweep->axes[0].parameter->saturates)
		return SATURATION_UNKNOWN;
	for (uint32_t i = 0; i < sweep_size(sweep, 0); i++) {
		if (!rate_at(sweep, column, i, &rate))
			continue;
		last = i;
		last_rate = rate;
		if (rate > knee.highest)
			knee.highest = rate;
	}
	if (last == UINT32_MAX)
		return SATURATION_UNKNOWN;
	while (knee.index < last &&
	       !(rate_at(sweep, column, knee.index, &rate) && rate >= KNEE_SHARE * knee.highest))
		knee.index++;
	if (knee.index == last)
		return SATURATION_NONE;
	knee.falls = last_rate < KNEE_SHARE * knee.highest;
	*ret_knee = knee;
	return SATURATION_KNEE;
}

static json_t *parameters_to_json(const struct sweep *sweep)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < sweep->axis_count; i++) {
		json_t *object = json_object();
		int failed = json_put_string(object, "name", sweep->axes[i].parameter->name);

		failed |= json_put_value(object, "values", numbers_to_json(sweep->axes[i].values));
		error |= json_append(array, json_complete(object, failed));
	}
	return json_complete(array, error);
}

static json_t *knees_to_json(const struct sweep *sweep)
{
	json_t *array = json_array();
	struct knee knee;
	int error = 0;

	for (uint32_t i = 0; i < sweep->columns.count; i++) {
		json_t *object;
		int failed;

		if (sweep_knee(sweep, i, &knee) != SATURATION_KNEE)
			continue;
		object = json_object();
		failed = json_put_string(object, "server", sweep->columns.items[i].name);
		failed |= json_put_unsigned(object, "value",
					    sweep->axes[0].values->values[knee.index]);
		failed |= json_put_real(object, "highest_per_s", knee.highest);
		error |= json_append(array, json_complete(object, failed));
	}
	return json_complete(array, error);
}

json_t *sweep_to_json(const struct sweep *sweep, int argc, char **argv)
{
	json_t *document = experiment_to_json(&sweep->experiment, "sweep", argc, argv);
	int error = 0;

	error |= json_put_value(document, "options",
				options_to_json(&sweep_option_table, sweep->options));
	error |= json_put_string(document, "no_uring", sweep->servers.no_uring);
	error |= json_put_value(document, "parameters", parameters_to_json(sweep));
	error |= json_put_value(document, "knees", knees_to_json(sweep));
	return json_complete(document, error);
}
