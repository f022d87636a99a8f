/* Options that take several values, each tried in turn: "-c 1,50,1000". */
#ifndef EXPERIMENT_LIST_H
#define EXPERIMENT_LIST_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

#define NUMBER_LIST_MAX 64

struct number_list {
	uint32_t count; /* 0: it was not given */
	uint64_t values[NUMBER_LIST_MAX];
};

/*
 * For option rows of type OPTION_CUSTOM: values and ranges, parted by commas. A..B is A, 2A, 4A
 * and so on, with B as the last; A..B*F has F in place of 2, and A..B+D steps of D.
 * Errors: EINVAL, with a sentence.
 */
int counts_parse(const char *text, void *ret_list, struct error *ret_error); /* from 1 */
int sizes_parse(const char *text, void *ret_list, struct error *ret_error);  /* from 1 */
int rates_parse(const char *text, void *ret_list, struct error *ret_error);  /* from 0 */

/* Names out of a set, as bits: "tcp,udp". */
int transports_parse(const char *text, void *ret_list, struct error *ret_error);
int backends_parse(const char *text, void *ret_list, struct error *ret_error);

/* An array of numbers, or of names. */
json_t *numbers_to_json(const void *list);
json_t *transports_to_json(const void *list);
json_t *backends_to_json(const void *list);

#endif
