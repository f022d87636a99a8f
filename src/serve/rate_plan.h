/*
 * Which listeners' answers are limited, and to what: those of UDP, whose senders can be forged, at
 * addresses that others than this host can reach. A server there could be made to send to somebody
 * who never asked, as much as he who forges sends himself, and to talk to its like for ever.
 */
#ifndef SERVE_RATE_PLAN_H
#define SERVE_RATE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "bucket.h"
#include "ceiling.h"
#include "listener.h"
#include "options.h"

/* Sources that are remembered for each thread, of 16 bytes each; the threads share them all. */
#define RATE_SOURCES 65536

/* Made once; then threads share it, and only the buckets and the ceilings change. */
struct rate_plan {
	const struct trust_list *trusted;
	struct rate_option source, ceiling; /* RATE_OFF or RATE_GIVEN */
	struct allowance source_rate;
	struct bucket_table *sources; /* NULL: no listener's are limited */
	uint32_t listener_count;      /* that are limited in any way */
	bool by_source[LISTENER_MAX];
	struct ceiling ceilings[LISTENER_MAX]; /* per_second 0: none */
};

/* options must outlive the plan, which rate_plan_finish() ends, also on failure. Errors: those of
 * bucket_table_open(). */
int rate_plan_init(struct rate_plan *ret_plan, const struct serve_options *options,
		   const struct listener_list *listeners);

/* One that is all zero is fine. */
void rate_plan_finish(struct rate_plan *plan);

/* Is there something that an operator should know: a default that limits, or an option that does
 * nothing? Then the sentence that says so. */
bool rate_plan_tell(const struct rate_plan *plan, const struct serve_options *options,
		    struct error *ret_sentence);

#endif
