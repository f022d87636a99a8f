/*
 * A figure: what gnuplot is to draw, and its picture, once drawn, in two sizes: for screens and
 * paper, and for telephones, where the letters of a large one would become too small.
 *
 * The script is gnuplot's. Its variable narrow is 1 for the small picture. Texts of documents get
 * into it by plot_name() alone, which leaves nothing in them that gnuplot could take for a command.
 */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

#define PLOT_NAME_MAX 480

/* Where a sign that gnuplot or XML might take for one of theirs is moved while gnuplot works:
 * ASCII begins here, in Unicode's private use area. */
#define PLOT_PRIVATE_FIRST 0xe000u
#define PLOT_PRIVATE_LAST 0xe07fu

struct plot {
	const char *word; /* of its kind, for the names of files: "percentiles" */
	char *title;
	char *caption;	     /* a sentence below the title; NULL: none */
	char *description;   /* what is to be seen, for who does not see it */
	bool half;	     /* it is small: two of them may stand side by side */
	bool drawable;	     /* false: there is nothing to draw, and it is not to be added */
	unsigned int height; /* of the large picture, in pixels */
	FILE *script;	     /* to be written to; closed by plot_end() */
	char *text;	     /* of the script */
	size_t length;
	char *wide, *narrow; /* SVG; NULL until it is drawn. A half has only a narrow one */
};

/* NULL: no memory. */
struct plot *plot_open(const char *word, unsigned int height);
void plot_close(struct plot *plot);

/* Title, description and script are there. NULL: no memory, and the plot is closed. */
struct plot *plot_end(struct plot *plot);

/* Draw it. Every id in the pictures begins with a prefix of this number. Errors: those of
 * gnuplot_run(), with a sentence; ENOMEM. */
int plot_draw(struct plot *plot, unsigned int number, struct error *ret_error);

struct plot_name {
	char text[PLOT_NAME_MAX];
};

/* A text for the script, with its single quotes, cut to a number of characters; %.*s of printf
 * would cut within one. */
struct plot_name plot_name(const char *text, size_t length_max);

#endif
