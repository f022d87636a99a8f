/* What --rate-limit, --rate-ceiling and --rate-trust say. */
#ifndef SERVE_RATE_OPTION_H
#define SERVE_RATE_OPTION_H

#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "net/prefix.h"

/* In its place "auto": to a source, at once to a source, and of a listener. */
#define RATE_STANDARD 1000
#define RATE_CEILING_STANDARD 20000

/* Below it a nanosecond is fine enough for the times between two answers. */
#define RATE_MAX 10000000

enum rate_mode { RATE_AUTO, RATE_OFF, RATE_GIVEN };

struct rate_option {
	enum rate_mode mode;
	uint32_t per_second, burst; /* RATE_GIVEN */
};

/* "RATE[:BURST]", "auto" or "off": the parse function of an option row. Without BURST it is RATE.
 * Errors: EINVAL with a sentence. */
int rate_limit_parse(const char *text, void *ret_rate, struct error *ret_error);

/* The same without BURST. */
int rate_ceiling_parse(const char *text, void *ret_rate, struct error *ret_error);

/* An object: mode, answers_per_s and burst (null: not given). NULL: no memory. */
json_t *rate_to_json(const void *rate);

#define TRUST_MAX 64

/* Networks that are not limited. */
struct trust_list {
	uint32_t count;
	struct prefix items[TRUST_MAX];
};

/* Add "PREFIX[,PREFIX...]". Errors: EINVAL with a sentence. */
int trust_parse(const char *text, void *ret_list, struct error *ret_error);

/* An array of texts. NULL: no memory. */
json_t *trust_to_json(const void *list);

#endif
