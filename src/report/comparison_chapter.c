/* A comparison: the verdict, and what it rests on. */
#include "chapter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "effects.h"
#include "environment.h"
#include "output/document.h"
#include "output/figure.h"
#include "palette.h"
#include "words.h"

struct verdict_look {
	const char *word;
	enum mark mark;
	const char *colour;
	unsigned int shape;
};

/* The last row is for what is none of these. */
static const struct verdict_look looks[] = {
	{ "regressed", MARK_BAD, PALETTE_BAD, 9 },
	{ "improved", MARK_GOOD, PALETTE_GOOD, 11 },
	{ "inconclusive", MARK_WARNING, PALETTE_WARNING, 6 },
	{ NULL, MARK_NONE, PALETTE_MUTED, 7 },
};

static const struct verdict_look *look_of(const char *verdict)
{
	const struct verdict_look *look = looks;

	while (look->word && (!verdict || strcmp(look->word, verdict) != 0))
		look++;
	return look;
}

/* The unit tells how a value is written where no figure of ours has that name. */
static struct unit_text value_text(const json_t *metric, double value)
{
	const char *unit = text_or(member_string(metric, "unit"), "");
	const struct figure *figure = figure_find(text_or(member_string(metric, "metric"), ""));
	struct unit_text text;

	if (strcmp(unit, "ns") == 0)
		return words_duration(value);
	if (strcmp(unit, "1/s") == 0)
		return words_rate(value);
	if (figure)
		return words_figure(figure, value);
	text = count_text(value);
	if (strcmp(unit, "1") != 0 && strlen(text.text) + strlen(unit) + 2 < sizeof(text.text))
		(void)snprintf(text.text + strlen(text.text), sizeof(text.text) - strlen(text.text),
			       " %s", unit);
	return text;
}

static void side_cell(struct grid *grid, const json_t *metric, const char *side)
{
	const json_t *estimate = json_object_get(metric, side);
	double median, low, high;

	if (!member_number(estimate, "median", &median))
		grid_cell(grid, MARK_NONE, "-");
	else if (member_number(estimate, "low", &low) && member_number(estimate, "high", &high) &&
		 low < high)
		grid_cell(grid, MARK_NONE, "%s\n%s to %s", value_text(metric, median).text,
			  value_text(metric, low).text, value_text(metric, high).text);
	else
		grid_cell(grid, MARK_NONE, "%s", value_text(metric, median).text);
}

struct number_text {
	char text[48];
};

/* "-": not known. */
static struct number_text number_of(const json_t *metric, const char *path, double factor,
				    const char *unit)
{
	struct number_text number = { "-" };
	double value;

	if (member_number(metric, path, &value))
		(void)snprintf(number.text, sizeof(number.text), "%.3g%s", factor * value, unit);
	return number;
}

/* For people; a metric that is no figure of ours has a title of its own. */
static const char *metric_name(const json_t *metric)
{
	const char *name = text_or(member_string(metric, "metric"), "-");
	const struct figure *figure = figure_find(name);

	return figure ? words_title(figure) : text_or(member_string(metric, "title"), name);
}

static const char *direction_of(const json_t *metric)
{
	const char *better = text_or(member_string(metric, "better"), "");

	return strcmp(better, "higher") == 0  ? "more is better"
	       : strcmp(better, "lower") == 0 ? "less is better"
					      : "direction not known";
}

static void verdict_cell(struct grid *grid, const json_t *metric)
{
	const char *verdict = text_or(member_string(metric, "verdict"), "-");

	if (json_is_false(json_object_get(metric, "judged")))
		grid_cell(grid, MARK_NONE, "not judged");
	else
		grid_cell(grid, look_of(verdict)->mark, "%s\n%s", verdict,
			  text_or(member_string(metric, "reason"), ""));
}

static void metric_row(struct grid *grid, const json_t *metric, bool benchmarks)
{
	const json_t *ratio = json_object_get(metric, "ratio");

	grid_cell(grid, MARK_NONE, "%s\n%s%s%s", metric_name(metric),
		  benchmarks ? text_or(member_string(metric, "benchmark"), "-") : "",
		  benchmarks ? ", " : "", direction_of(metric));
	side_cell(grid, metric, "base");
	side_cell(grid, metric, "changed");
	grid_cell(grid, MARK_NONE, "%s",
		  json_is_object(ratio) ? words_ratio(ratio).text : "no ratio");
	verdict_cell(grid, metric);
	grid_cell(grid, MARK_NONE, "%s\n%s detectable",
		  number_of(metric, "least_effect", 100, " %").text,
		  number_of(metric, "detectable", 100, " %").text);
	grid_cell(grid, MARK_NONE, "%s\n%s", number_of(metric, "p", 1, "").text,
		  number_of(metric, "mann_whitney_p", 1, "").text);
}

