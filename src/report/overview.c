/* Several loads, side by side. */
#include <errno.h>
#include <stdlib.h>

#include "chapter.h"
#include "percentiles.h"
#include "words.h"

#include "output/document.h"
#include "output/figure.h"

static const enum figure_id shown[] = { FIGURE_RATE, FIGURE_P50,	FIGURE_P99, FIGURE_P999,
					FIGURE_MAX,  FIGURE_SERVER_CPU, FIGURE_CPU, FIGURE_LOST };
#define SHOWN_COUNT (sizeof(shown) / sizeof(shown[0]))

static void row_add(struct grid *grid, const struct input *input)
{
	grid_cell(grid, MARK_NONE, "%s", input->name);
	for (size_t i = 0; i < SHOWN_COUNT; i++) {
		const struct figure *figure = &figures[shown[i]];
		double value;

		if (figure_get(figure, input->root, &value))
			grid_cell(grid, shown[i] == FIGURE_LOST && value > 0 ? MARK_BAD : MARK_NONE,
				  "%s", words_figure(figure, value).text);
		else
			grid_cell(grid, MARK_NONE, "-");
	}
}

static void table_add(struct content *content, const struct input_list *inputs)
{
	struct grid *grid = grid_open("The loads; - is not known");

	grid_column(grid, "load", false);
	for (size_t i = 0; i < SHOWN_COUNT; i++)
		grid_column(grid, words_title(&figures[shown[i]]), true);
	for (uint32_t i = 0; i < inputs->count; i++)
		if (inputs->items[i].kind == INPUT_LOAD)
			row_add(grid, &inputs->items[i]);
	content_add_grid(content, BLOCK_TABLE, grid);
}

static void percentiles_add(struct content *content, const struct input_list *inputs)
{
	struct percentile_curve curves[PERCENTILES_CURVES_MAX];
	uint32_t count = 0, left_out = 0;

	for (uint32_t i = 0; i < inputs->count; i++) {
		const struct input *input = &inputs->items[i];
		const json_t *times = json_object_get(input->root, "latency_ns");

		if (input->kind != INPUT_LOAD)
			continue;
		if (!percentiles_known(times))
			content_add(content, BLOCK_TEXT, "%s has no histogram, hence no curve.",
				    input->name);
		else if (count == PERCENTILES_CURVES_MAX)
			left_out++;
		else
			curves[count++] = (struct percentile_curve){ input->name, times, false };
	}
	if (count > 0)
		content_add_plot(content,
				 percentiles_plot(curves, count, false, "Latency by percentile"));
	if (left_out > 0)
		content_add(content, BLOCK_TEXT, "%u more loads are in the table only.", left_out);
}

void overview_add(struct content *content, const struct input_list *inputs)
{
	uint32_t loads = 0;

	for (uint32_t i = 0; i < inputs->count; i++)
		loads += inputs->items[i].kind == INPUT_LOAD ? 1 : 0;
	if (loads < 2)
		return;
	content_add(content, BLOCK_CHAPTER, "Side by side");
	table_add(content, inputs);
	percentiles_add(content, inputs);
}
