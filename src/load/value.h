/* Values of options that only a load has: how they are written, and what they are. */
#ifndef LOAD_VALUE_H
#define LOAD_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/size_mix.h"
#include "measure/threshold.h"

/* Each pair below is for an option row of type OPTION_CUSTOM. Errors: EINVAL with a sentence. */

/* "REQ[,RESP]": sizes of requests, and of the answers to expect; or "auto". */
struct size_pair {
	struct size_mix request;
	uint32_t answer;
	bool answer_given;
	bool automatic; /* whatever the target's requests are */
};

/* All requests have that many bytes. */
void size_value_set(struct size_pair *pair, uint32_t size);

int size_value_parse(const char *text, void *ret_pair, struct error *ret_error);
json_t *size_value_to_json(const void *pair);

/* "1ms" or "1ms:spin": the pause between an answer and the next request. */
struct think {
	uint64_t ns;
	bool spin; /* poll for its end instead of sleeping */
};

int think_parse(const char *text, void *ret_think, struct error *ret_error);
json_t *think_to_json(const void *think);

/* "i/n": of n generators that run one load together this is number i, from 1. */
struct share {
	uint32_t index, count; /* count 0: all of it */
};

int share_parse(const char *text, void *ret_share, struct error *ret_error);
json_t *share_to_json(const void *share);

/* A moment, in seconds since 1970 with up to nine decimals. */
int unix_time_parse(const char *text, void *ret_ns, struct error *ret_error);
json_t *unix_time_to_json(const void *ns);

/* "error,loss,slip": what ends a run. */
enum abort_cause { ABORT_ERROR, ABORT_LOSS, ABORT_SLIP, ABORT_CAUSE_COUNT };

int abort_on_parse(const char *text, void *ret_bits, struct error *ret_error);
json_t *abort_on_to_json(const void *bits);

/* "slope:1%/5s", for measure/steady.h. */
int steady_value_parse(const char *text, void *ret_rule, struct error *ret_error);
json_t *steady_value_to_json(const void *rule);

/* Every --threshold adds one. */
#define THRESHOLDS_MAX 16

struct threshold_list {
	struct threshold items[THRESHOLDS_MAX];
	uint32_t count;
};

int threshold_add(const char *text, void *ret_list, struct error *ret_error);
json_t *thresholds_to_json(const void *list);

#endif
