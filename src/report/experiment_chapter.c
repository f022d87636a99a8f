/* An experiment: its series, what they show of parameters and servers, and what was found. */
#include "chapter.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "capacity.h"
#include "effects.h"
#include "environment.h"
#include "findings.h"
#include "noise_tables.h"
#include "output/document.h"
#include "output/figure.h"
#include "palette.h"
#include "parameter.h"
#include "percentiles.h"
#include "words.h"

#define PERCENTILE_PLOTS_MAX 8
/* The share of the CPUs that others took, from which on a reader should know. */
#define DISTURBANCE_MAX 0.05
#define SERVERS_MAX 32
#define COVERAGE_WANTED 0.95

static const char *point_title(const json_t *series)
{
	const char *title = member_string(series, "point/title");

	return title ? title : text_or(member_string(series, "point/name"), "-");
}

static const char *server_name(const json_t *series)
{
	return text_or(member_string(series, "server/name"), "-");
}

static const json_t *estimate_of(const json_t *series, enum figure_id id)
{
	return json_object_get(json_object_get(series, "median"), figures[id].key);
}

/* How many trials were run, of all series. */
static size_t trial_count(const json_t *root)
{
	size_t count = 0, i;
	json_t *series;

	json_array_foreach (json_object_get(root, "series"), i, series) {
		count += json_array_size(json_object_get(series, "runs"));
	}
	return count;
}

static void asked_add(struct content *content, const json_t *root)
{
	double rounds = member_count(root, "rounds");
	struct unit_text started = words_time(json_object_get(root, "started_unix_ns"));
	json_int_t seed = json_integer_value(json_object_get(root, "seed"));
	struct unit_text trial = words_duration(member_count(root, "duration_ns"));
	struct unit_text elapsed = words_duration(member_count(root, "elapsed_ns"));
	size_t trials = trial_count(root);

	if (is_search(root))
		content_add(content, BLOCK_TEXT,
			    "%zu trial%s of %s, one after another, at rates that each time follow "
			    "from what came before; seed %" JSON_INTEGER_FORMAT ". It took %s%s%s.",
			    trials, words_plural((double)trials), trial.text, seed, elapsed.text,
			    started.text[0] ? ", from " : "", started.text);
	else
		content_add(
			content, BLOCK_TEXT,
			"%zu series, %.0f round%s of runs of %s, each with a fresh server and a "
			"fresh load, in an order drawn with seed %" JSON_INTEGER_FORMAT
			". It took %s%s%s.",
			json_array_size(json_object_get(root, "series")), rounds,
			words_plural(rounds), trial.text, seed, elapsed.text,
			started.text[0] ? ", from " : "", started.text);
}

/* The best series in a figure. */
static void best_add(struct grid *grid, const char *name, const json_t *list, enum figure_id id)
{
	const struct figure *figure = &figures[id];
	const json_t *best = NULL;
	double best_value = 0, value;
	json_t *series;
	size_t i;

	json_array_foreach (list, i, series) {
		if (!member_number(estimate_of(series, id), "median", &value))
			continue;
		if (best && (figure->more_is_better ? value <= best_value : value >= best_value))
			continue;
		best = series;
		best_value = value;
	}
	if (!best)
		return;
	grid_cell(grid, MARK_NONE, "%s", name);
	grid_cell(grid, MARK_NONE, "%s", words_figure(figure, best_value).text);
	grid_cell(grid, MARK_NONE, "%s, %s", server_name(best), point_title(best));
}

static void tiles_add(struct content *content, const json_t *list)
{
	struct grid *grid = grid_open("Headline");

	grid_column(grid, "what", false);
	grid_column(grid, "figure", true);
	grid_column(grid, "where", false);
	best_add(grid, "highest throughput", list, FIGURE_RATE);
	best_add(grid, "lowest p50 latency", list, FIGURE_P50);
	best_add(grid, "lowest p99 latency", list, FIGURE_P99);
	best_add(grid, "least server CPU a request", list, FIGURE_SERVER_CPU);
	content_add_grid(content, BLOCK_TILES, grid);
}

/* The least coverage of any interval; 1: there are none. */
static double coverage_least(const json_t *list)
{
	double least = 1, coverage;
	const char *key;
	json_t *series, *estimate;
	size_t i;

	json_array_foreach (list, i, series) {
		json_object_foreach (json_object_get(series, "median"), key, estimate) {
			if (member_number(estimate, "coverage", &coverage) && coverage < least)
				least = coverage;
		}
	}
	return least;
}

