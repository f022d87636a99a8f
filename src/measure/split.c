#include "measure/split.h"

#include <stdio.h>
#include <string.h>

#include "measure/delays.h"

const struct split_point_row split_points[SPLIT_POINT_COUNT] = {
	[SPLIT_CLIENT_USER_SEND] = { .key = "client_user_send", .title = "the client sends" },
	[SPLIT_CLIENT_KERNEL_SEND] = { .key = "client_kernel_send",
				       .title = "the client's kernel sends",
				       .part = "client sends" },
	[SPLIT_SERVER_KERNEL_RECEIVE] = { .key = "server_kernel_receive",
					  .title = "the server's kernel has it",
					  .part = "way there",
					  .server = true },
	[SPLIT_SERVER_USER_RECEIVE] = { .key = "server_user_receive",
					.title = "the server has it",
					.part = "server wakes up",
					.server = true },
	[SPLIT_SERVER_SEND] = { .key = "server_send",
				.title = "the server sends",
				.part = "server answers",
				.server = true },
	[SPLIT_CLIENT_KERNEL_RECEIVE] = { .key = "client_kernel_receive",
					  .title = "the client's kernel has it",
					  .part = "way back" },
	[SPLIT_CLIENT_USER_RECEIVE] = { .key = "client_user_receive",
					.title = "the client has it",
					.part = "client wakes up" },
};

static bool has(uint32_t points, int point)
{
	return (points & 1u << point) != 0;
}

int split_init(struct split *ret_split, uint32_t points)
{
	const uint32_t wanted = (points & SPLIT_ALL) | SPLIT_ENDS;
	struct split split = { .points = wanted, .wanted = wanted };
	int error = signed_histogram_init(&split.whole);

	if (!error)
		error = signed_histogram_init(&split.both_ways);
	for (int point = 1; point < SPLIT_POINT_COUNT && !error; point++)
		if (has(split.points, point))
			error = signed_histogram_init(&split.parts[point]);
	if (error)
		split_finish(&split);
	else
		*ret_split = split;
	return error;
}

void split_finish(struct split *split)
{
	for (int point = 0; point < SPLIT_POINT_COUNT; point++)
		signed_histogram_finish(&split->parts[point]);
	signed_histogram_finish(&split->whole);
	signed_histogram_finish(&split->both_ways);
}

void split_reset(struct split *split)
{
	for (int point = 0; point < SPLIT_POINT_COUNT; point++)
		signed_histogram_reset(&split->parts[point]);
	signed_histogram_reset(&split->whole);
	signed_histogram_reset(&split->both_ways);
	memset(split->bands, 0, sizeof(split->bands));
	split->incomplete = split->unordered = split->mismatched = split->followed_up = 0;
	split->points = split->wanted;
}

static void band_add(struct split_band *band, const struct split_band *from)
{
	band->round_trips += from->round_trips;
	for (int point = 0; point < SPLIT_POINT_COUNT; point++)
		band->sums_ns[point] = (int64_t)((uint64_t)band->sums_ns[point] +
						 (uint64_t)from->sums_ns[point]);
}

static void times_merge(struct split *split, const struct split *from)
{
	for (int point = 0; point < SPLIT_POINT_COUNT; point++)
		signed_histogram_merge(&split->parts[point], &from->parts[point]);
	signed_histogram_merge(&split->whole, &from->whole);
	signed_histogram_merge(&split->both_ways, &from->both_ways);
	for (int i = 0; i < SPLIT_BANDS; i++)
		band_add(&split->bands[i], &from->bands[i]);
	split->unordered += from->unordered;
	split->followed_up += from->followed_up;
}

void split_merge(struct split *split, const struct split *from)
{
	split->incomplete += from->incomplete;
	split->mismatched += from->mismatched;
	if (split_count(from) == 0)
		return;
	if (split_count(split) == 0)
		split->points = from->points;
	if (split->points == from->points)
		times_merge(split, from);
	else
		split->incomplete += split_count(from);
}

/* Times of a peer may be anything, so no difference may be undefined. */
static int64_t part_of(const struct split_times *times, enum split_point from, enum split_point to)
{
	return (int64_t)((uint64_t)times->at_ns[to] - (uint64_t)times->at_ns[from]);
}

/* Clocks that are being slewed run 0.05 % faster or slower than the monotonic one at most. */
static bool is_mismatched(int64_t whole_ns, uint64_t round_trip_ns)
{
	int64_t apart_ns = (int64_t)((uint64_t)whole_ns - round_trip_ns);
	int64_t allowed_ns = (int64_t)(round_trip_ns / 1000);

	if (allowed_ns < SPLIT_MISMATCH_NS)
		allowed_ns = SPLIT_MISMATCH_NS;
	return apart_ns > allowed_ns || apart_ns < -allowed_ns;
}

