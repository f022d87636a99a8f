#include "noise_tables.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "effects.h"
#include "output/document.h"
#include "output/figure.h"
#include "palette.h"
#include "words.h"

#define LEAST_EFFECT 0.05

/* A share as a percentage; "-": not known. */
static void share_cell(struct grid *grid, const json_t *value, bool is_signed)
{
	char text[32] = "-";

	if (json_is_number(value))
		(void)snprintf(text, sizeof(text), is_signed ? "%+.1f %%" : "%.1f %%",
			       100 * json_number_value(value));
	grid_cell(grid, MARK_NONE, "%s", text);
}

static void floor_row(struct grid *grid, const struct figure *figure, const json_t *floor,
		      const json_t *first)
{
	const json_t *detectable = json_object_get(floor, "detectable");
	const char *key;
	json_t *value;

	grid_cell(grid, MARK_NONE, "%s", words_title(figure));
	grid_cell(grid, MARK_NONE, "%s", words_estimate(floor, figure).text);
	share_cell(grid, json_object_get(floor, "cv"), false);
	grid_cell(grid, MARK_NONE, "%s", words_ratio(json_object_get(floor, "ratio")).text);
	share_cell(grid, json_object_get(floor, "drift"), true);
	json_object_foreach ((json_t *)(uintptr_t)json_object_get(first, "detectable"), key,
			     value) {
		if (grid && grid->count % grid->column_count != 0)
			share_cell(grid, json_object_get(detectable, key), false);
	}
}

static void floor_columns(struct grid *grid, const json_t *first)
{
	const char *key;
	json_t *value;
	char title[64];

	grid_column(grid, "figure", false);
	grid_column(grid, "median", true);
	grid_column(grid, "scatter", true);
	grid_column(grid, "A against A", true);
	grid_column(grid, "drift", true);
	json_object_foreach (json_object_get(first, "detectable"), key, value) {
		(void)snprintf(title, sizeof(title), "found with %.16s pairs", key);
		grid_column(grid, title, true);
	}
}

static void floors_table(struct content *content, const json_t *noise)
{
	struct grid *grid = grid_open("Scatter of each figure, and the change that is found");
	const json_t *first = NULL;

	for (const struct figure *figure = figures; figure->key && !first; figure++)
		first = json_object_get(noise, figure->key);
	floor_columns(grid, first);
	for (const struct figure *figure = figures; figure->key; figure++)
		if (json_is_object(json_object_get(noise, figure->key)))
			floor_row(grid, figure, json_object_get(noise, figure->key), first);
	content_add_grid(content, BLOCK_TABLE, grid);
}

/* Two servers that are the same: every row ought to hold 0 %. */
static void floors_plot(struct content *content, const json_t *noise)
{
	struct effect_list *list = calloc(1, sizeof(*list));
	const struct effect_axis axis = { "A against A: nothing differs but the noise",
					  "change, where there is none", true, LEAST_EFFECT, NULL };

	if (!list) {
		content->error = -ENOMEM;
		return;
	}
	for (const struct figure *figure = figures; figure->key; figure++)
		(void)effects_add(list,
				  json_object_get(json_object_get(noise, figure->key), "ratio"),
				  palette_curve(0), 7, words_title(figure));
	if (list->count > 0)
		content_add_plot(content, effects_plot(list, &axis));
	free(list);
}

static enum mark verdict_mark(const char *verdict)
{
	return strcmp(verdict, "good") == 0  ? MARK_GOOD
	       : strcmp(verdict, "bad") == 0 ? MARK_WARNING
					     : MARK_NONE;
}

/* "load_average" is a key of the document, "load average" what it is called. */
static void name_cell(struct grid *grid, const char *key)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s", key);
	for (char *at = strchr(name, '_'); at; at = strchr(at, '_'))
		*at = ' ';
	grid_cell(grid, MARK_NONE, "%s", name);
}

static void advice_table(struct content *content, const json_t *list)
{
	struct grid *grid = grid_open("What of this host makes noise, and what to do about it");
	json_t *advice;
	size_t i;

	grid_column(grid, "what", false);
	grid_column(grid, "verdict", false);
	grid_column(grid, "reading", false);
	grid_column(grid, "advice", false);
	json_array_foreach (list, i, advice) {
		const char *verdict = text_or(member_string(advice, "verdict"), "-");

		name_cell(grid, text_or(member_string(advice, "name"), "-"));
		grid_cell(grid, verdict_mark(verdict), "%s", verdict);
		grid_cell(grid, MARK_NONE, "%s", text_or(member_string(advice, "reading"), "-"));
		grid_cell(grid, MARK_NONE, "%s", text_or(member_string(advice, "advice"), "-"));
	}
	if (grid_row_count(grid) > 0)
		content_add(content, BLOCK_SECTION, "Advice for this host");
	content_add_grid(content, BLOCK_TABLE, grid);
}

void noise_add(struct content *content, const json_t *root)
{
	const json_t *noise = json_object_get(root, "noise");

	if (json_object_size(noise) > 0) {
		content_add(content, BLOCK_SECTION, "Noise");
		content_add(content, BLOCK_TEXT,
			    "Both servers are the same, and ran in turns. Scatter is the "
			    "coefficient of variation of all runs; drift is how much the later "
			    "runs lie above the earlier ones. A change is \"found\" with so many "
			    "pairs if 9 of 10 comparisons would tell it from none.");
		floors_plot(content, noise);
		floors_table(content, noise);
	}
	advice_table(content, json_object_get(root, "advice"));
}
