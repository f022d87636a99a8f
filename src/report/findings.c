#include "findings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "effects.h"
#include "ladder.h"
#include "output/document.h"
#include "output/figure.h"
#include "palette.h"
#include "words.h"

#define PLOTS_MAX 12
#define POINTS_MAX 64
#define LEAST_EFFECT 0.05

static const enum figure_id ratio_figures[] = { FIGURE_RATE, FIGURE_SERVER_CPU, FIGURE_P50,
						FIGURE_P99 };

static const char *better(const struct figure *figure)
{
	return figure->more_is_better ? "more is better" : "less is better";
}

static double band_of(const struct figure *figure)
{
	return figure->least_effect > 0 ? figure->least_effect : LEAST_EFFECT;
}

/* "tcp-50: uring / epoll", where both names are of one point. */
static void pair_name(const json_t *ratio, char *text, size_t size)
{
	const char *over = text_or(member_string(ratio, "over"), "-");
	const char *under = text_or(member_string(ratio, "under"), "-");
	const char *slash = strrchr(over, '/');
	size_t shared = slash ? (size_t)(slash - over) : 0;

	if (slash && strncmp(over, under, shared + 1) == 0)
		(void)snprintf(text, size, "%.*s: %s / %s", (int)shared, over, slash + 1,
			       under + shared + 1);
	else
		(void)snprintf(text, size, "%s / %s", over, under);
}

/* A figure of these rows, if any has an estimate; list is emptied. */
static void list_plot(struct content *content, struct effect_list *list,
		      const struct figure *figure, const char *what)
{
	char title[256], label[128];
	struct effect_axis axis = { title, label, true, band_of(figure), NULL };

	if (list->count > 0) {
		(void)snprintf(title, sizeof(title), "%s: %s", words_heading(figure).text, what);
		(void)snprintf(label, sizeof(label), "change (%s)", better(figure));
		content_add_plot(content, effects_plot(list, &axis));
	}
	if (list->left_out > 0)
		content_add(content, BLOCK_TEXT, "%u more rows are in the table only.",
			    list->left_out);
	list->count = list->left_out = 0;
}

static void ratio_cells(struct grid *grid, const json_t *estimates)
{
	for (size_t i = 0; i < ARRAY_SIZE(ratio_figures); i++)
		grid_cell(grid, MARK_NONE, "%s",
			  words_ratio(json_object_get(estimates, figures[ratio_figures[i]].key))
				  .text);
}

static void ratio_columns(struct grid *grid)
{
	for (size_t i = 0; i < ARRAY_SIZE(ratio_figures); i++)
		grid_column(grid, words_title(&figures[ratio_figures[i]]), true);
}

static void ratios_plot(struct content *content, const json_t *ratios, enum figure_id id,
			struct effect_list *list)
{
	const struct figure *figure = &figures[id];
	json_t *ratio;
	size_t i;

	json_array_foreach (ratios, i, ratio) {
		char name[160];

		pair_name(ratio, name, sizeof(name));
		(void)effects_add(list,
				  json_object_get(json_object_get(ratio, "figures"), figure->key),
				  palette_curve(0), 7, name);
	}
	list_plot(content, list, figure, "the first server against the second");
}

