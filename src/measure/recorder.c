#include "measure/recorder.h"

int recorder_init(struct recorder *ret_recorder)
{
	struct recorder recorder = { 0 };
	int error = result_init(&recorder.result);

	if (error)
		return error;
	*ret_recorder = recorder;
	return 0;
}

void recorder_finish(struct recorder *recorder)
{
	result_finish(&recorder->result);
}

void recorder_start(struct recorder *recorder, uint64_t now_ns, const struct cost *cost)
{
	recorder->result.started_ns = now_ns;
	recorder->cost_before = *cost;
	recorder->recording = true;
}

void recorder_stop(struct recorder *recorder, uint64_t now_ns, const struct cost *cost)
{
	const struct cost *before = &recorder->cost_before;

	if (!recorder->recording)
		return;
	recorder->recording = false;
	recorder->result.ended_ns = now_ns;
	recorder->result.cost = (struct cost){
		.cpu_ns = cost->cpu_ns - before->cpu_ns,
		.spins = cost->spins - before->spins,
		.spin_hits = cost->spin_hits - before->spin_hits,
		.spin_ns = cost->spin_ns - before->spin_ns,
		.system_calls = cost->system_calls - before->system_calls,
		.completions = cost->completions - before->completions,
	};
}

void recorder_error(struct recorder *recorder, enum result_error kind, int32_t cause)
{
	if (recorder->result.errors[kind]++ == 0)
		recorder->result.causes[kind] = cause;
}

/* Before the window nothing was sent that belongs to it. */
static bool window_has_begun(const struct recorder *recorder)
{
	return recorder->result.started_ns != 0;
}

void recorder_lost(struct recorder *recorder, uint64_t count)
{
	if (window_has_begun(recorder))
		recorder->result.lost += count;
}

void recorder_late(struct recorder *recorder)
{
	if (window_has_begun(recorder))
		recorder->result.late++;
}

void recorder_duplicated(struct recorder *recorder)
{
	if (window_has_begun(recorder))
		recorder->result.duplicated++;
}
