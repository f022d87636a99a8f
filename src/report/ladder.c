#include "ladder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "effects.h"
#include "output/document.h"
#include "output/figure.h"
#include "palette.h"
#include "words.h"

#define PLOTS_MAX 8
#define LEAST_EFFECT 0.05

static const enum figure_id shown[] = { FIGURE_SERVER_CPU, FIGURE_RATE, FIGURE_P99 };

/* Of the rung to a server without any feature, or to the rung below it. */
static const json_t *ratio_of(const json_t *rung, const char *to, enum figure_id id)
{
	return json_object_get(json_object_get(rung, to), figures[id].key);
}

static const char *point_of(const json_t *rung)
{
	return text_or(member_string(rung, "point"), "-");
}

static bool is_first(const json_t *rung)
{
	return !json_is_object(json_object_get(rung, "over_none"));
}

static void rung_row(struct grid *grid, const json_t *rung)
{
	const char *feature = member_string(rung, "feature");
	bool missing = json_is_false(json_object_get(rung, "effective"));

	grid_cell(grid, MARK_NONE, "%s", point_of(rung));
	grid_cell(grid, MARK_NONE, "%s", text_or(member_string(rung, "letters"), "-"));
	grid_cell(grid, missing ? MARK_WARNING : MARK_NONE, "%s%s", text_or(feature, "nothing yet"),
		  missing ? "\nnot in effect" : "");
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		grid_cell(grid, MARK_NONE, "%s",
			  words_ratio(ratio_of(rung, "over_none", shown[i])).text);
	grid_cell(grid, MARK_NONE, "%s",
		  words_ratio(ratio_of(rung, "over_previous", FIGURE_SERVER_CPU)).text);
}

static void table_add(struct content *content, const json_t *ladder)
{
	struct grid *grid = grid_open("Each rung against none, and against the one before");
	char title[96];
	json_t *rung;
	size_t i;

	grid_column(grid, "point", false);
	grid_column(grid, "rung", false);
	grid_column(grid, "added", false);
	for (size_t j = 0; j < ARRAY_SIZE(shown); j++) {
		(void)snprintf(title, sizeof(title), "%s, against none",
			       words_title(&figures[shown[j]]));
		grid_column(grid, title, true);
	}
	(void)snprintf(title, sizeof(title), "%s, against the rung before",
		       words_title(&figures[FIGURE_SERVER_CPU]));
	grid_column(grid, title, true);
	json_array_foreach (ladder, i, rung) {
		rung_row(grid, rung);
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

/* The rungs of the point of this one, which is its first. */
static void point_plot(struct content *content, const json_t *ladder, size_t first,
		       struct effect_list *list)
{
	const struct figure *figure = &figures[FIGURE_SERVER_CPU];
	const char *point = point_of(json_array_get(ladder, first));
	char title[200];
	const struct effect_axis axis = { title, "change against none (less is better)", true,
					  LEAST_EFFECT, NULL };

	list->count = list->left_out = 0;
	for (size_t i = first; i < json_array_size(ladder); i++) {
		const json_t *rung = json_array_get(ladder, i);
		char label[128];

		if (i > first && (is_first(rung) || strcmp(point_of(rung), point) != 0))
			break;
		(void)snprintf(label, sizeof(label), "%.40s %.60s",
			       text_or(member_string(rung, "letters"), ""),
			       text_or(member_string(rung, "feature"), ""));
		(void)effects_add(list, ratio_of(rung, "over_none", FIGURE_SERVER_CPU),
				  palette_curve(2), 5, label);
	}
	(void)snprintf(title, sizeof(title), "%s: the ladder, %.100s", words_heading(figure).text,
		       point);
	if (list->count > 0)
		content_add_plot(content, effects_plot(list, &axis));
}

void ladder_add(struct content *content, const json_t *root)
{
	const json_t *ladder = json_object_get(root, "ladder");
	struct effect_list *list;
	unsigned int plots = 0;

	if (json_array_size(ladder) == 0)
		return;
	list = calloc(1, sizeof(*list));
	if (!list) {
		content->error = -ENOMEM;
		return;
	}
	content_add(content, BLOCK_SECTION, "The ladder");
	content_add(content, BLOCK_TEXT,
		    "Features are added one after another to a server that has none; a letter "
		    "stands for each. Two rungs that follow each other differ by one feature.");
	for (size_t i = 0; i < json_array_size(ladder); i++)
		if (is_first(json_array_get(ladder, i)) && plots++ < PLOTS_MAX)
			point_plot(content, ladder, i, list);
	if (plots > PLOTS_MAX)
		content_add(content, BLOCK_TEXT, "Ladders of %u more points are in the table only.",
			    plots - PLOTS_MAX);
	free(list);
	table_add(content, ladder);
}
