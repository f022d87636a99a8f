#include "rows_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "environment.h"
#include "output/document.h"
#include "output/figure.h"
#include "words.h"

#define ROWS_MAX 200

/* A member of a row; an object of figures has a column for each. */
static const json_t *value_of(const json_t *row, const char *column)
{
	const json_t *value = json_object_get(row, column);

	return value ? value : json_object_get(json_object_get(row, "figures"), column);
}

static bool has_column(const struct grid *grid, const char *key)
{
	for (uint32_t i = 0; i < grid->column_count; i++)
		if (strcmp(grid->columns[i].title, key) == 0)
			return true;
	return false;
}

static void columns_add(struct grid *grid, const json_t *row)
{
	const char *key;
	json_t *value;

	if (!grid)
		return;
	json_object_foreach ((json_t *)(uintptr_t)row, key, value) {
		if (strcmp(key, "figures") == 0)
			columns_add(grid, value);
		else if (!has_column(grid, key))
			grid_column(grid, key, json_is_number(value) || json_is_object(value));
	}
}

static void value_cell(struct content *content, struct grid *grid, const char *key,
		       const json_t *value)
{
	const struct figure *figure = figure_find(key);
	double number;
	char *text;

	if (figure && member_number(value, "median", &number)) {
		grid_cell(grid, MARK_NONE, "%s", words_estimate(value, figure).text);
		return;
	}
	text = words_scalar(value);
	if (text)
		grid_cell(grid, MARK_NONE, "%s", text);
	else
		content->error = -ENOMEM;
	free(text);
}

static void row_add(struct content *content, struct grid *grid, const json_t *row, uint32_t first)
{
	for (uint32_t i = first; grid && i < grid->column_count; i++)
		value_cell(content, grid, grid->columns[i].title,
			   value_of(row, grid->columns[i].title));
}

static void array_add(struct content *content, const char *title, const json_t *rows)
{
	struct grid *grid = grid_open(title);
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		columns_add(grid, row);
	}
	json_array_foreach (rows, i, row) {
		if (json_is_object(row) && i < ROWS_MAX)
			row_add(content, grid, row, 0);
	}
	content_add_grid(content, BLOCK_TABLE, grid);
	if (json_array_size(rows) > ROWS_MAX)
		content_add(content, BLOCK_TEXT, "%zu more rows are in the document only.",
			    json_array_size(rows) - ROWS_MAX);
}

static void object_add(struct content *content, const char *title, const json_t *rows)
{
	struct grid *grid = grid_open(title);
	const char *key;
	json_t *row;

	grid_column(grid, "what", false);
	json_object_foreach ((json_t *)(uintptr_t)rows, key, row) {
		columns_add(grid, row);
	}
	json_object_foreach ((json_t *)(uintptr_t)rows, key, row) {
		const struct figure *figure = figure_find(key);

		if (!json_is_object(row))
			continue;
		grid_cell(grid, MARK_NONE, "%s", figure ? words_title(figure) : key);
		row_add(content, grid, row, 1);
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

static bool has_objects(const json_t *rows)
{
	const char *key;
	json_t *row;

	json_object_foreach ((json_t *)(uintptr_t)rows, key, row) {
		if (json_is_object(row))
			return true;
	}
	return false;
}

void rows_table_add(struct content *content, const char *title, const json_t *rows)
{
	json_t *row;
	size_t i;

	if (json_array_size(rows) == 0 && json_object_size(rows) == 0)
		return;
	content_add(content, BLOCK_SECTION, "%s", title);
	json_array_foreach (rows, i, row) {
		if (json_is_string(row))
			content_add(content, BLOCK_TEXT, "%s", json_string_value(row));
	}
	if (json_is_array(rows))
		array_add(content, title, rows);
	else if (has_objects(rows))
		object_add(content, title, rows);
	else
		facts_add(content, title, rows, NULL);
}
