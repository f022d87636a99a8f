/* Which percentiles somebody wants: "50,99,99.99". */
#ifndef MEASURE_PERCENTILE_H
#define MEASURE_PERCENTILE_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

#define PERCENTILES_MAX 32

/* Those that every document has. */
#define PERCENTILES_STANDARD 4
extern const double percentiles_standard[PERCENTILES_STANDARD];

struct percentile_list {
	uint32_t count;
	double percents[PERCENTILES_MAX]; /* 0 to 100 */
};

/* Returned by value: see percentile_key(). */
struct percentile_name {
	char text[32];
};

/* What a percentile is called: p and the shortest number, "p50", "p99.99". */
struct percentile_name percentile_key(double percent);

/* For option rows of type OPTION_CUSTOM: a struct percentile_list. */
int percentiles_parse(const char *text, void *ret_percentiles, struct error *ret_error);
/* An array of numbers. */
json_t *percentiles_to_json(const void *percentiles);

/* A row for option tables; AT(member) gives the place of the field of that name. */
#define PERCENTILES_ROW(AT)                                                                        \
	{                                                                                          \
		.name = "percentiles", .argument = "LIST", .type = OPTION_CUSTOM,                  \
		.at = AT(percentiles), .parse = percentiles_parse, .to_json = percentiles_to_json, \
		.help = "further percentiles to report: 99.5,99.999"                               \
	}

#endif
