#include "experiment/matrix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <ringside/engine.h>

#include "base/json.h"
#include "engine/choice.h"
#include "experiment/workload.h"

int matrix_workloads_parse(const char *text, void *ret_set, struct error *ret_error)
{
	return workload_set_parse(text, ret_set, ret_error);
}

json_t *matrix_workloads_to_json(const void *value)
{
	const uint64_t *set = value;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < workload_count; i++)
		if (*set >> i & 1)
			error |= json_append(array, json_text(workloads[i].point.name));
	return json_complete(array, error);
}

void matrix_workloads_print(FILE *stream)
{
	(void)fputs("Workloads (* unless others are named):\n", stream);
	for (uint32_t i = 0; i < workload_count; i++)
		(void)fprintf(stream, "  %-14s %c %s\n", workloads[i].point.name,
			      workloads[i].standard ? '*' : ' ', workloads[i].point.title);
}

bool matrix_has_points(const struct matrix *matrix)
{
	return matrix->transports.count || matrix->connections.count || matrix->depths.count ||
	       matrix->sizes.count || matrix->rates.count || matrix->load_threads.count;
}

static int point_add(struct point_list *points, const struct point *point, struct error *ret_error)
{
	if (points->count == POINTS_MAX)
		return error_set(ret_error, -EINVAL, "these are more than %d points", POINTS_MAX);
	points->items[points->count++] = *point;
	return 0;
}

/* One of the dimensions of the matrix: its values, and the usual one. */
struct dimension {
	const struct number_list *list;
	uint64_t standard;
};

static uint32_t dimension_size(const struct dimension *dimension)
{
	return dimension->list->count > 0 ? dimension->list->count : 1;
}

static uint64_t dimension_value(const struct dimension *dimension, uint32_t index)
{
	return dimension->list->count > 0 ? dimension->list->values[index] : dimension->standard;
}

#define DIMENSION_COUNT 6

/* The point of a number that counts all combinations, the last dimension fastest. */
static struct point point_of(const struct dimension *dimensions, uint32_t number)
{
	uint64_t values[DIMENSION_COUNT];
	struct point point;

	for (int i = DIMENSION_COUNT - 1; i >= 0; i--) {
		uint32_t size = dimension_size(&dimensions[i]);

		values[i] = dimension_value(&dimensions[i], number % size);
		number /= size;
	}
	point = (struct point){
		.transport = (enum transport)values[0],
		.connections = (uint32_t)values[1],
		.depth = (uint32_t)values[2],
		.size = (uint32_t)values[3],
		.rate = values[4],
		.threads = (uint32_t)values[5],
	};
	point_name(&point);
	return point;
}

static int combinations_add(const struct matrix *matrix, struct point_list *points,
			    struct error *ret_error)
{
	const struct dimension dimensions[DIMENSION_COUNT] = {
		{ &matrix->transports, TRANSPORT_TCP },
		{ &matrix->connections, 50 },
		{ &matrix->depths, 1 },
		{ &matrix->sizes, 64 },
		{ &matrix->rates, 0 },
		{ &matrix->load_threads, 1 },
	};
	uint64_t count = 1;
	int error = 0;

	for (int i = 0; i < DIMENSION_COUNT; i++)
		count *= dimension_size(&dimensions[i]);
	if (count > POINTS_MAX)
		return error_set(ret_error, -EINVAL, "these are more than %d points", POINTS_MAX);
	for (uint32_t i = 0; i < count && !error; i++) {
		struct point point = point_of(dimensions, i);

		error = point_add(points, &point, ret_error);
	}
	return error;
}

int matrix_points(const struct matrix *matrix, struct point_list *ret_points,
		  struct error *ret_error)
{
	int error = 0;

	ret_points->count = 0;
	for (uint32_t i = 0; i < workload_count && !error; i++)
		if (matrix->workloads >> i & 1)
			error = point_add(ret_points, &workloads[i].point, ret_error);
	if (!error && matrix_has_points(matrix))
		error = combinations_add(matrix, ret_points, ret_error);
	return error;
}

/* Is there an io_uring for ringside serve? What serve would take on its own. NULL: there is. */
static const char *find_uring(void)
{
	struct engine_config config;
	struct engine *engine;
	const char *reason = NULL;

	engine_config_init(&config);
	if (engine_open_auto(&config, &engine, &reason) < 0)
		return "no engine can be opened";
	engine_close(engine);
	return reason;
}

static int server_add(struct server_list *servers, const struct server *server,
		      struct error *ret_error)
{
	for (uint32_t i = 0; i < servers->count; i++)
		if (strcmp(servers->items[i].name, server->name) == 0)
			return error_set(ret_error, -EINVAL,
					 "there is a server '%s' already; give it another name",
					 server->name);
	if (servers->count == SERVERS_MAX)
		return error_set(ret_error, -EINVAL, "these are more than %d servers", SERVERS_MAX);
	servers->items[servers->count++] = *server;
	return 0;
}

