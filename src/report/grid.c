#include "grid.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 32

struct grid *grid_open(const char *caption)
{
	struct grid *grid = calloc(1, sizeof(*grid));

	if (!grid)
		return NULL;
	grid->caption = strdup(caption);
	grid->error = grid->caption ? 0 : -ENOMEM;
	return grid;
}

void grid_close(struct grid *grid)
{
	if (!grid)
		return;
	for (uint32_t i = 0; i < grid->column_count; i++)
		free(grid->columns[i].title);
	for (size_t i = 0; i < grid->count; i++)
		free(grid->cells[i].text);
	free(grid->cells);
	free(grid->caption);
	free(grid);
}

void grid_column(struct grid *grid, const char *title, bool number)
{
	struct grid_column *column;

	if (!grid || grid->column_count == GRID_COLUMNS_MAX)
		return;
	column = &grid->columns[grid->column_count];
	column->title = strdup(title);
	column->number = number;
	if (column->title)
		grid->column_count++;
	else
		grid->error = -ENOMEM;
}

static int make_room(struct grid *grid)
{
	size_t room = grid->room > 0 ? 2 * grid->room : ROOM_FIRST;
	struct grid_cell *cells;

	if (grid->count < grid->room)
		return 0;
	cells = reallocarray(grid->cells, room, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	grid->cells = cells;
	grid->room = room;
	return 0;
}

void grid_cell(struct grid *grid, enum mark mark, const char *format, ...)
{
	struct grid_cell cell = { .mark = mark };
	va_list arguments;
	int length;

	if (!grid || grid->error)
		return;
	va_start(arguments, format);
	length = vasprintf(&cell.text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		grid->error = -ENOMEM;
		return;
	}
	grid->error = make_room(grid);
	if (grid->error)
		free(cell.text);
	else
		grid->cells[grid->count++] = cell;
}

void grid_fact(struct grid *grid, const char *name, const char *text)
{
	if (!text || !text[0])
		return;
	grid_cell(grid, MARK_NONE, "%s", name);
	grid_cell(grid, MARK_NONE, "%s", text);
}

size_t grid_row_count(const struct grid *grid)
{
	return grid && grid->column_count > 0 ? grid->count / grid->column_count : 0;
}

const struct grid_cell *grid_at(const struct grid *grid, size_t row, size_t column)
{
	return &grid->cells[row * grid->column_count + column];
}
