/* What a run found, for people and for programs. */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "options.h"
#include "plan.h"
#include "target.h"

struct report {
	const struct load_options *options;
	const struct target *target;
	const struct outcome *outcome;
	bool interrupted;
};

/* One screen of text. */
void report_print(const struct report *report, FILE *stream);

/* The document of --json; NULL without memory. */
json_t *report_to_json(const struct report *report);

#endif
