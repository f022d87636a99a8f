/*
 * A table of a report: columns, and cells row by row. Texts are copied. What fails for want of
 * memory is found once, by whoever takes the grid over; until then a grid that is NULL is fine.
 */
#ifndef REPORT_GRID_H
#define REPORT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRID_COLUMNS_MAX 16

enum mark { MARK_NONE, MARK_GOOD, MARK_BAD, MARK_WARNING };

struct grid_column {
	char *title;
	bool number; /* to the right, in figures of one width */
};

struct grid_cell {
	char *text; /* a second line is a remark on the first */
	enum mark mark;
};

struct grid {
	char *caption;
	struct grid_column columns[GRID_COLUMNS_MAX];
	uint32_t column_count;
	struct grid_cell *cells; /* column_count in each row */
	size_t count, room;
	int error;
};

/* NULL: no memory. */
struct grid *grid_open(const char *caption);
void grid_close(struct grid *grid);

/* All columns stand before the first cell. One too many is left out. */
void grid_column(struct grid *grid, const char *title, bool number);

__attribute__((format(printf, 3, 4))) void grid_cell(struct grid *grid, enum mark mark,
						     const char *format, ...);

/* A row of two: what is it, and its text; nothing if that is NULL or "". */
void grid_fact(struct grid *grid, const char *name, const char *text);

/* Whole rows. */
size_t grid_row_count(const struct grid *grid);

const struct grid_cell *grid_at(const struct grid *grid, size_t row, size_t column);

#endif
