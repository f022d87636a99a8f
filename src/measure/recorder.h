/*
 * The pen of one thread: it writes into a result what belongs to the measured window, and leaves
 * out the warm-up before and the draining after. In a closed loop that is what was sent or answered
 * inside the window, in an open loop what was due inside it: whenever that is answered, or the
 * slowest answers at its end would be missing (they do not count for its rate). Errors count
 * whenever they happen: a wrong byte is no less wrong in the warm-up.
 */
#ifndef MEASURE_RECORDER_H
#define MEASURE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/result.h"

struct recorder {
	struct result *result;	 /* the part that is written now: the caller's */
	bool recording;		 /* the window is open */
	bool by_intent;		 /* an open loop */
	uint64_t begin_ns;	 /* of the window; UINT64_MAX before */
	uint64_t end_ns;	 /* UINT64_MAX while it is open */
	struct cost cost_before; /* the part */
	/* Of all parts, and of before them. */
	uint64_t connects;
	uint64_t lost;
	uint64_t errors[RESULT_ERROR_COUNT];
};

/* Write into result, an empty one. by_intent: see above. */
void recorder_init(struct recorder *ret_recorder, struct result *result, bool by_intent);

/* The window begins now, with what all has cost so far. */
void recorder_start(struct recorder *recorder, uint64_t now_ns, const struct cost *cost);

/* Within the window: complete the part that was written so far, and go on in another, empty one. */
void recorder_split(struct recorder *recorder, struct result *empty, uint64_t now_ns,
		    const struct cost *cost);

/* It ended at now_ns. Does nothing unless it has begun. */
void recorder_stop(struct recorder *recorder, uint64_t now_ns, const struct cost *cost);

/* cause: a negative errno, or 0. */
void recorder_error(struct recorder *recorder, enum result_error kind, int32_t cause);

/* A connection was made, so long after it was asked for. */
void recorder_connected(struct recorder *recorder, uint64_t took_ns);

/*
 * Does a request belong to the window that was, or will be, sent at this intended time, if it is
 * counted now? In a closed loop those that were under way when it began do, and those that left
 * with its last turn; in an open one, too, what was due, and left, at the moment of its end.
 */
static inline bool recorder_covers(const struct recorder *recorder, uint64_t intended_ns)
{
	if (!recorder->by_intent)
		return recorder->begin_ns != UINT64_MAX && intended_ns <= recorder->end_ns;
	return intended_ns >= recorder->begin_ns && intended_ns <= recorder->end_ns;
}

/* A request that will not be answered any more: counted also while the run drains. */
void recorder_lost(struct recorder *recorder, uint64_t intended_ns);
/* On which way so many of them were lost; or a peer does not count what arrives. */
void recorder_lost_ways(struct recorder *recorder, uint64_t up, uint64_t down);
void recorder_uncounted(struct recorder *recorder);

void recorder_late(struct recorder *recorder);
void recorder_duplicated(struct recorder *recorder);

/* It was due, but will not be sent. */
void recorder_skipped(struct recorder *recorder, uint64_t intended_ns);

static inline void recorder_sent(struct recorder *recorder, uint64_t intended_ns, uint32_t count,
				 uint64_t bytes)
{
	if (!recorder_covers(recorder, intended_ns))
		return;
	recorder->result->sent += count;
	recorder->result->sent_after += recorder->recording ? 0 : count;
	recorder->result->bytes_sent += bytes;
}

/* Open loop: it left so long after its time, and so much of that was the generator's own fault. */
static inline void recorder_slipped(struct recorder *recorder, uint64_t intended_ns,
				    uint64_t slip_ns, uint64_t timer_error_ns)
{
	if (!recorder_covers(recorder, intended_ns))
		return;
	histogram_record(recorder->result->slip, slip_ns);
	histogram_record(recorder->result->timer_error, timer_error_ns);
}

/* Requests are over without an answer to wait for. */
static inline void recorder_finished(struct recorder *recorder, uint64_t intended_ns,
				     uint64_t count, uint64_t bytes)
{
	if (!recorder_covers(recorder, intended_ns))
		return;
	recorder->result->requests += recorder->recording ? count : 0;
	recorder->result->answered_after += recorder->recording ? 0 : count;
	recorder->result->bytes += recorder->recording ? bytes : 0;
}

static inline void recorder_answer(struct recorder *recorder, uint64_t intended_ns,
				   uint64_t latency_ns, uint64_t bytes, bool overtaken)
{
	if (!recorder_covers(recorder, intended_ns))
		return;
	recorder_finished(recorder, intended_ns, 1, bytes);
	recorder->result->reordered += overtaken;
	histogram_record(recorder->result->latency, latency_ns);
}

#endif
