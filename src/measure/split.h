/*
 * A round trip divided at the points where somebody took the time. Points that a transport or a
 * kernel does not have are left out, and the parts on both sides of them are one.
 *
 *	client: user sends ─► kernel sends ═► kernel receives ─► user has it ─► sends :server
 *	client: user has it ◄─ kernel receives ◄══════════════════════════════════┘
 */
#ifndef MEASURE_SPLIT_H
#define MEASURE_SPLIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/percentile.h"
#include "measure/signed_histogram.h"

enum split_point {
	SPLIT_CLIENT_USER_SEND,
	SPLIT_CLIENT_KERNEL_SEND,
	SPLIT_SERVER_KERNEL_RECEIVE,
	SPLIT_SERVER_USER_RECEIVE,
	SPLIT_SERVER_SEND,
	SPLIT_CLIENT_KERNEL_RECEIVE,
	SPLIT_CLIENT_USER_RECEIVE,
	SPLIT_POINT_COUNT,
};

struct split_point_row {
	const char *key;   /* in JSON: "client_kernel_send" */
	const char *title; /* in a sentence: "the client's kernel sends" */
	const char *part;  /* what happens from the point before to this one: "way there" */
	bool server;	   /* by the server's clock */
};

extern const struct split_point_row split_points[SPLIT_POINT_COUNT];

/* The ends, which every round trip has; and all there are. */
#define SPLIT_ENDS (1u << SPLIT_CLIENT_USER_SEND | 1u << SPLIT_CLIENT_USER_RECEIVE)
#define SPLIT_ALL ((1u << SPLIT_POINT_COUNT) - 1)

/* What not every peer, and not every kernel, tells. */
#define SPLIT_TOLD (1u << SPLIT_SERVER_USER_RECEIVE | 1u << SPLIT_CLIENT_KERNEL_SEND)

/* When a round trip passed each point: CLOCK_REALTIME of its host, nanoseconds. */
struct split_times {
	uint32_t known; /* bits (1 << enum split_point) */
	int64_t at_ns[SPLIT_POINT_COUNT];
	bool followed_up; /* SPLIT_SERVER_SEND is by the server's kernel, not by its program */
};

/*
 * The mean of each part, which add up to the mean of the whole, as percentiles do not: of all round
 * trips, and of those alone whose whole was from 2^i ns on and less than 2^(i + 1), so that it can
 * be told what made the slow ones slow. The last band has what is longer, the first what is no
 * time.
 */
#define SPLIT_BANDS 40

struct split_band {
	uint64_t round_trips;
	int64_t sums_ns[SPLIT_POINT_COUNT]; /* of the parts, as struct split has them; they wrap */
};

struct split {
	/* Bits: those that the run has; the ends always. Those of SPLIT_TOLD go if the first round
	 * trip does not have them: whether they are told is not known before. */
	uint32_t points;
	uint32_t wanted; /* .points to begin with */
	/* Index: the point where a part ends; the parts of points that are not there are empty.
	 * Those that cross are counted from what the first round trip says of the clocks'
	 * difference on: see DELAY_OFFSET_MIN_NS. */
	struct signed_histogram parts[SPLIT_POINT_COUNT];
	struct signed_histogram whole;
	/* The parts that begin by one clock and end by the other, together, which is right whatever
	 * the clocks say; empty if the run has no points of the server's. */
	struct signed_histogram both_ways;
	struct split_band bands[SPLIT_BANDS];
	uint64_t followed_up; /* of those divided: with the time of the server's kernel */
	uint64_t incomplete;  /* round trips without one of the points: left out */
	uint64_t unordered;   /* with a part below 0 by more than SPLIT_RESOLUTION_NS */
	uint64_t mismatched;  /* the whole is not the round trip that the client's monotonic clock
			      * measured, by more than SPLIT_MISMATCH_NS and a thousandth of it (a
			      * step of the clock): left out */
};

/* NTP's fractions are of 0.23 ns, so what went over the wire may be 1 ns off. */
#define SPLIT_RESOLUTION_NS 1
#define SPLIT_MISMATCH_NS 100000

/* points: what this run can have; the ends are added. Errors: ENOMEM. Zeroes can be finished. */
int split_init(struct split *ret_split, uint32_t points);
void split_finish(struct split *split);
void split_reset(struct split *split);

/* Of the same points wanted. If a peer has told different ones to both, those of from are left out
 * as incomplete. */
void split_merge(struct split *split, const struct split *from);

/* round_trip_ns: what CLOCK_MONOTONIC says that it took. Points that the run does not have are
 * not looked at. */
void split_record(struct split *split, const struct split_times *times, uint64_t round_trip_ns);

/* How many round trips were divided. */
uint64_t split_count(const struct split *split);

/*
 * The parts in order: the point where the first one ends, and the one after a part that ends at
 * point; SPLIT_POINT_COUNT: there is none.
 *
 *	for (point = split_next(points, SPLIT_CLIENT_USER_SEND); point < SPLIT_POINT_COUNT;
 *	     point = split_next(points, point)) ...
 */
enum split_point split_next(uint32_t points, enum split_point point);

/* The point where the part begins that ends at point, of those that the run has. */
enum split_point split_begin(uint32_t points, enum split_point point);

/* Does the part that ends at point begin by the other host's clock? */
bool split_is_crossing(uint32_t points, enum split_point point);

/* All bands together. */
struct split_band split_total(const struct split *split);

/* Returned by value: see split_part_title(). */
struct split_title {
	char text[96];
};

/* What happens in the part that ends at point: "way there, server wakes up" if the run has no point
 * between them. */
struct split_title split_part_title(uint32_t points, enum split_point point);

/*
 * {"points": [keys], "parts": [{"from", "to", "title", "crossing", "times_ns"}], "both_ways_ns",
 * "whole_ns", "bands": [{"from_ns", "to_ns", "round_trips", "sums_ns": [of each part]}] where there
 * are any, "round_trips", "followed_up", "incomplete", "unordered", "mismatched"}; times as
 * signed_histogram_to_json() has them. NULL: no memory.
 */
json_t *split_to_json(const struct split *split, const struct percentile_list *percentiles);

/* A new one of what split_to_json() gave. Errors: EINVAL with a clause, ENOMEM. */
int split_from_json(const json_t *json, struct split *ret_split, struct error *ret_error);

#endif
