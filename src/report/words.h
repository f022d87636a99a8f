/* Figures and command lines as text, for pages: with the signs that a terminal may lack. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/unit.h"
#include "output/figure.h"

/* "8.41 µs". */
struct unit_text words_duration(double ns);

/* "215k/s". */
struct unit_text words_rate(double per_s);

/* A ratio as a change: "+3.2 %"; from twice or half on "×2.4". */
struct unit_text words_change(double ratio);

/* A ratio as a factor: "×2.4". */
struct unit_text words_factor(double ratio);

/* What a figure is called in columns and on axes: "requests a second". */
const char *words_title(const struct figure *figure);
/* The same at the start of a heading: "Requests a second". */
struct words_heading {
	char text[64];
};
struct words_heading words_heading(const struct figure *figure);

/* In the unit of a figure. */
struct unit_text words_figure(const struct figure *figure, double value);

/* {"median", "low", "high"} of a figure, for a cell: "8.41 µs", and its interval in a second line;
 * "-": not known. */
struct words_estimate {
	char text[128];
};
struct words_estimate words_estimate(const json_t *estimate, const struct figure *figure);
/* The same of a ratio. */
struct words_estimate words_ratio(const json_t *ratio);

/* A time of day, UTC: "2026-11-26 09:10:47 UTC"; "": not known. */
struct unit_text words_time(const json_t *unix_ns);

/* A scalar, or a list of them, as text; the caller frees it. NULL: no memory. */
char *words_scalar(const json_t *value);

/* Words that a document has as "arguments", quoted for a shell. The first one is the command's
 * name, and its words stay words. The caller frees it. NULL: no memory. */
char *words_command(const json_t *arguments);

const char *text_or(const char *text, const char *otherwise);

/* "s" unless it is one. */
const char *words_plural(double count);

#endif
