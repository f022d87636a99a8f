/*
 * What round trips with the peer's own times tell: each way's delay, its variation from packet to
 * packet, how long the peer kept it, and on which way packets were lost.
 *
 * Of a round trip four times are known (RFC 8762): T1 it left here, T2 it arrived there, T3 the
 * answer left there, T4 that arrived here. T1 and T4 are of this host's clock, T2 and T3 of the
 * peer's: only T4 - T1 and T3 - T2 are without the difference of the two clocks, and so is their
 * variation, apart from the clocks' drift in between.
 */
#ifndef MEASURE_DELAYS_H
#define MEASURE_DELAYS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/clock_pair.h"
#include "measure/percentile.h"
#include "measure/signed_histogram.h"

/* CLOCK_REALTIME, nanoseconds. */
struct round_trip {
	int64_t sent_ns;     /* T1 */
	int64_t received_ns; /* T2 */
	int64_t replied_ns;  /* T3 */
	int64_t returned_ns; /* T4 */
};

enum delay_kind {
	DELAY_ROUND_TRIP,      /* (T4 - T1) - (T3 - T2): without the peer's residence */
	DELAY_SEND,	       /* T2 - T1 */
	DELAY_RECEIVE,	       /* T4 - T3 */
	DELAY_RESIDENCE,       /* T3 - T2 */
	DELAY_ROUND_TRIP_IPDV, /* RFC 3393: the difference to the packet sent before, if that came
				* back too */
	DELAY_SEND_IPDV,
	DELAY_RECEIVE_IPDV,
	DELAY_KIND_COUNT,
};

struct delay_row {
	const char *key;   /* in JSON: "send_delay_ns" */
	const char *title; /* in a table: "send delay" */
	bool one_way;	   /* has the difference of the two clocks in it */
};

extern const struct delay_row delay_rows[DELAY_KIND_COUNT];

/*
 * One-way delays of clocks that are further apart than DELAY_OFFSET_MIN_NS are counted from what
 * the first round trip says of the clocks' difference on: see signed_histogram.h.
 */
#define DELAY_OFFSET_MIN_NS 1000000

struct delays {
	struct signed_histogram delays[DELAY_KIND_COUNT];
	struct clock_pair clocks;
	uint64_t lost_known;	 /* losses of which the peer's counts tell the way ... */
	uint64_t lost_up;	 /* ... to the peer */
	uint64_t lost_down;	 /* ... and back */
	uint64_t stamps_missing; /* round trips left out for want of a time of the kernel's */
	bool uncounted;		 /* a peer is known not to count what arrives */
};

/* Errors: ENOMEM. Zeroes, and half-initialised ones, can be finished. */
int delays_init(struct delays *ret_delays);
void delays_finish(struct delays *delays);
void delays_reset(struct delays *delays);
void delays_merge(struct delays *delays, const struct delays *from);

/* One round trip; before: the one sent just before on the same session, or NULL. */
void delays_record(struct delays *delays, const struct round_trip *trip,
		   const struct round_trip *before);

/* The variation alone, from the one before to this one, if that is known only now. */
void delays_record_variation(struct delays *delays, const struct round_trip *trip,
			     const struct round_trip *before);

/* How many round trips there are. */
uint64_t delays_count(const struct delays *delays);

/*
 * {"clocks": {"same_host", "synchronised", "error_ns", "peer_synchronised", "peer_error_ns"},
 * "one_way_valid" (clock_pair_is_one()), the keys of delay_rows: as signed_histogram_to_json() has
 * them, "lost_known", "lost_up" and "lost_down" (null if no peer counts), "stamps_missing"}.
 * One-way delays that are not valid are given from their smallest on, which is their base. NULL: no
 * memory.
 */
json_t *delays_to_json(const struct delays *delays, const struct percentile_list *percentiles,
		       bool same_host);

/*
 * New ones of what delays_to_json() gave. One-way delays are on the scale of the document: from the
 * smallest on if they were not valid. Errors: EINVAL with a clause ("has a send_delay_ns that has
 * no histogram"), ENOMEM.
 */
int delays_from_json(const json_t *json, struct delays *ret_delays, bool *ret_same_host,
		     struct error *ret_error);

/* Take the smallest off one-way delays: what clocks that are not in step tell can be put beside
 * what others tell only so. */
void delays_make_relative(struct delays *delays);

#endif
