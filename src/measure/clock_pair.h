/*
 * What is known of the clocks of two hosts between which delays are measured: do they agree, by
 * their own account? The worst that was said in a run is kept.
 */
#ifndef MEASURE_CLOCK_PAIR_H
#define MEASURE_CLOCK_PAIR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct clock_pair {
	bool known;		/* has a peer told of its clock? */
	bool peer_synchronised; /* by its own account, in every answer */
	bool own_known;		/* has this host's been read? */
	bool synchronised;	/* this host's, at every reading */
	uint64_t error_ns;	/* the largest one that was stated, or CLOCK_ERROR_UNKNOWN */
	uint64_t peer_error_ns;
};

#define CLOCK_ERROR_UNKNOWN UINT64_MAX

/* What one answer, or one reading of ours, says of a clock. Who does not say how wrong it may be is
 * not believed that it is synchronised. */
void clock_pair_note_own(struct clock_pair *clocks, bool synchronised, uint64_t error_ns);
void clock_pair_note_peer(struct clock_pair *clocks, bool synchronised, uint64_t error_ns);

/* What somebody else has noted, in addition. */
void clock_pair_merge(struct clock_pair *clocks, const struct clock_pair *from);

/* Do times of one clock mean something to the other? Both are synchronised by their own account;
 * same host: it is one clock, whatever it is. */
bool clock_pair_is_one(const struct clock_pair *clocks, bool same_host);

/* Returned by value: see clock_pair_sentence(). */
struct clock_sentence {
	char text[256];
};

/*
 * For a table's foot: "one-way delays: both ends read the clock of one host", "... both clocks are
 * synchronised, by their own account to 1.20 ms here and 300 us there", "... from the smallest on:
 * the clock there is not synchronised". No full stop.
 */
struct clock_sentence clock_pair_sentence(const struct clock_pair *clocks, bool same_host);

/* {"same_host", "synchronised", "error_ns", "peer_synchronised", "peer_error_ns"}; what is not
 * known is null. NULL: no memory. */
json_t *clock_pair_to_json(const struct clock_pair *clocks, bool same_host);

/* What clock_pair_to_json() gave; what is not there is not known. */
void clock_pair_from_json(const json_t *json, struct clock_pair *ret_clocks, bool *ret_same_host);

#endif
