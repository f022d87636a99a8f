/*
 * The figures that benchmark formats have in common: what each is called where, how it is got from
 * a document or one of its runs, and whether more of it is better.
 */
#ifndef OUTPUT_FIGURE_H
#define OUTPUT_FIGURE_H

#include <jansson.h>
#include <stdbool.h>

struct figure {
	const char *key;     /* csv columns, JUnit properties: with the unit */
	const char *measure; /* Bencher's slug */
	const char *title;   /* for people */
	const char *unit;
	const char *go_unit; /* of a value in Go's benchmark format */
	const char *path;    /* its place in the document */
	const char *per;     /* what it is divided by; NULL: nothing */
	double factor;	     /* 0: 1 */
	bool more_is_better;
	bool any; /* also if nothing was answered */
};

/* The last one has no key. */
extern const struct figure figures[];

/* false: there is no such figure, because nothing was answered or the document lacks it. */
bool figure_get(const struct figure *figure, const json_t *part, double *ret_value);

#endif
