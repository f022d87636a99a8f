#include "noise.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "experiment/progress.h"
#include "usage/usage.h"

static int choose_point(const struct matrix *matrix, struct point *ret_point,
			struct error *ret_error)
{
	static struct point_list points;
	int error = matrix_points(matrix, &points, ret_error);

	if (!error && points.count != 1)
		error = error_set(ret_error, -EINVAL,
				  "noise is that of one point, and these are %u", points.count);
	if (!error)
		*ret_point = points.items[0];
	return error;
}

/* Unless backends are named, those of one: io_uring's if it is there; of none beside programs of
 * others. */
static bool is_asked_for(const struct matrix *matrix, const struct server_list *servers,
			 const struct server *server)
{
	if (matrix->backends.count > 0 || server->command)
		return true;
	return matrix->commands.count == 0 &&
	       strcmp(server->backend, servers->items[0].backend) == 0;
}

static int choose_server(const struct matrix *matrix, struct server *ret_server,
			 const char **ret_no_uring, struct error *ret_error)
{
	static struct server_list servers;
	uint32_t count = 0;
	int error = matrix_servers(matrix, &servers, ret_error);

	for (uint32_t i = 0; i < servers.count && !error; i++) {
		if (!is_asked_for(matrix, &servers, &servers.items[i]))
			continue;
		*ret_server = servers.items[i];
		count++;
	}
	if (!error && count != 1)
		error = error_set(ret_error, -EINVAL,
				  "noise is that of one server, and these are %u: name one", count);
	*ret_no_uring = ret_server->command ? NULL : servers.no_uring;
	return error;
}

static int check(const struct noise *noise, const struct point *point, const struct server *server,
		 struct error *ret_error)
{
	if (!server_takes(server, point))
		return error_set(ret_error, -EINVAL, "%s: other programs take TCP and UDP alone",
				 point->name);
	return measuring_check(&noise->options->measuring, point, 1, ret_error);
}

static int add_series(struct noise *noise, const struct point *point, struct server server,
		      struct error *ret_error)
{
	static const char *const suffixes[] = { "-first", "-second" };
	char name[SERVER_NAME_MAX];

	/* Shorter, so that the suffix fits. */
	(void)snprintf(name, sizeof(name), "%.48s", server.name);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(server.name, sizeof(server.name), "%.48s%s", name, suffixes[i]);
		if (experiment_add(&noise->experiment, point, &server, 0) < 0)
			return error_set(ret_error, -ENOMEM, "out of memory");
	}
	return 0;
}

int noise_init(const struct noise_options *options, struct noise *ret_noise,
	       struct error *ret_error)
{
	struct noise *noise = ret_noise;
	struct server server = { 0 };
	struct point point;
	int error;

	*noise = (struct noise){ .options = options, .facts = { NAN, NAN } };
	experiment_init(&noise->plan, &noise->experiment);
	noise->experiment.progress = progress_print;
	error = choose_point(&options->matrix, &point, ret_error);
	if (!error)
		error = choose_server(&options->matrix, &server, &noise->no_uring, ret_error);
	if (!error)
		error = check(noise, &point, &server, ret_error);
	if (!error)
		error = measuring_plan(&options->measuring, server.threads, point.threads,
				       &noise->plan, ret_error);
	return error ? error : add_series(noise, &point, server, ret_error);
}

void noise_finish(struct noise *noise)
{
	experiment_finish(&noise->experiment);
	place_finish(&noise->plan.place);
}

/* Between the first reading and now, which takes the second one. */
static double steal_share(struct usage_reading readings[2])
{
	struct usage difference;
	double all_ns;

	usage_read("", 0, &readings[1]);
	usage_difference(&readings[1], &readings[0], &difference);
	all_ns = (double)difference.taken_ns * readings[1].totals.cpu_count;
	if (!difference.cpu_known || all_ns <= 0)
		return NAN;
	return (double)difference.cpu.steal_ns / all_ns;
}

static int find_floors(struct noise *noise)
{
	const struct series *series = noise->experiment.series;
	int error = 0;

	for (int i = 0; i < FIGURE_COUNT && error != -ENOMEM; i++) {
		error = floor_find(&series[0], &series[1], (enum figure_id)i, &noise->floors[i]);
		noise->is_known[i] = error == 0;
	}
	return error == -ENOMEM ? error : 0;
}

static int measure(struct noise *noise, struct usage_reading readings[2], struct error *ret_error)
{
	int error;

	/* What the others did before is read before we are at work ourselves. */
	noise->advice_count = advice_take(&noise->facts, "", noise->advice);
	usage_read("", 0, &readings[0]);
	error = experiment_run(&noise->experiment, ret_error);
	if (error)
		return error;
	noise->facts = (struct advice_facts){ .disturbance = noise->experiment.disturbance,
					      .steal = steal_share(readings) };
	advice_complete(&noise->facts, noise->advice);
	error = find_floors(noise);
	return error ? error_set(ret_error, error, "out of memory") : 0;
}

int noise_run(struct noise *noise, struct error *ret_error)
{
	struct usage_reading *readings = calloc(2, sizeof(*readings));
	int error = readings ? measure(noise, readings, ret_error)
			     : error_set(ret_error, -ENOMEM, "out of memory");

	free(readings);
	return error;
}

static json_t *floors_to_json(const struct noise *noise)
{
	json_t *object = json_object();
	int error = 0;

	for (int i = 0; i < FIGURE_COUNT; i++)
		if (noise->is_known[i])
			error |= json_put_value(
				object, figures[i].key,
				floor_to_json(&noise->floors[i], (enum figure_id)i));
	return json_complete(object, error);
}

json_t *noise_to_json(const struct noise *noise, int argc, char **argv)
{
	json_t *document = experiment_to_json(&noise->experiment, "noise", argc, argv);
	int error = 0;

	error |= json_put_value(document, "options",
				options_to_json(&noise_option_table, noise->options));
	error |= json_put_string(document, "no_uring", noise->no_uring);
	error |= json_put_value(document, "noise", floors_to_json(noise));
	error |= json_put_real(document, "steal", noise->facts.steal);
	error |= json_put_value(document, "advice",
				advice_to_json(noise->advice, noise->advice_count));
	return json_complete(document, error);
}