static void coverage_add(struct content *content, const json_t *list)
{
	double coverage = coverage_least(list);

	if (coverage <= 0)
		content_add(content, BLOCK_NOTE,
			    "There is one run only of some series: its figures have no interval.");
	else if (coverage < COVERAGE_WANTED)
		content_add(
			content, BLOCK_NOTE,
			"Too few rounds for intervals of %.0f %%: those here are the whole range "
			"of the runs, and hold the true median with %.0f %% only.",
			100 * COVERAGE_WANTED, 100 * coverage);
}

static void notes_add(struct content *content, const json_t *root)
{
	const char *no_uring = member_string(root, "no_uring");
	double disturbance;
	json_t *series;
	size_t i;

	if (json_is_true(json_object_get(root, "interrupted")))
		content_add(content, BLOCK_NOTE,
			    "It was interrupted: less was measured than asked.");
	if (member_number(root, "disturbance", &disturbance) && disturbance > DISTURBANCE_MAX)
		content_add(content, BLOCK_NOTE,
			    "Other programs took %.0f %% of the CPUs meanwhile: the figures are "
			    "less sure than on a quiet machine.",
			    100 * disturbance);
	if (no_uring)
		content_add(content, BLOCK_NOTE, "There is no io_uring here: %s", no_uring);
	if (!is_search(root))
		coverage_add(content, json_object_get(root, "series"));
	json_array_foreach (json_object_get(root, "series"), i, series) {
		const char *error = member_string(series, "error");
		const char *remark = member_string(series, "remark");
		double retries = member_count(series, "retries");

		if (error)
			content_add(content, BLOCK_NOTE, "%s failed: %s",
				    text_or(member_string(series, "name"), "A series"), error);
		if (retries > 0)
			content_add(content, BLOCK_TEXT,
				    "%s: %.0f trial%s failed, and %s run once more.",
				    text_or(member_string(series, "name"), "A series"), retries,
				    words_plural(retries), retries == 1 ? "was" : "were");
		if (remark)
			content_add(content, BLOCK_TEXT, "%s: %s",
				    text_or(member_string(series, "name"), "A series"), remark);
	}
}

static const enum figure_id shown[] = { FIGURE_RATE, FIGURE_P50, FIGURE_P99, FIGURE_SERVER_CPU,
					FIGURE_SERVER_CALLS };