void ratios_add(struct content *content, const json_t *root)
{
	const json_t *ratios = json_object_get(root, "ratios");
	struct effect_list *list = calloc(1, sizeof(*list));
	struct grid *grid;
	json_t *ratio;
	size_t i;

	if (!list)
		content->error = -ENOMEM;
	if (!list || json_array_size(ratios) == 0) {
		free(list);
		return;
	}
	content_add(content, BLOCK_SECTION, "Servers against each other");
	content_add(
		content, BLOCK_TEXT,
		"Medians of the ratios of runs that stood side by side, with their intervals. "
		"Where an interval holds no change, nothing is shown to differ; within the grey "
		"band a difference matters to nobody.");
	ratios_plot(content, ratios, FIGURE_RATE, list);
	ratios_plot(content, ratios, FIGURE_SERVER_CPU, list);
	free(list);
	grid = grid_open("Change of the first server against the second");
	grid_column(grid, "servers", false);
	ratio_columns(grid);
	json_array_foreach (ratios, i, ratio) {
		char name[160];

		pair_name(ratio, name, sizeof(name));
		grid_cell(grid, MARK_NONE, "%s", name);
		ratio_cells(grid, json_object_get(ratio, "figures"));
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

static bool is_of_point(const json_t *effect, const char *point)
{
	const char *own = member_string(effect, "point");

	return !point || (own && strcmp(own, point) == 0);
}

static bool is_added(const json_t *effect)
{
	return strcmp(text_or(member_string(effect, "kind"), ""), "add-one") == 0;
}

static void effects_plot_add(struct content *content, const json_t *effects, const char *point,
			     enum figure_id id, struct effect_list *list)
{
	const struct figure *figure = &figures[id];
	char what[160];
	json_t *effect;
	size_t i;

	json_array_foreach (effects, i, effect) {
		bool added = is_added(effect);
		char name[160];

		if (!is_of_point(effect, point))
			continue;
		(void)snprintf(name, sizeof(name), "%.100s, %s",
			       text_or(member_string(effect, "feature"), "-"),
			       added ? "added" : "left out");
		(void)effects_add(list,
				  json_object_get(json_object_get(effect, "figures"), figure->key),
				  palette_curve(added ? 1 : 0), added ? 9 : 7, name);
	}
	effect_list_sort(list);
	(void)snprintf(what, sizeof(what), "with a feature against without%s%.100s",
		       point ? ", " : "", text_or(point, ""));
	list_plot(content, list, figure, what);
}

/* Different points of the effects, in their order; at most POINTS_MAX. */
static size_t points_of(const json_t *effects, const char *points[POINTS_MAX])
{
	size_t count = 0, i;
	json_t *effect;

	json_array_foreach (effects, i, effect) {
		const char *point = member_string(effect, "point");
		bool known = !point || count == POINTS_MAX;

		for (size_t j = 0; j < count && !known; j++)
			known = strcmp(points[j], point) == 0;
		if (!known)
			points[count++] = point;
	}
	return count;
}

static void effects_plots(struct content *content, const json_t *effects)
{
	struct effect_list *list = calloc(1, sizeof(*list));
	const char *points[POINTS_MAX] = { NULL };
	size_t count = points_of(effects, points);
	unsigned int plots = 0;

	if (!list) {
		content->error = -ENOMEM;
		return;
	}
	for (size_t p = 0; p < (count > 0 ? count : 1); p++)
		for (size_t i = 0; i < ARRAY_SIZE(ratio_figures); i++)
			if (ratio_figures[i] != FIGURE_P50 && plots++ < PLOTS_MAX)
				effects_plot_add(content, effects, points[p], ratio_figures[i],
						 list);
	if (plots > PLOTS_MAX)
		content_add(content, BLOCK_TEXT,
			    "%u more figures of effects are in the table only.", plots - PLOTS_MAX);
	free(list);
}

/* With what else differs between the two servers, or why there is no figure. */
static void feature_cell(struct content *content, struct grid *grid, const json_t *effect)
{
	const json_t *came = json_object_get(effect, "came_with_it");
	const json_t *went = json_object_get(effect, "went_with_it");
	const char *reason = member_string(effect, "reason");
	char *comes = words_scalar(came), *goes = words_scalar(went);
	bool brings = json_array_size(came) > 0, replaces = json_array_size(went) > 0;

	if (comes && goes)
		grid_cell(grid, reason ? MARK_WARNING : MARK_NONE, "%s%s%s%s%s%s%s%s",
			  text_or(member_string(effect, "feature"), "-"),
			  reason || brings || replaces ? "\n" : "", text_or(reason, ""),
			  reason && (brings || replaces) ? "; " : "", brings ? "comes with " : "",
			  brings ? comes : "",
			  replaces ? brings ? ", in place of " : "in place of " : "",
			  replaces ? goes : "");
	else
		content->error = -ENOMEM;
	free(comes);
	free(goes);
}

static void effects_table(struct content *content, const json_t *effects)
{
	struct grid *grid = grid_open("Change with a feature against without");
	json_t *effect;
	size_t i;

	grid_column(grid, "feature", false);
	grid_column(grid, "how", false);
	grid_column(grid, "point", false);
	ratio_columns(grid);
	json_array_foreach (effects, i, effect) {
		feature_cell(content, grid, effect);
		grid_cell(grid, MARK_NONE, "%s",
			  is_added(effect) ? "added to the base" : "left out of the base");
		grid_cell(grid, MARK_NONE, "%s", text_or(member_string(effect, "point"), "-"));
		ratio_cells(grid, json_object_get(effect, "figures"));
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

static void unavailable_add(struct content *content, const json_t *list)
{
	struct grid *grid = grid_open("Features that this kernel does not have");
	json_t *row;
	size_t i;

	grid_column(grid, "feature", false);
	grid_column(grid, "reason", false);
	json_array_foreach (list, i, row) {
		grid_fact(grid, text_or(member_string(row, "feature"), "-"),
			  text_or(member_string(row, "reason"), "not told"));
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

void ablation_add(struct content *content, const json_t *root)
{
	const json_t *effects = json_object_get(root, "effects");

	if (json_array_size(effects) > 0) {
		content_add(content, BLOCK_SECTION, "What each feature is worth");
		content_add(
			content, BLOCK_TEXT,
			"Each row is with the feature against without it: a feature of the base "
			"was left out (circles), another one added (triangles). Bars are "
			"intervals; within the grey band a change matters to nobody.");
		effects_plots(content, effects);
		effects_table(content, effects);
	}
	unavailable_add(content, json_object_get(root, "unavailable"));
	ladder_add(content, root);
}
