#include "load_tables.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "measure/threshold.h"
#include "output/document.h"
#include "output/figure.h"
#include "words.h"

#define ROWS_MAX 100

/* With the unit of what the expression is about; "-": not known. */
static struct unit_text actual_text(const char *expression, const json_t *outcome)
{
	struct unit_text text = { "-" };
	struct threshold threshold;
	double actual;

	if (expression && member_number(outcome, "actual", &actual) &&
	    threshold_parse(expression, &threshold, NULL) == 0)
		threshold_show(&threshold, actual, text.text, sizeof(text.text));
	return text;
}

void thresholds_add(struct content *content, const json_t *root)
{
	struct grid *grid = grid_open("Thresholds");
	json_t *threshold;
	size_t i;

	grid_column(grid, "threshold", false);
	grid_column(grid, "kept", false);
	grid_column(grid, "measured", true);
	json_array_foreach (json_object_get(root, "thresholds"), i, threshold) {
		bool kept = json_is_true(json_object_get(threshold, "kept"));
		const char *expression = member_string(threshold, "expression");
		struct unit_text actual = actual_text(expression, threshold);

		grid_cell(grid, MARK_NONE, "%s", expression ? expression : "-");
		grid_cell(grid, kept ? MARK_GOOD : MARK_BAD, "%s", kept ? "yes" : "no");
		grid_cell(grid, MARK_NONE, "%s", actual.text);
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

static const struct {
	const char *path;
	const char *name;
} times[] = {
	{ "latency_ns", "latency" },
	{ "slip_ns", "slip: sent later than intended" },
	{ "timer_error_ns", "of it the generator's fault" },
	{ "connect_ns", "connecting" },
};

static const char *const times_first[] = { "min", "mean", "p50", "p90", "p99", "p99.9" };

static bool is_first(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(times_first); i++)
		if (strcmp(key, times_first[i]) == 0)
			return true;
	return strcmp(key, "max") == 0;
}

/* Percentiles that somebody asked for, beside those of every document. */
static bool is_further(const char *key, const json_t *value)
{
	return key[0] == 'p' && json_is_number(value) && !is_first(key);
}

static void duration_cell(struct grid *grid, const json_t *value)
{
	if (json_is_number(value))
		grid_cell(grid, MARK_NONE, "%s", words_duration(json_number_value(value)).text);
	else
		grid_cell(grid, MARK_NONE, "-");
}

static void times_row(struct grid *grid, const char *name, const json_t *distribution,
		      const json_t *latency)
{
	const char *key;
	json_t *value;

	grid_cell(grid, MARK_NONE, "%s", name);
	for (size_t i = 0; i < ARRAY_SIZE(times_first); i++)
		duration_cell(grid, json_object_get(distribution, times_first[i]));
	json_object_foreach ((json_t *)(uintptr_t)latency, key, value) {
		if (is_further(key, value) && grid && (grid->count + 1) % grid->column_count != 0)
			duration_cell(grid, json_object_get(distribution, key));
	}
	duration_cell(grid, json_object_get(distribution, "max"));
}

void times_add(struct content *content, const json_t *root)
{
	const json_t *latency = json_object_get(root, "latency_ns");
	struct grid *grid = grid_open("Distributions of times");
	const char *key;
	json_t *value;

	grid_column(grid, "time", false);
	for (size_t i = 0; i < ARRAY_SIZE(times_first); i++)
		grid_column(grid, times_first[i], true);
	json_object_foreach ((json_t *)(uintptr_t)latency, key, value) {
		if (is_further(key, value) && grid && grid->column_count + 1 < GRID_COLUMNS_MAX)
			grid_column(grid, key, true);
	}
	grid_column(grid, "max", true);
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		const json_t *distribution = json_object_get(root, times[i].path);

		if (json_is_number(json_object_get(distribution, "p50")))
			times_row(grid, times[i].name, distribution, latency);
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

static const enum figure_id run_figures[] = { FIGURE_RATE,	FIGURE_P50, FIGURE_P99,
					      FIGURE_P999,	FIGURE_MAX, FIGURE_CPU,
					      FIGURE_SERVER_CPU };

static void run_row(struct grid *grid, const json_t *run)
{
	for (size_t i = 0; i < ARRAY_SIZE(run_figures); i++) {
		const struct figure *figure = &figures[run_figures[i]];
		double value;

		if (figure_get(figure, run, &value))
			grid_cell(grid, MARK_NONE, "%s", words_figure(figure, value).text);
		else
			grid_cell(grid, MARK_NONE, "-");
	}
	grid_cell(grid, member_count(run, "errors/total") > 0 ? MARK_BAD : MARK_NONE, "%.0f",
		  member_count(run, "errors/total"));
	grid_cell(grid, member_count(run, "lost") > 0 ? MARK_BAD : MARK_NONE, "%.0f",
		  member_count(run, "lost"));
}

void runs_add(struct content *content, const json_t *root)
{
	const json_t *runs = json_object_get(root, "runs");
	struct grid *grid;

	if (json_array_size(runs) < 2)
		return;
	content_add(content, BLOCK_SECTION, "Runs");
	grid = grid_open("Each run, with fresh connections");
	grid_column(grid, "run", false);
	for (size_t i = 0; i < ARRAY_SIZE(run_figures); i++)
		grid_column(grid, words_title(&figures[run_figures[i]]), true);
	grid_column(grid, "errors", true);
	grid_column(grid, "lost", true);
	for (size_t i = 0; i < json_array_size(runs) && i < ROWS_MAX; i++) {
		const char *host = member_string(json_array_get(runs, i), "host");

		grid_cell(grid, MARK_NONE, "%zu%s%s", i + 1, host ? ", " : "", host ? host : "");
		run_row(grid, json_array_get(runs, i));
	}
	content_add_grid(content, BLOCK_TABLE, grid);
	if (json_array_size(runs) > ROWS_MAX)
		content_add(content, BLOCK_TEXT, "%zu more runs are in the document only.",
			    json_array_size(runs) - ROWS_MAX);
}

static const struct {
	const char *title;
	const char *path;
	struct unit_text (*text)(double value);
} host_columns[] = {
	{ "requests", "requests", count_text },
	{ "requests a second", "requests_per_s", words_rate },
	{ "p50", "latency_ns/p50", words_duration },
	{ "p99", "latency_ns/p99", words_duration },
	{ "max", "latency_ns/max", words_duration },
	{ "errors", "errors", count_text },
	{ "lost", "lost", count_text },
	{ "own CPU a request", "cpu_ns_per_request", words_duration },
};

void hosts_add(struct content *content, const json_t *root)
{
	const json_t *hosts = json_object_get(root, "hosts");
	struct grid *grid;

	if (json_array_size(hosts) == 0)
		return;
	content_add(content, BLOCK_SECTION, "Hosts");
	grid = grid_open("What each host or rank contributed");
	grid_column(grid, "host", false);
	for (size_t i = 0; i < ARRAY_SIZE(host_columns); i++)
		grid_column(grid, host_columns[i].title, true);
	for (size_t i = 0; i < json_array_size(hosts) && i < ROWS_MAX; i++) {
		const json_t *host = json_array_get(hosts, i);
		const char *name = member_string(host, "name");
		double value;

		grid_cell(grid, MARK_NONE, "%s", name ? name : "-");
		for (size_t j = 0; j < ARRAY_SIZE(host_columns); j++)
			if (member_number(host, host_columns[j].path, &value))
				grid_cell(grid, MARK_NONE, "%s", host_columns[j].text(value).text);
			else
				grid_cell(grid, MARK_NONE, "-");
	}
	content_add_grid(content, BLOCK_TABLE, grid);
	if (json_array_size(hosts) > ROWS_MAX)
		content_add(content, BLOCK_TEXT, "%zu more hosts are in the document only.",
			    json_array_size(hosts) - ROWS_MAX);
}

static void share_fact(struct grid *grid, const char *name, const json_t *root, const char *path)
{
	double share;

	if (!member_number(root, path, &share))
		return;
	grid_cell(grid, MARK_NONE, "%s", name);
	grid_cell(grid, MARK_NONE, "%.0f %%", 100 * share);
}

void cost_add(struct content *content, const json_t *root)
{
	static const enum figure_id costs[] = { FIGURE_SERVER_CPU, FIGURE_SERVER_CALLS, FIGURE_CPU,
						FIGURE_CALLS };
	struct grid *grid = grid_open("What it cost");
	double value;

	grid_column(grid, "cost", false);
	grid_column(grid, "figure", true);
	for (size_t i = 0; i < ARRAY_SIZE(costs); i++)
		if (figure_get(&figures[costs[i]], root, &value))
			grid_fact(grid, words_title(&figures[costs[i]]),
				  words_figure(&figures[costs[i]], value).text);
	share_fact(grid, "CPUs of the load's host busy", root, "host_cpu/busy_share");
	share_fact(grid, "server busy", root, "server/busy_share");
	if (grid_row_count(grid) > 0)
		content_add(content, BLOCK_SECTION, "Cost");
	content_add_grid(content, BLOCK_TABLE, grid);
}

static const struct {
	const char *path;
	const char *name;
} mishaps[] = {
	{ "errors/connect", "connections not made" },
	{ "errors/reset", "connections broken" },
	{ "errors/closed", "connections closed by the peer" },
	{ "errors/timeout", "answers that did not come in time" },
	{ "errors/corrupt", "answers unlike their requests" },
	{ "errors/surplus", "answers longer than was asked" },
	{ "errors/send", "requests that could not be sent" },
	{ "lost", "requests never answered" },
	{ "late", "answers to requests given up for lost" },
	{ "duplicated", "answers that had come before" },
	{ "reordered", "answers overtaken by a later one's" },
	{ "skipped", "requests not sent, being too late" },
	{ "kernel_drops/client", "datagrams dropped by the kernel at the load" },
	{ "kernel_drops/server", "datagrams dropped by the kernel at the server" },
	{ "network/tcp_retransmissions", "TCP segments sent again" },
};

void failures_add(struct content *content, const json_t *root)
{
	struct grid *grid = grid_open("What went wrong");

	grid_column(grid, "what", false);
	grid_column(grid, "count", true);
	for (size_t i = 0; i < ARRAY_SIZE(mishaps); i++) {
		double count = member_count(root, mishaps[i].path);

		if (count <= 0)
			continue;
		grid_cell(grid, MARK_NONE, "%s", mishaps[i].name);
		grid_cell(grid, MARK_BAD, "%.0f", count);
	}
	if (grid_row_count(grid) > 0)
		content_add(content, BLOCK_SECTION, "Errors");
	content_add_grid(content, BLOCK_TABLE, grid);
}