static void table_add(struct content *content, const json_t *list)
{
	struct grid *grid = grid_open("Medians of the runs, with their intervals; - is not known");
	json_t *series;
	size_t i;

	content_add(content, BLOCK_SECTION, "All series");
	grid_column(grid, "point", false);
	grid_column(grid, "server", false);
	for (size_t j = 0; j < ARRAY_SIZE(shown); j++)
		grid_column(grid, words_title(&figures[shown[j]]), true);
	grid_column(grid, "runs", true);
	json_array_foreach (list, i, series) {
		grid_cell(grid, MARK_NONE, "%s", point_title(series));
		grid_cell(grid, MARK_NONE, "%s", server_name(series));
		for (size_t j = 0; j < ARRAY_SIZE(shown); j++)
			grid_cell(grid, MARK_NONE, "%s",
				  words_estimate(estimate_of(series, shown[j]), &figures[shown[j]])
					  .text);
		grid_cell(grid, MARK_NONE, "%zu", json_array_size(json_object_get(series, "runs")));
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

/* A number for each server, in the order in which they appear: its colour. */
static unsigned int server_number(const json_t *list, size_t index)
{
	unsigned int count = 0;

	for (size_t i = 0; i <= index && count < SERVERS_MAX; i++) {
		const char *name = server_name(json_array_get(list, i));
		bool earlier = false;

		for (size_t j = 0; j < i && !earlier; j++)
			earlier = strcmp(server_name(json_array_get(list, j)), name) == 0;
		if (strcmp(name, server_name(json_array_get(list, index))) == 0)
			return count;
		count += earlier ? 0 : 1;
	}
	return count;
}

static void side_by_side_add(struct content *content, const json_t *list, enum figure_id id,
			     struct effect_list *rows)
{
	static const unsigned int shapes[] = { 7, 9, 5, 11, 13, 6, 8, 4 };
	const struct figure *figure = &figures[id];
	struct words_heading heading = words_heading(figure);
	struct effect_axis axis = { .title = heading.text,
				    .label = words_title(figure),
				    .text = figure->more_is_better ? words_rate : words_duration };
	json_t *series;
	size_t i;

	rows->count = rows->left_out = 0;
	json_array_foreach (list, i, series) {
		unsigned int number = server_number(list, i);
		char label[160];

		(void)snprintf(label, sizeof(label), "%.90s, %.60s", point_title(series),
			       server_name(series));
		(void)effects_add(rows, estimate_of(series, id), palette_curve(number),
				  shapes[number % ARRAY_SIZE(shapes)], label);
	}
	if (rows->count > 0)
		content_add_plot(content, effects_plot(rows, &axis));
	else
		content_add(content, BLOCK_TEXT, "No series has the figure '%s'.",
			    words_title(figure));
	if (rows->left_out > 0)
		content_add(content, BLOCK_TEXT, "%u more series are in the table only.",
			    rows->left_out);
}

static void side_by_sides_add(struct content *content, const json_t *list)
{
	struct effect_list *rows = malloc(sizeof(*rows));

	if (!rows) {
		content->error = -ENOMEM;
		return;
	}
	content_add(content, BLOCK_SECTION, "Throughput and CPU");
	side_by_side_add(content, list, FIGURE_RATE, rows);
	side_by_side_add(content, list, FIGURE_SERVER_CPU, rows);
	free(rows);
}

/* The curves of a figure, and how many series had none. */
struct curve_set {
	struct percentile_curve curves[PERCENTILES_CURVES_MAX];
	uint32_t count, without, left_out;
};

static void curve_take(struct curve_set *set, const json_t *series, const char *name)
{
	const json_t *times = json_object_get(series, "latency_ns");

	if (!percentiles_known(times))
		set->without++;
	else if (set->count == PERCENTILES_CURVES_MAX)
		set->left_out++;
	else
		set->curves[set->count++] = (struct percentile_curve){ name, times, false };
}

static void curves_add(struct content *content, const struct curve_set *set, bool half,
		       const char *title)
{
	char heading[256];

	(void)snprintf(heading, sizeof(heading), "%.200s", title);
	if (set->count > 0)
		content_add_plot(content, percentiles_plot(set->curves, set->count, half, heading));
	if (set->without > 0)
		content_add(content, BLOCK_TEXT, "%s: %u series without a histogram.", title,
			    set->without);
	if (set->left_out > 0)
		content_add(content, BLOCK_TEXT, "%s: %u more series are not drawn.", title,
			    set->left_out);
}

/* All servers at the point of the series of this index. */
static void percentiles_add(struct content *content, const json_t *list, size_t index)
{
	const char *title = point_title(json_array_get(list, index));
	struct curve_set set = { .count = 0 };
	json_t *series;
	size_t i;

	json_array_foreach (list, i, series) {
		if (strcmp(point_title(series), title) == 0)
			curve_take(&set, series, server_name(series));
	}
	curves_add(content, &set, true, title);
}

/* The only server at all points. */
static void points_add(struct content *content, const json_t *list)
{
	struct curve_set set = { .count = 0 };
	json_t *series;
	size_t i;

	json_array_foreach (list, i, series) {
		curve_take(&set, series, point_title(series));
	}
	curves_add(content, &set, false, server_name(json_array_get(list, 0)));
}

static bool has_one_server(const json_t *list)
{
	const char *name = server_name(json_array_get(list, 0));

	for (size_t i = 1; i < json_array_size(list); i++)
		if (strcmp(server_name(json_array_get(list, i)), name) != 0)
			return false;
	return true;
}

static bool is_first_of_point(const json_t *list, size_t index)
{
	const char *title = point_title(json_array_get(list, index));

	for (size_t i = 0; i < index; i++)
		if (strcmp(point_title(json_array_get(list, i)), title) == 0)
			return false;
	return true;
}

static void all_percentiles_add(struct content *content, const json_t *list)
{
	unsigned int points = 0;

	content_add(content, BLOCK_SECTION, "Latency by percentile");
	if (has_one_server(list) && json_array_size(list) > 1) {
		points_add(content, list);
		return;
	}
	for (size_t i = 0; i < json_array_size(list); i++)
		if (is_first_of_point(list, i) && points++ < PERCENTILE_PLOTS_MAX)
			percentiles_add(content, list, i);
	if (points > PERCENTILE_PLOTS_MAX)
		content_add(content, BLOCK_TEXT, "Percentiles of %u more points are not drawn.",
			    points - PERCENTILE_PLOTS_MAX);
}

void experiment_add_chapter(struct content *content, const struct input *input)
{
	const json_t *root = input->root;
	const json_t *list = json_object_get(root, "series");

	content_add(content, BLOCK_CHAPTER, "%s", input->name);
	asked_add(content, root);
	if (is_search(root))
		search_add(content, root);
	else
		tiles_add(content, list);
	notes_add(content, root);
	sweep_add(content, root);
	ablation_add(content, root);
	ratios_add(content, root);
	noise_add(content, root);
	steps_add(content, root);
	if (parameters_add(content, root) == 0 && json_array_size(list) > 0)
		side_by_sides_add(content, list);
	if (json_array_size(list) > 0)
		all_percentiles_add(content, list);
	table_add(content, list);
	environment_add(content, root);
	reproduction_add(content, root);
}
