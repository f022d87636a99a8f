/*
 * The pen of one thread: it writes into the thread's result what happens inside the measured
 * window, and leaves out the warm-up before and the draining after. Errors count whenever they
 * happen: a wrong byte is no less wrong in the warm-up.
 */
#ifndef MEASURE_RECORDER_H
#define MEASURE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/result.h"

struct recorder {
	struct result result;
	bool recording;
	struct cost cost_before; /* the window */
};

/* Errors: ENOMEM. */
int recorder_init(struct recorder *ret_recorder);
void recorder_finish(struct recorder *recorder);

/* The window begins now, with what all has cost so far. */
void recorder_start(struct recorder *recorder, uint64_t now_ns, const struct cost *cost);

/* It ended at now_ns. Does nothing unless it has begun. */
void recorder_stop(struct recorder *recorder, uint64_t now_ns, const struct cost *cost);

/* cause: a negative errno, or 0. */
void recorder_error(struct recorder *recorder, enum result_error kind, int32_t cause);

/* A request that will not be answered any more: counted also while the run drains. */
void recorder_lost(struct recorder *recorder, uint64_t count);
void recorder_late(struct recorder *recorder);
void recorder_duplicated(struct recorder *recorder);

static inline void recorder_sent(struct recorder *recorder, uint32_t count, uint64_t bytes)
{
	if (!recorder->recording)
		return;
	recorder->result.sent += count;
	recorder->result.bytes_sent += bytes;
}

static inline void recorder_answer(struct recorder *recorder, uint64_t latency_ns, uint64_t bytes)
{
	if (!recorder->recording)
		return;
	recorder->result.requests++;
	recorder->result.bytes += bytes;
	histogram_record(recorder->result.latency, latency_ns);
}

#endif
