#include "comparison.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringside/engine.h>

#include "base/cpu.h"
#include "child.h"

const char *const figure_names[FIGURE_COUNT] = {
	[FIGURE_RATE] = "requests_per_s",
	[FIGURE_P50] = "p50_ns",
	[FIGURE_P99] = "p99_ns",
	[FIGURE_CPU] = "server_cpu_ns_per_request",
};

/* Of ringside serve: one on each backend. */
static const char *const own_names[] = { "uring", "epoll" };

double trial_figure(const struct trial *trial, enum figure figure)
{
	const double figures[FIGURE_COUNT] = {
		[FIGURE_RATE] = trial->rate,
		[FIGURE_P50] = trial->p50_ns,
		[FIGURE_P99] = trial->p99_ns,
		[FIGURE_CPU] = trial->cpu_ns,
	};

	return figures[figure];
}

/* Two CPUs if there are two: the server must not wait for the load, nor the load for it. */
static void choose_cpus(struct comparison *comparison)
{
	struct cpu_list list;

	comparison->server_cpu = comparison->load_cpu = CHILD_ANY_CPU;
	if (cpu_list_allowed(&list) < 0 || list.count < 2)
		return;
	comparison->load_cpu = list.cpus[0];
	comparison->server_cpu = list.cpus[1];
}

/* Is there an io_uring for ringside serve? What serve would take on its own. */
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

static int find_server(const struct comparison *comparison, const char *name, size_t length,
		       uint32_t *ret_server)
{
	for (uint32_t i = 0; i < comparison->server_count; i++) {
		const char *candidate = comparison->servers[i].name;

		if (strncmp(candidate, name, length) == 0 && candidate[length] == '\0') {
			*ret_server = i;
			return 0;
		}
	}
	return -ENOENT;
}

/* Names tell servers apart in the table and in --ratio; ours are taken, also where one is left out.
 */
static bool is_taken(const struct comparison *comparison, const char *name)
{
	uint32_t server;

	return strcmp(name, own_names[0]) == 0 || strcmp(name, own_names[1]) == 0 ||
	       find_server(comparison, name, strlen(name), &server) == 0;
}

static int add_server(struct comparison *comparison, const char *text, struct error *ret_error)
{
	struct server server;
	int error;

	if (comparison->server_count == SERVER_MAX)
		return error_set(ret_error, -EINVAL, "--server: %d servers are too many",
				 SERVER_MAX);
	error = server_parse(text, &server, ret_error);
	if (error < 0)
		return error;
	if (is_taken(comparison, server.name))
		return error_set(
			ret_error, -EINVAL,
			"--server %s: there is a server '%s' already; give it another name", text,
			server.name);
	comparison->servers[comparison->server_count++] = server;
	return 0;
}

static int add_servers(struct comparison *comparison, struct error *ret_error)
{
	const struct string_list *others = &comparison->options->servers;

	for (uint32_t i = 0; i < 2; i++) {
		struct server *server = &comparison->servers[comparison->server_count];

		if (i == 0 && comparison->no_uring)
			continue;
		server->features = comparison->options->features;
		(void)snprintf(server->name, sizeof(server->name), "%s", own_names[i]);
		comparison->server_count++;
	}
	for (uint32_t i = 0; i < others->count; i++) {
		int error = add_server(comparison, others->items[i], ret_error);

		if (error < 0)
			return error;
	}
	return 0;
}

static int add_ratio(struct comparison *comparison, const char *text, struct error *ret_error)
{
	size_t length = strcspn(text, "/");
	struct ratio ratio;

	if (text[length] == '\0')
		return error_set(ret_error, -EINVAL, "--ratio %s: this is not NAME/NAME", text);
	if (comparison->ratio_count == RATIO_MAX)
		return error_set(ret_error, -EINVAL, "--ratio: %d are too many", RATIO_MAX);
	if (find_server(comparison, text, length, &ratio.over) == 0 &&
	    find_server(comparison, text + length + 1, strlen(text + length + 1), &ratio.under) ==
		    0) {
		comparison->ratios[comparison->ratio_count++] = ratio;
		return 0;
	}
	/* Without io_uring what was to be compared with it is left out too. */
	if (comparison->no_uring && strstr(text, "uring"))
		return 0;
	return error_set(ret_error, -EINVAL,
			 "--ratio %s: the servers are uring, epoll and those of --server", text);
}

