/*
 * gnuplot's SVG, made fit to stand in a page beside others: with a title, a description and a role,
 * with ids that no other picture has, the palette's colours written so that a style sheet finds
 * them, and without what nobody sees.
 */
#ifndef REPORT_SVG_H
#define REPORT_SVG_H

#include <stdio.h>

struct svg_head {
	const char *prefix; /* of every id */
	const char *title;
	const char *description;
};

/* A new string, which the caller frees. Errors: EBADMSG (that is no SVG of gnuplot), ENOMEM. */
int svg_rewrite(const char *drawn, const struct svg_head *head, char **ret_svg);

/* Write such a picture as a file of its own, with its style. */
void svg_write_alone(const char *svg, FILE *stream);

#endif
