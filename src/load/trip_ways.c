/*
 * On which way were requests lost? A peer that counts what arrives tells with each answer how far
 * it is behind the number of the request: by those that were lost on their way to it. What it has
 * got, and we have not, was lost on the way back.
 */
#include "trips.h"
#include "worker.h"

/* So far was the peer behind before a session's first answer: not at all; or it goes on with the
 * count of an earlier session, and is ahead. */
static uint32_t behind_at_first(uint32_t behind)
{
	return (int32_t)behind < 0 ? behind : 0;
}

static bool is_newer(const struct trip_ways *ways, uint32_t number)
{
	return !ways->begun || (int32_t)(number - ways->newest) > 0;
}

void trip_ways_answered(const struct worker *worker, struct trips *trips, const struct trip *trip)
{
	const struct recorder *recorder = &worker->recorder;
	struct trip_ways *ways = &trips->ways;
	uint32_t behind = trip->number + 1 - trip->answer.arrived;
	bool covered = recorder_covers(recorder, trip->departure.intended_ns);
	bool is_after = !covered && recorder->end_ns != UINT64_MAX;

	/* An answer that was overtaken says less than the one before. */
	if (!trip->answer.arrived_known || !is_newer(ways, trip->number) || is_after)
		return;
	if (ways->counting == TRIP_COUNTING_UNKNOWN && behind != ways->behind)
		ways->counting = TRIP_COUNTING;
	if (!covered) {
		ways->before = behind;
		ways->passed = trip->number + 1;
	} else if (!ways->begun) {
		ways->before = behind_at_first(behind);
	}
	ways->begun = true;
	ways->newest = trip->number;
	ways->behind = behind;
	ways->lost += ways->beyond;
	ways->beyond = 0;
}

/* Closed loop: it was sent before the window began, and an answer of before then has told how far
 * behind the peer was with it. So nothing in the window tells its way. */
static bool is_of_before(const struct worker *worker, const struct trip_ways *ways,
			 const struct trip *trip)
{
	return trip->departure.intended_ns < worker->recorder.begin_ns &&
	       (int32_t)(trip->number - ways->passed) < 0;
}

void trip_ways_lost(const struct worker *worker, struct trips *trips, const struct trip *trip)
{
	struct trip_ways *ways = &trips->ways;

	if (!recorder_covers(&worker->recorder, trip->departure.intended_ns) ||
	    is_of_before(worker, ways, trip))
		return;
	if (is_newer(ways, trip->number))
		ways->beyond++;
	else
		ways->lost++;
}

void trip_ways_settle(struct worker *worker, const struct trips *trips)
{
	const struct trip_ways *ways = &trips->ways;
	int32_t missing = (int32_t)(ways->behind - ways->before);
	uint64_t up = missing > 0 ? (uint64_t)missing : 0;

	if (ways->counting == TRIP_NOT_COUNTING)
		recorder_uncounted(&worker->recorder);
	if (ways->counting != TRIP_COUNTING || ways->lost == 0)
		return;
	/* One that has overtaken another, as the last of all, is ahead of the count. */
	if (up > ways->lost)
		up = ways->lost;
	recorder_lost_ways(&worker->recorder, up, ways->lost - up);
}