static int add_ratios(struct comparison *comparison, struct error *ret_error)
{
	const struct string_list *ratios = &comparison->options->ratios;
	int error = 0;

	if (ratios->count == 0)
		return add_ratio(comparison, "uring/epoll", ret_error);
	for (uint32_t i = 0; i < ratios->count && !error; i++)
		error = add_ratio(comparison, ratios->items[i], ret_error);
	return error;
}

static int make_cells(struct comparison *comparison)
{
	uint32_t count = workload_count * comparison->server_count;
	uint64_t wanted = comparison->options->workloads;

	assert(count > 0); /* there is always epoll */
	comparison->cells = calloc(count, sizeof(*comparison->cells));
	if (!comparison->cells)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		struct cell *cell = &comparison->cells[i];
		uint32_t workload = i / comparison->server_count;

		cell->wanted = (wanted >> workload & 1) &&
			       server_takes(&comparison->servers[i % comparison->server_count],
					    &workloads[workload]);
		if (!cell->wanted)
			continue;
		cell->trials = calloc(comparison->options->rounds, sizeof(*cell->trials));
		if (!cell->trials)
			return -ENOMEM;
	}
	return 0;
}

int comparison_init(const struct bench_options *options, struct comparison *ret_comparison,
		    struct error *ret_error)
{
	int error;

	*ret_comparison = (struct comparison){ .options = options, .no_uring = find_uring() };
	choose_cpus(ret_comparison);
	error = add_servers(ret_comparison, ret_error);
	if (!error)
		error = add_ratios(ret_comparison, ret_error);
	if (!error && make_cells(ret_comparison) < 0)
		error = error_set(ret_error, -ENOMEM, "out of memory");
	return error;
}

void comparison_finish(struct comparison *comparison)
{
	if (comparison->cells)
		for (uint32_t i = 0; i < workload_count * comparison->server_count; i++) {
			free(comparison->cells[i].trials);
			trial_accounts_finish(&comparison->cells[i].accounts);
		}
	free(comparison->cells);
	comparison->cells = NULL;
}

struct cell *comparison_cell(const struct comparison *comparison, uint32_t workload,
			     uint32_t server)
{
	return &comparison->cells[workload * comparison->server_count + server];
}

void comparison_try(struct comparison *comparison, uint32_t workload, uint32_t server)
{
	struct cell *cell = comparison_cell(comparison, workload, server);
	struct trial_plan plan = {
		.server = &comparison->servers[server],
		.workload = &workloads[workload],
		.omit_ns = comparison->options->omit_ns,
		.duration_ns = comparison->options->duration_ns,
		.server_cpu = comparison->server_cpu,
		.load_cpu = comparison->load_cpu,
	};
	struct error error;

	if (!cell->wanted || cell->reason[0] != '\0')
		return;
	if (trial_run(&plan, &cell->trials[cell->count], cell->count == 0 ? &cell->accounts : NULL,
		      &error) == 0)
		cell->count++;
	else
		(void)snprintf(cell->reason, sizeof(cell->reason), "%s", error.text);
}

static int cell_figures(const struct cell *cell, enum figure figure, double *ret_values)
{
	if (cell->count == 0)
		return -EDOM;
	for (uint32_t i = 0; i < cell->count; i++)
		ret_values[i] = trial_figure(&cell->trials[i], figure);
	return 0;
}

int cell_median(const struct cell *cell, enum figure figure, double *ret_median)
{
	double values[ROUNDS_MAX];
	int error = cell_figures(cell, figure, values);

	if (!error)
		*ret_median = statistics_median(values, cell->count);
	return error;
}

const char *cell_remark(const struct cell *cell)
{
	return cell->count > 0 ? cell->trials[0].remark : "";
}

int comparison_ratio(const struct comparison *comparison, uint32_t workload,
		     const struct ratio *ratio, enum figure figure, struct estimate *ret_estimate)
{
	const struct cell *over = comparison_cell(comparison, workload, ratio->over);
	const struct cell *under = comparison_cell(comparison, workload, ratio->under);
	double over_values[ROUNDS_MAX], under_values[ROUNDS_MAX];
	uint32_t count = over->count < under->count ? over->count : under->count;

	if (cell_figures(over, figure, over_values) < 0 ||
	    cell_figures(under, figure, under_values) < 0)
		return -EDOM;
	return statistics_ratio(over_values, under_values, count, STATISTICS_CONFIDENCE,
				ret_estimate);
}

bool comparison_failed(const struct comparison *comparison)
{
	for (uint32_t i = 0; i < workload_count * comparison->server_count; i++)
		if (comparison->cells[i].reason[0] != '\0')
			return true;
	return false;
}
