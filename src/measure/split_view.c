#include "measure/split_view.h"

#include <stdio.h>

static bool is_below_zero(const struct split *split, enum split_point end)
{
	for (int i = 0; i < SPLIT_BANDS; i++)
		if (split->bands[i].sums_ns[end] < 0)
			return true;
	return false;
}

/* Of a split that has ways at all. */
static bool are_ways_unknown(const struct split *split, bool clocks_agree)
{
	for (enum split_point end = split_next(split->points, SPLIT_CLIENT_USER_SEND);
	     end < SPLIT_POINT_COUNT; end = split_next(split->points, end))
		if (split_is_crossing(split->points, end) &&
		    (!clocks_agree || is_below_zero(split, end)))
			return true;
	return false;
}

void split_view_make(const struct split *split, bool clocks_agree, struct split_view *ret_view)
{
	struct split_view view = { .together = are_ways_unknown(split, clocks_agree) };
	struct split_shown *ways = NULL;

	for (enum split_point end = split_next(split->points, SPLIT_CLIENT_USER_SEND);
	     end < SPLIT_POINT_COUNT; end = split_next(split->points, end)) {
		bool way = view.together && split_is_crossing(split->points, end);
		struct split_shown *part = way && ways ? ways : &view.parts[view.count++];

		part->ends |= 1u << end;
		part->times = way ? &split->both_ways : &split->parts[end];
		if (way)
			(void)snprintf(part->title.text, sizeof(part->title.text), "both ways");
		else
			part->title = split_part_title(split->points, end);
		ways = way ? part : ways;
	}
	*ret_view = view;
}

double split_view_mean(const struct split_shown *part, const struct split_band *band)
{
	uint64_t sum_ns = 0;

	for (int end = 0; end < SPLIT_POINT_COUNT; end++)
		if (part->ends & 1u << end)
			sum_ns += (uint64_t)band->sums_ns[end];
	return (int64_t)sum_ns > 0 ? (double)(int64_t)sum_ns / (double)band->round_trips : 0;
}
