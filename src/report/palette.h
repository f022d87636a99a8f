/*
 * The colours of a report. gnuplot draws with those for light surroundings; a style sheet puts
 * those for dark ones in their place, in the page and in every picture by itself.
 */
#ifndef REPORT_PALETTE_H
#define REPORT_PALETTE_H

#include <stdio.h>

#define PALETTE_TEXT "#1b2330"
#define PALETTE_MUTED "#5a6575"
#define PALETTE_GRID "#dce1e8"
#define PALETTE_BAND "#eef1f5"
#define PALETTE_GOOD "#127a4b"
#define PALETTE_BAD "#c2302e"
#define PALETTE_WARNING "#96690a"

#define PALETTE_CURVES 8

/* The colour of a curve, "#rrggbb"; after the last one comes the first. */
const char *palette_curve(unsigned int index);

/* Is there a colour "rgb( 11,  98, 196)" in the palette? Its "#rrggbb"; NULL: there is none. */
const char *palette_find(const char *rgb);

/* The rules of a style sheet that turn pictures dark where the reader wants that. */
void palette_write(FILE *stream);

#endif
