/*
 * A figure of bars that are made of parts: what share each part has of its row. Every bar is as
 * long as the others, so that rows of any size can be compared.
 */
#ifndef REPORT_STACK_H
#define REPORT_STACK_H

#include <stdint.h>

#include "plot.h"

#define STACK_PARTS_MAX 8
#define STACK_ROWS_MAX 48

struct stack_row {
	char label[96];
	double parts[STACK_PARTS_MAX]; /* 0 and more */
};

struct stack {
	const char *titles[STACK_PARTS_MAX];
	uint32_t part_count; /* at least one */
	struct stack_row rows[STACK_ROWS_MAX];
	uint32_t row_count; /* at least one */
};

/* label: of the horizontal axis. caption: NULL for none. NULL: no memory. */
struct plot *stack_plot(const struct stack *stack, const char *title, const char *label,
			const char *caption);

#endif
