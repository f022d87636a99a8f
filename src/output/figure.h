/*
 * The figures that benchmark formats have in common: what each is called where, how it is got from
 * a document or one of its runs, and whether more of it is better.
 */
#ifndef OUTPUT_FIGURE_H
#define OUTPUT_FIGURE_H

#include <jansson.h>
#include <stdbool.h>

struct figure {
	const char *key;     /* csv columns, JUnit properties, runs of experiments: with the unit */
	const char *word;    /* on command lines: "rate", "p99", "server-cpu" */
	const char *measure; /* Bencher's slug */
	const char *title;   /* for people */
	const char *unit;
	const char *go_unit; /* of a value in Go's benchmark format */
	const char *path;    /* its place in the document */
	const char *per;     /* what it is divided by; NULL: nothing */
	double factor;	     /* 0: 1 */
	bool more_is_better;
	bool any;	     /* also if nothing was answered */
	bool judged;	     /* by ringside compare, unless metrics are named */
	bool exact;	     /* a counter: without noise where the work is always the same */
	double least_effect; /* a share: what is smaller is no change to anybody; 0: 5 % */
};

/* The place of those in figures[] that code asks for by name. */
enum figure_id {
	FIGURE_RATE,
	FIGURE_MEAN,
	FIGURE_P50,
	FIGURE_P90,
	FIGURE_P99,
	FIGURE_P999,
	FIGURE_MAX,
	FIGURE_CPU,
	FIGURE_CALLS,
	FIGURE_SERVER_CPU,
	FIGURE_SERVER_CALLS,
	FIGURE_LOST,
	FIGURE_COUNT,
};

/* FIGURE_COUNT of them; the one behind them has no key. */
extern const struct figure figures[];

/* By its word or its key; NULL: there is none. */
const struct figure *figure_find(const char *name);

/* By its key alone. */
const struct figure *figure_find_key(const char *key);

/* false: there is no such figure, because nothing was answered or the document lacks it. */
bool figure_get(const struct figure *figure, const json_t *part, double *ret_value);

#endif