/* One benchmark needs no name in each row. */
static bool has_benchmarks(const json_t *metrics)
{
	const char *first = member_string(json_array_get(metrics, 0), "benchmark");

	for (size_t i = 1; i < json_array_size(metrics); i++) {
		const char *other = member_string(json_array_get(metrics, i), "benchmark");

		if (strcmp(text_or(first, ""), text_or(other, "")) != 0)
			return true;
	}
	return false;
}

static void table_add(struct content *content, const json_t *metrics)
{
	struct grid *grid = grid_open("Metrics: medians with their intervals, and the change");
	bool benchmarks = has_benchmarks(metrics);
	json_t *metric;
	size_t i;

	content_add(content, BLOCK_SECTION, "Metrics");
	grid_column(grid, "metric", false);
	grid_column(grid, "base", true);
	grid_column(grid, "changed", true);
	grid_column(grid, "change", true);
	grid_column(grid, "verdict", false);
	grid_column(grid, "least effect", true);
	grid_column(grid, "p, Mann-Whitney p", true);
	json_array_foreach (metrics, i, metric) {
		metric_row(grid, metric, benchmarks);
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

static double common_band(const json_t *metrics)
{
	double band = 0, other;

	for (size_t i = 0; i < json_array_size(metrics); i++) {
		if (!member_number(json_array_get(metrics, i), "least_effect", &other))
			return 0;
		if (i > 0 && other != band)
			return 0;
		band = other;
	}
	return band;
}

static const char *arrow_of(const json_t *metric)
{
	const char *better = text_or(member_string(metric, "better"), "");

	return strcmp(better, "higher") == 0 ? " ↑" : strcmp(better, "lower") == 0 ? " ↓" : "";
}

static void plot_add(struct content *content, const json_t *metrics)
{
	struct effect_list *list = calloc(1, sizeof(*list));
	struct effect_axis axis = { "Change of each metric", "change against the base", true,
				    common_band(metrics), NULL };
	bool benchmarks = has_benchmarks(metrics);
	unsigned int without = 0;
	json_t *metric;
	size_t i;

	if (!list) {
		content->error = -ENOMEM;
		return;
	}
	json_array_foreach (metrics, i, metric) {
		const struct verdict_look *look = look_of(member_string(metric, "verdict"));
		char label[160];

		(void)snprintf(label, sizeof(label), "%.60s%s%s%.60s", metric_name(metric),
			       arrow_of(metric), benchmarks ? ", " : "",
			       benchmarks ? text_or(member_string(metric, "benchmark"), "-") : "");
		if (!effects_add(list, json_object_get(metric, "ratio"), look->colour, look->shape,
				 label))
			without++;
	}
	if (list->count > 0)
		content_add_plot(content, effects_plot(list, &axis));
	if (without > list->left_out)
		content_add(content, BLOCK_TEXT, "%u metric%s no ratio, and no row in the figure.",
			    without - list->left_out,
			    without - list->left_out == 1 ? " has" : "s have");
	if (list->left_out > 0)
		content_add(content, BLOCK_TEXT, "%u more metrics are in the table only.",
			    list->left_out);
	free(list);
}

static unsigned int verdict_count(const json_t *metrics, const char *verdict)
{
	unsigned int count = 0;
	json_t *metric;
	size_t i;

	json_array_foreach (metrics, i, metric) {
		const char *own = member_string(metric, "verdict");

		count += own && strcmp(own, verdict) == 0 &&
					 !json_is_false(json_object_get(metric, "judged"))
				 ? 1
				 : 0;
	}
	return count;
}

/* "12 pairs, ", or of what was not paired the most runs that a metric has: "10 and 12 runs, ". */
static struct number_text runs_text(const json_t *root)
{
	struct number_text text = { "" };
	size_t base = 0, changed = 0, i;
	json_t *metric;
	double pairs;

	json_array_foreach (json_object_get(root, "metrics"), i, metric) {
		size_t here = json_array_size(member(metric, "base/values"));
		size_t there = json_array_size(member(metric, "changed/values"));

		base = here > base ? here : base;
		changed = there > changed ? there : changed;
	}
	if (json_is_true(json_object_get(root, "paired")) && member_number(root, "pairs", &pairs))
		(void)snprintf(text.text, sizeof(text.text), "%.0f pair%s, ", pairs,
			       words_plural(pairs));
	else if (base > 0 || changed > 0)
		(void)snprintf(text.text, sizeof(text.text), "%zu and %zu runs, ", base, changed);
	return text;
}

static void tiles_add(struct content *content, const json_t *root)
{
	static const char *const verdicts[] = { "regressed", "improved", "same", "inconclusive" };
	const json_t *metrics = json_object_get(root, "metrics");
	const char *verdict = text_or(member_string(root, "verdict"), "not known");
	struct grid *grid = grid_open("Headline");

	grid_column(grid, "what", false);
	grid_column(grid, "figure", true);
	grid_column(grid, "remark", false);
	grid_cell(grid, MARK_NONE, "verdict");
	grid_cell(grid, look_of(verdict)->mark, "%s", verdict);
	grid_cell(grid, MARK_NONE, "%sconfidence %.0f %%", runs_text(root).text,
		  100 * member_count(root, "confidence"));
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		unsigned int count = verdict_count(metrics, verdicts[i]);

		grid_cell(grid, MARK_NONE, "%s", verdicts[i]);
		grid_cell(grid, count > 0 ? look_of(verdicts[i])->mark : MARK_NONE, "%u", count);
		grid_cell(grid, MARK_NONE, "judged metric%s", words_plural(count));
	}
	content_add_grid(content, BLOCK_TILES, grid);
}

static void notes_add(struct content *content, const json_t *root)
{
	json_t *warning;
	size_t i;

	if (json_is_true(json_object_get(root, "interrupted")))
		content_add(content, BLOCK_NOTE,
			    "It was interrupted: less was measured than asked.");
	if (json_is_true(json_object_get(root, "out_of_time")))
		content_add(content, BLOCK_NOTE,
			    "The time budget ended it before as many pairs were run as asked.");
	json_array_foreach (json_object_get(root, "warnings"), i, warning) {
		if (json_is_string(warning))
			content_add(content, BLOCK_NOTE, "%s", json_string_value(warning));
	}
}

static void looks_add(struct content *content, const json_t *list)
{
	char *text;

	if (json_array_size(list) == 0)
		return;
	text = words_scalar(list);
	if (text)
		content_add(content, BLOCK_TEXT,
			    "It was tried to decide after %s pairs; what p may be is corrected for "
			    "that.",
			    text);
	else
		content->error = -ENOMEM;
	free(text);
}

static void side_add(struct content *content, const json_t *root, const char *side)
{
	const json_t *part = json_object_get(root, side);
	char caption[160];

	if (!json_is_object(part))
		return;
	(void)snprintf(caption, sizeof(caption), "%s: %.100s", side,
		       text_or(member_string(part, "name"), "without a name"));
	facts_add(content, caption, part, NULL);
	(void)snprintf(caption, sizeof(caption), "Settings of %s", side);
	facts_add(content, caption, json_object_get(part, "settings"), NULL);
}

void comparison_add(struct content *content, const struct input *input)
{
	const json_t *root = input->root, *metrics = json_object_get(root, "metrics");

	content_add(content, BLOCK_CHAPTER, "%s", input->name);
	tiles_add(content, root);
	notes_add(content, root);
	content_add(content, BLOCK_SECTION, "Effects");
	content_add(
		content, BLOCK_TEXT,
		"A point is the change of a metric, its bar the interval that the verdict uses. "
		"Triangles have regressed (up) or improved (down), filled circles are the same, "
		"open ones inconclusive. With ↑ more is better, with ↓ less.%s",
		common_band(metrics) > 0
			? " Within the grey band a change matters to nobody."
			: " What is too small to matter differs between the metrics: see the "
			  "table.");
	plot_add(content, metrics);
	table_add(content, metrics);
	looks_add(content, json_object_get(root, "looks"));
	content_add(content, BLOCK_SECTION, "What was compared");
	side_add(content, root, "base");
	side_add(content, root, "changed");
	environment_add(content, root);
	reproduction_add(content, root);
}
