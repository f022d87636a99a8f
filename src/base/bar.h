/* Bars of charts made of text. */
#ifndef BASE_BAR_H
#define BASE_BAR_H

#include <stdbool.h>
#include <stdint.h>

#define BAR_COLUMNS 40

/* Three bytes a column at most. */
struct bar {
	char text[3 * BAR_COLUMNS + 1];
};

/* A bar of share (0..1) of BAR_COLUMNS: blocks down to an eighth, or number signs. */
struct bar bar_draw(double share, bool unicode);

/* A bar of parts, which are shares (0..1) and 1 together: "AAABBBBBC", as many letters as it has
 * columns, BAR_COLUMNS in all. */
struct bar bar_stack(const double *shares, uint32_t count);

#endif
