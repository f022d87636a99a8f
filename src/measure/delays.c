#include "measure/delays.h"

#include <stddef.h>

const struct delay_row delay_rows[DELAY_KIND_COUNT] = {
	[DELAY_ROUND_TRIP] = { .key = "round_trip_ns", .title = "round trip" },
	[DELAY_SEND] = { .key = "send_delay_ns", .title = "send delay", .one_way = true },
	[DELAY_RECEIVE] = { .key = "receive_delay_ns", .title = "receive delay", .one_way = true },
	[DELAY_RESIDENCE] = { .key = "residence_ns", .title = "residence" },
	[DELAY_ROUND_TRIP_IPDV] = { .key = "round_trip_ipdv_ns", .title = "round trip IPDV" },
	[DELAY_SEND_IPDV] = { .key = "send_ipdv_ns", .title = "send IPDV" },
	[DELAY_RECEIVE_IPDV] = { .key = "receive_ipdv_ns", .title = "receive IPDV" },
};

/* The times of a peer may be anything, so none of these differences may be undefined. */
static int64_t difference(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

int delays_init(struct delays *ret_delays)
{
	struct delays delays = { 0 };
	int error = 0;

	for (int kind = 0; kind < DELAY_KIND_COUNT && !error; kind++)
		error = signed_histogram_init(&delays.delays[kind]);
	if (error)
		delays_finish(&delays);
	else
		*ret_delays = delays;
	return error;
}

void delays_finish(struct delays *delays)
{
	for (int kind = 0; kind < DELAY_KIND_COUNT; kind++)
		signed_histogram_finish(&delays->delays[kind]);
}

void delays_reset(struct delays *delays)
{
	for (int kind = 0; kind < DELAY_KIND_COUNT; kind++)
		signed_histogram_reset(&delays->delays[kind]);
	delays->clocks = (struct clock_pair){ 0 };
	delays->lost_known = delays->lost_up = delays->lost_down = 0;
	delays->stamps_missing = 0;
	delays->uncounted = false;
}

void delays_merge(struct delays *delays, const struct delays *from)
{
	for (int kind = 0; kind < DELAY_KIND_COUNT; kind++)
		signed_histogram_merge(&delays->delays[kind], &from->delays[kind]);
	clock_pair_merge(&delays->clocks, &from->clocks);
	delays->lost_known += from->lost_known;
	delays->lost_up += from->lost_up;
	delays->lost_down += from->lost_down;
	delays->stamps_missing += from->stamps_missing;
	delays->uncounted |= from->uncounted;
}

static int64_t delay_of(const struct round_trip *trip, enum delay_kind kind)
{
	int64_t send = difference(trip->received_ns, trip->sent_ns);
	int64_t receive = difference(trip->returned_ns, trip->replied_ns);

	switch (kind) {
	case DELAY_SEND:
	case DELAY_SEND_IPDV:
		return send;
	case DELAY_RECEIVE:
	case DELAY_RECEIVE_IPDV:
		return receive;
	case DELAY_RESIDENCE:
		return difference(trip->replied_ns, trip->received_ns);
	default:
		return (int64_t)((uint64_t)send + (uint64_t)receive);
	}
}

/* How far the peer's clock is ahead of ours, if both ways take as long. */
static int64_t clocks_apart(const struct round_trip *trip)
{
	return delay_of(trip, DELAY_SEND) / 2 - delay_of(trip, DELAY_RECEIVE) / 2;
}

static void choose_offset(struct delays *delays, const struct round_trip *trip)
{
	int64_t apart = clocks_apart(trip);

	if (apart > -DELAY_OFFSET_MIN_NS && apart < DELAY_OFFSET_MIN_NS)
		return;
	signed_histogram_set_offset(&delays->delays[DELAY_SEND], apart);
	signed_histogram_set_offset(&delays->delays[DELAY_RECEIVE], -apart);
}

void delays_record(struct delays *delays, const struct round_trip *trip,
		   const struct round_trip *before)
{
	if (delays_count(delays) == 0)
		choose_offset(delays, trip);
	for (int kind = 0; kind < DELAY_ROUND_TRIP_IPDV; kind++)
		signed_histogram_record(&delays->delays[kind],
					delay_of(trip, (enum delay_kind)kind));
	if (before)
		delays_record_variation(delays, trip, before);
}

void delays_record_variation(struct delays *delays, const struct round_trip *trip,
			     const struct round_trip *before)
{
	for (int kind = DELAY_ROUND_TRIP_IPDV; kind < DELAY_KIND_COUNT; kind++)
		signed_histogram_record(&delays->delays[kind],
					difference(delay_of(trip, (enum delay_kind)kind),
						   delay_of(before, (enum delay_kind)kind)));
}

uint64_t delays_count(const struct delays *delays)
{
	return signed_histogram_count(&delays->delays[DELAY_ROUND_TRIP]);
}

void delays_make_relative(struct delays *delays)
{
	for (int kind = 0; kind < DELAY_KIND_COUNT; kind++) {
		struct signed_histogram *histogram = &delays->delays[kind];

		if (delay_rows[kind].one_way && signed_histogram_count(histogram) > 0)
			histogram->offset_ns = difference(0, histogram->min);
	}
}