/* The band of a whole. */
static int band_of(int64_t whole_ns)
{
	int band = whole_ns > 1 ? 63 - __builtin_clzll((uint64_t)whole_ns) : 0;

	return band < SPLIT_BANDS ? band : SPLIT_BANDS - 1;
}

/* How far the server's clock is ahead, if both ways take as long; 0 where there are no ways. */
static int64_t clocks_apart(const struct split *split, const struct split_times *times)
{
	enum split_point begin = SPLIT_CLIENT_USER_SEND;
	int64_t apart_ns = 0;

	for (enum split_point end = split_next(split->points, begin); end < SPLIT_POINT_COUNT;
	     end = split_next(split->points, end)) {
		int64_t half_ns = part_of(times, begin, end) / 2;

		if (split_is_crossing(split->points, end))
			apart_ns += split_points[end].server ? half_ns : -half_ns;
		begin = end;
	}
	return apart_ns;
}

/* As of one-way delays: see DELAY_OFFSET_MIN_NS. */
static void choose_offsets(struct split *split, const struct split_times *times)
{
	int64_t apart_ns = clocks_apart(split, times);

	if (apart_ns > -DELAY_OFFSET_MIN_NS && apart_ns < DELAY_OFFSET_MIN_NS)
		return;
	for (enum split_point end = split_next(split->points, SPLIT_CLIENT_USER_SEND);
	     end < SPLIT_POINT_COUNT; end = split_next(split->points, end))
		if (split_is_crossing(split->points, end))
			signed_histogram_set_offset(&split->parts[end], split_points[end].server
										? apart_ns
										: -apart_ns);
}

static void parts_record(struct split *split, const struct split_times *times, int64_t whole_ns)
{
	struct split_band trip = { .round_trips = 1 };
	enum split_point begin = SPLIT_CLIENT_USER_SEND;
	bool unordered = false, crossing = false;
	uint64_t both_ns = 0;

	if (split_count(split) == 0)
		choose_offsets(split, times);
	for (enum split_point end = split_next(split->points, begin); end < SPLIT_POINT_COUNT;
	     end = split_next(split->points, end)) {
		int64_t part_ns = part_of(times, begin, end);

		signed_histogram_record(&split->parts[end], part_ns);
		trip.sums_ns[end] = part_ns;
		unordered |= part_ns < -SPLIT_RESOLUTION_NS;
		if (split_points[begin].server != split_points[end].server) {
			both_ns += (uint64_t)part_ns;
			crossing = true;
		}
		begin = end;
	}
	if (crossing)
		signed_histogram_record(&split->both_ways, (int64_t)both_ns);
	signed_histogram_record(&split->whole, whole_ns);
	band_add(&split->bands[band_of(whole_ns)], &trip);
	split->unordered += unordered;
	split->followed_up += times->followed_up;
}

void split_record(struct split *split, const struct split_times *times, uint64_t round_trip_ns)
{
	int64_t whole_ns = part_of(times, SPLIT_CLIENT_USER_SEND, SPLIT_CLIENT_USER_RECEIVE);

	if (split_count(split) == 0)
		split->points &= times->known | ~SPLIT_TOLD;
	if ((times->known & split->points) != split->points)
		split->incomplete++;
	else if (is_mismatched(whole_ns, round_trip_ns))
		split->mismatched++;
	else
		parts_record(split, times, whole_ns);
}

uint64_t split_count(const struct split *split)
{
	return signed_histogram_count(&split->whole);
}

enum split_point split_next(uint32_t points, enum split_point point)
{
	int next = (int)point + 1;

	while (next < SPLIT_POINT_COUNT && !has(points, next))
		next++;
	return (enum split_point)next;
}

enum split_point split_begin(uint32_t points, enum split_point point)
{
	int begin = (int)point - 1;

	while (begin > SPLIT_CLIENT_USER_SEND && !has(points, begin))
		begin--;
	return (enum split_point)begin;
}

bool split_is_crossing(uint32_t points, enum split_point point)
{
	return split_points[split_begin(points, point)].server != split_points[point].server;
}

struct split_band split_total(const struct split *split)
{
	struct split_band total = { 0 };

	for (int i = 0; i < SPLIT_BANDS; i++)
		band_add(&total, &split->bands[i]);
	return total;
}

struct split_title split_part_title(uint32_t points, enum split_point point)
{
	struct split_title title = { "" };
	size_t length = 0;

	for (int end = (int)split_begin(points, point) + 1; end <= (int)point; end++)
		length += (size_t)snprintf(&title.text[length], sizeof(title.text) - length, "%s%s",
					   length > 0 ? ", " : "", split_points[end].part);
	return title;
}
