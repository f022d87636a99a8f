/* The options of ringside find. */
#ifndef FIND_OPTIONS_H
#define FIND_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "experiment/measuring.h"

/* Objectives at most: each is two words of the load's command line. */
#define OBJECTIVES_MAX 8

struct find_options {
	struct string_list urls; /* one or none */
	struct string_list objectives;
	int transport; /* enum transport of experiment/point.h */
	uint32_t connections, depth, size, load_threads;
	int arrival; /* enum arrival */
	int backend; /* enum backend_choice */
	const char *features, *inject, *command;
	uint32_t threads; /* of the server */
	uint32_t confirmations;
	double precision; /* a share */
	struct measuring measuring;
	bool plain;
	const char *json;
};

extern const struct option_table find_option_table;

/* What cannot be, together or at all: EINVAL, with a sentence. */
int find_options_check(const struct find_options *options, struct error *ret_error);

/* Put in place what was left open. */
void find_options_resolve(struct find_options *options);

/* Of the server that runs already; NULL: one is to be started. */
const char *find_url(const struct find_options *options);

#endif
