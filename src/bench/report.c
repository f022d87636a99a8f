#include "report.h"

#include "base/json.h"
#include "child.h"
#include "measure/host.h"

/* Raised when a member changes its meaning or goes; new members do not raise it. */
#define SCHEMA "ringside-bench/1"

static json_t *host_make(const struct comparison *comparison)
{
	json_t *object = host_to_json();
	int error = 0;

	if (comparison->server_cpu != CHILD_ANY_CPU) {
		error |= json_put_integer(object, "server_cpu", comparison->server_cpu);
		error |= json_put_integer(object, "load_cpu", comparison->load_cpu);
	}
	return json_complete(object, error);
}

static json_t *trial_make(const struct trial *trial)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_unsigned(object, "requests", trial->requests);
	error |= json_put_unsigned(object, "lost", trial->lost);
	for (int figure = 0; figure < FIGURE_COUNT; figure++)
		error |= json_put_real(object, figure_names[figure],
				       trial_figure(trial, (enum figure)figure));
	return json_complete(object, error);
}

static json_t *median_make(const struct cell *cell)
{
	json_t *object = json_object();
	double median;
	int error = 0;

	for (int figure = 0; figure < FIGURE_COUNT; figure++)
		if (cell_median(cell, (enum figure)figure, &median) == 0)
			error |= json_put_real(object, figure_names[figure], median);
	return json_complete(object, error);
}

static json_t *cell_make(const struct cell *cell, const struct server *server)
{
	json_t *object = json_object(), *trials = json_array();
	int error = 0;

	error |= json_put_string(object, "server", server->name);
	error |= json_put_string(object, "command", server->command);
	error |= json_put_string(object, "error", cell->reason[0] ? cell->reason : NULL);
	error |= json_put_string(object, "remark", cell_remark(cell)[0] ? cell_remark(cell) : NULL);
	error |= account_put(&cell->accounts.server, object);
	error |= json_put_value(object, "load", account_to_json(&cell->accounts.load));
	error |= json_put_value(object, "median", median_make(cell));
	for (uint32_t i = 0; i < cell->count; i++)
		error |= json_append(trials, trial_make(&cell->trials[i]));
	error |= json_put_value(object, "trials", trials);
	return json_complete(object, error);
}

static json_t *estimate_make(const struct estimate *estimate)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_real(object, "median", estimate->median);
	error |= json_put_real(object, "low", estimate->low);
	error |= json_put_real(object, "high", estimate->high);
	error |= json_put_real(object, "coverage", estimate->coverage);
	return json_complete(object, error);
}

static json_t *ratio_make(const struct comparison *comparison, uint32_t workload,
			  const struct ratio *ratio)
{
	json_t *object = json_object();
	struct estimate estimate;
	int error = 0;

	error |= json_put_string(object, "over", comparison->servers[ratio->over].name);
	error |= json_put_string(object, "under", comparison->servers[ratio->under].name);
	for (int figure = 0; figure < FIGURE_COUNT; figure++)
		if (comparison_ratio(comparison, workload, ratio, (enum figure)figure, &estimate) ==
		    0)
			error |= json_put_value(object, figure_names[figure],
						estimate_make(&estimate));
	return json_complete(object, error);
}

static json_t *workload_make(const struct comparison *comparison, uint32_t number)
{
	const struct workload *workload = &workloads[number];
	json_t *object = json_object(), *cells = json_array(), *ratios = json_array();
	int error = 0;

	error |= json_put_string(object, "name", workload->name);
	error |= json_put_string(object, "transport", workload->transport);
	error |= json_put_unsigned(object, "connections", workload->connections);
	error |= json_put_unsigned(object, "depth", workload->depth);
	error |= json_put_unsigned(object, "size", workload->size);
	error |= json_put_boolean(object, "reconnects", workload->reconnects);
	error |= json_put_boolean(object, "client_sleeps", workload->asleep);
	for (uint32_t i = 0; i < comparison->server_count; i++) {
		const struct cell *cell = comparison_cell(comparison, number, i);

		if (cell->wanted)
			error |= json_append(cells, cell_make(cell, &comparison->servers[i]));
	}
	for (uint32_t i = 0; i < comparison->ratio_count; i++)
		error |= json_append(ratios,
				     ratio_make(comparison, number, &comparison->ratios[i]));
	error |= json_put_value(object, "cells", cells);
	error |= json_put_value(object, "ratios", ratios);
	return json_complete(object, error);
}

json_t *report_make(const struct comparison *comparison)
{
	json_t *document = json_object(), *array = json_array();
	int error = 0;

	error |= json_put_string(document, "schema", SCHEMA);
	error |= json_put_string(document, "version", RINGSIDE_VERSION);
	error |= json_put_string(document, "command", "bench");
	error |= json_put_value(document, "host", host_make(comparison));
	error |= json_put_value(document, "options",
				options_to_json(&bench_option_table, comparison->options));
	error |= json_put_unsigned(document, "omit_ns", comparison->options->omit_ns);
	error |= json_put_string(document, "no_uring", comparison->no_uring);
	error |= json_put_real(document, "disturbance", comparison->disturbance);
	for (uint32_t i = 0; i < workload_count; i++)
		if (comparison->options->workloads >> i & 1)
			error |= json_append(array, workload_make(comparison, i));
	error |= json_put_value(document, "workloads", array);
	return json_complete(document, error);
}
