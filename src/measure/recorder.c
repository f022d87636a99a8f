#include "measure/recorder.h"

void recorder_init(struct recorder *ret_recorder, struct result *result, bool by_intent)
{
	*ret_recorder = (struct recorder){
		.result = result,
		.by_intent = by_intent,
		.begin_ns = UINT64_MAX,
		.end_ns = UINT64_MAX,
	};
}

static void part_begin(struct recorder *recorder, uint64_t now_ns, const struct cost *cost)
{
	recorder->result->started_ns = now_ns;
	recorder->cost_before = *cost;
}

static void part_end(struct recorder *recorder, uint64_t now_ns, const struct cost *cost)
{
	recorder->result->ended_ns = now_ns;
	recorder->result->cost = cost_difference(cost, &recorder->cost_before);
}

void recorder_start(struct recorder *recorder, uint64_t now_ns, const struct cost *cost)
{
	part_begin(recorder, now_ns, cost);
	recorder->begin_ns = now_ns;
	recorder->recording = true;
}

void recorder_split(struct recorder *recorder, struct result *empty, uint64_t now_ns,
		    const struct cost *cost)
{
	part_end(recorder, now_ns, cost);
	recorder->result = empty;
	part_begin(recorder, now_ns, cost);
}

void recorder_stop(struct recorder *recorder, uint64_t now_ns, const struct cost *cost)
{
	if (!recorder->recording)
		return;
	recorder->recording = false;
	recorder->end_ns = now_ns;
	part_end(recorder, now_ns, cost);
}

void recorder_error(struct recorder *recorder, enum result_error kind, int32_t cause)
{
	if (recorder->result->errors[kind]++ == 0)
		recorder->result->causes[kind] = cause;
	recorder->errors[kind]++;
}

void recorder_connected(struct recorder *recorder, uint64_t took_ns)
{
	recorder->connects++;
	recorder->result->connects++;
	histogram_record(recorder->result->connect, took_ns);
}

/* Before the window nothing was sent that belongs to it. */
static bool window_has_begun(const struct recorder *recorder)
{
	return recorder->begin_ns != UINT64_MAX;
}

void recorder_lost(struct recorder *recorder, uint64_t intended_ns)
{
	if (!recorder_covers(recorder, intended_ns))
		return;
	recorder->result->lost++;
	recorder->lost++;
}

void recorder_lost_ways(struct recorder *recorder, uint64_t up, uint64_t down)
{
	struct delays *delays = recorder->result->delays;

	if (!delays)
		return;
	delays->lost_known += up + down;
	delays->lost_up += up;
	delays->lost_down += down;
}

void recorder_uncounted(struct recorder *recorder)
{
	if (recorder->result->delays)
		recorder->result->delays->uncounted = true;
}

void recorder_late(struct recorder *recorder)
{
	if (window_has_begun(recorder))
		recorder->result->late++;
}

void recorder_duplicated(struct recorder *recorder)
{
	if (window_has_begun(recorder))
		recorder->result->duplicated++;
}

void recorder_skipped(struct recorder *recorder, uint64_t intended_ns)
{
	if (recorder_covers(recorder, intended_ns))
		recorder->result->skipped++;
}
