#include "command.h"

#include <assert.h>

#include "ablate/options.h"
#include "base/array.h"
#include "bench/options.h"
#include "experiment/matrix.h"
#include "find/options.h"
#include "noise/options.h"
#include "sweep/options.h"
#include "sweep/parameter.h"

static int check_find(void *options, struct error *ret_error)
{
	int error = find_options_check(options, ret_error);

	if (!error)
		find_options_resolve(options);
	return error;
}

struct engine;
struct engine_config;

int __wrap_engine_open_auto(const struct engine_config *config, struct engine **ret_engine,
			    const char **ret_reason);
void __wrap_engine_close(struct engine *engine);

/* There is io_uring; what it would take to find out is not what is tested here. */
int __wrap_engine_open_auto(const struct engine_config *config, struct engine **ret_engine,
			    const char **ret_reason)
{
	*ret_engine = NULL;
	return 0;
}

void __wrap_engine_close(struct engine *engine)
{
	assert(!engine);
}

/* No two servers have one name. */
static int check_servers(const struct matrix *matrix, struct error *ret_error)
{
	static struct server_list servers;
	int error = matrix_servers(matrix, &servers, ret_error);

	if (error)
		return error;
	assert(servers.count > 0 && servers.count <= SERVERS_MAX);
	assert(matrix_server_threads(&servers) >= 1);
	return 0;
}

/* Points are at most as many as there is room for, and each is one. */
static int check_points(const struct matrix *matrix, struct error *ret_error)
{
	static struct point_list points;
	int error = matrix_points(matrix, &points, ret_error);

	if (error)
		return error;
	assert(points.count > 0 && points.count <= POINTS_MAX);
	assert(matrix_load_threads(&points) >= 1);
	return check_servers(matrix, ret_error);
}

static int check_bench(void *options, struct error *ret_error)
{
	struct bench_options *bench = options;

	bench_options_resolve(bench);
	return check_points(&bench->matrix, ret_error);
}

static int check_ablate(void *options, struct error *ret_error)
{
	struct ablate_options *ablate = options;

	ablate_options_resolve(ablate);
	assert(ablate->ladder != LADDER_AUTO);
	return check_points(&ablate->matrix, ret_error);
}

static int check_sweep(void *options, struct error *ret_error)
{
	struct sweep_options *sweep = options;
	struct axis axes[AXIS_MAX];
	uint32_t count;
	int error = axes_find(&sweep->matrix, axes, &count, ret_error);

	if (error)
		return error;
	assert(count >= 1 && count <= AXIS_MAX);
	if (!matrix_has_points(&sweep->matrix) && sweep->matrix.workloads == 0)
		return 0; /* the server's threads alone: sweep.c has a point for them */
	return check_points(&sweep->matrix, ret_error);
}

static int check_noise(void *options, struct error *ret_error)
{
	struct noise_options *noise = options;

	noise_options_resolve(noise);
	return check_points(&noise->matrix, ret_error);
}

const struct command experiment_commands[] = {
	{ &bench_option_table, sizeof(struct bench_options), check_bench },
	{ &ablate_option_table, sizeof(struct ablate_options), check_ablate },
	{ &sweep_option_table, sizeof(struct sweep_options), check_sweep },
	{ &find_option_table, sizeof(struct find_options), check_find },
	{ &noise_option_table, sizeof(struct noise_options), check_noise },
};

const uint32_t experiment_command_count = ARRAY_SIZE(experiment_commands);