/* What tells it apart from others of the same backend. */
static int own_name(const struct matrix *matrix, struct server *server, struct error *ret_error)
{
	int length = snprintf(server->name, sizeof(server->name), "%s", server->backend);

	if (matrix->features.count > 1)
		length += snprintf(server->name + length, sizeof(server->name) - (size_t)length,
				   "%s%s", strchr("+-", server->features[0]) ? "" : ",",
				   server->features);
	if ((size_t)length < sizeof(server->name) && matrix->server_threads.count > 1)
		length += snprintf(server->name + length, sizeof(server->name) - (size_t)length,
				   ",%ut", server->threads);
	if ((size_t)length >= sizeof(server->name))
		return error_set(ret_error, -EINVAL,
				 "--features %s: too long for a name where there are several",
				 server->features);
	return 0;
}

/* Of one backend and one text of features, with all numbers of threads. */
static int threads_add(const struct matrix *matrix, struct server server,
		       struct server_list *servers, struct error *ret_error)
{
	const struct dimension threads = { &matrix->server_threads, 1 };
	int error = 0;

	for (uint32_t i = 0; i < dimension_size(&threads) && !error; i++) {
		server.threads = (uint32_t)dimension_value(&threads, i);
		error = own_name(matrix, &server, ret_error);
		if (!error)
			error = server_add(servers, &server, ret_error);
	}
	return error;
}

static int features_add(const struct matrix *matrix, const char *backend,
			struct server_list *servers, struct error *ret_error)
{
	struct server server = { .backend = backend, .inject = matrix->inject };
	int error = 0;

	if (matrix->features.count == 0)
		return threads_add(matrix, server, servers, ret_error);
	for (uint32_t i = 0; i < matrix->features.count && !error; i++) {
		server.features = matrix->features.items[i];
		error = threads_add(matrix, server, servers, ret_error);
	}
	return error;
}

static int features_check(const struct matrix *matrix, struct error *ret_error)
{
	int error = 0;

	for (uint32_t i = 0; i < matrix->features.count && !error; i++) {
		struct feature_request request = { 0 };
		struct error reason;

		if (features_parse(matrix->features.items[i], &request, &reason) < 0)
			error = error_set(ret_error, -EINVAL, "--features %s: %s",
					  matrix->features.items[i], reason.text);
	}
	return error;
}

static int backends_add(const struct matrix *matrix, struct server_list *servers,
			struct error *ret_error)
{
	static const struct number_list all = { .count = 2, .values = { 0, 1 } };
	bool is_named = matrix->backends.count > 0;
	const struct number_list *list = is_named ? &matrix->backends : &all;
	const char *no_uring = find_uring();
	int error = 0;

	for (uint32_t i = 0; i < list->count && !error; i++) {
		enum backend_choice choice = BACKEND_URING + (enum backend_choice)list->values[i];

		if (choice == BACKEND_URING && no_uring && is_named)
			return error_set(ret_error, -EINVAL, "--backend uring: %s", no_uring);
		if (choice == BACKEND_URING && no_uring)
			servers->no_uring = no_uring;
		else
			error = features_add(matrix, choice_backends[choice], servers, ret_error);
	}
	return error;
}

/* Ours keep their names, also where one is left out. */
static bool is_ours(const char *name)
{
	return strcmp(name, choice_backends[BACKEND_URING]) == 0 ||
	       strcmp(name, choice_backends[BACKEND_EPOLL]) == 0;
}

static int command_add(const char *text, struct server_list *servers, struct error *ret_error)
{
	struct error reason;
	struct server server;
	int error = server_parse(text, &server, &reason);

	if (!error && is_ours(server.name))
		error = error_set(&reason, -EINVAL,
				  "'%s' is the name of a server of ours; give it another one",
				  server.name);
	if (!error)
		error = server_add(servers, &server, &reason);
	return error ? error_set(ret_error, error, "--server-cmd %s: %s", text, reason.text) : 0;
}

int matrix_servers(const struct matrix *matrix, struct server_list *ret_servers,
		   struct error *ret_error)
{
	int error = features_check(matrix, ret_error);

	ret_servers->count = 0;
	ret_servers->no_uring = NULL;
	if (!error)
		error = backends_add(matrix, ret_servers, ret_error);
	for (uint32_t i = 0; i < matrix->commands.count && !error; i++)
		error = command_add(matrix->commands.items[i], ret_servers, ret_error);
	return error;
}

uint32_t matrix_server_threads(const struct server_list *servers)
{
	uint32_t most = 1;

	for (uint32_t i = 0; i < servers->count; i++)
		if (servers->items[i].threads > most)
			most = servers->items[i].threads;
	return most;
}

uint32_t matrix_load_threads(const struct point_list *points)
{
	uint32_t most = 1;

	for (uint32_t i = 0; i < points->count; i++)
		if (points->items[i].threads > most)
			most = points->items[i].threads;
	return most;
}
