/*
 * A ceiling on what all threads do together in a second. There is no lock: it is a number, the
 * time up to which the ceiling is used up, and each of them moves it on.
 */
#ifndef SERVE_CEILING_H
#define SERVE_CEILING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* So much of a second's worth may come at once; it is taken off what may come after that, so that
 * no second, wherever it begins, has more than all of it. */
#define CEILING_BURSTS 20

/* Attempts at moving the number while other threads do so too. Each that fails lets another one
 * through, so who gives up is one of very many. */
#define CEILING_ATTEMPTS 64

/* All zero: there is none. */
struct ceiling {
	uint32_t per_second;
	uint64_t interval_ns, ahead_ns;
	_Atomic uint64_t used_ns;
};

static inline void ceiling_init(struct ceiling *ret_ceiling, uint32_t per_second)
{
	uint32_t burst = per_second / CEILING_BURSTS;
	uint32_t steady;

	burst = burst > 0 ? burst : 1;
	steady = per_second - burst + 1;
	ret_ceiling->per_second = per_second;
	ret_ceiling->interval_ns = (NS_PER_S + steady - 1) / steady;
	ret_ceiling->ahead_ns = (burst - 1) * ret_ceiling->interval_ns;
	atomic_init(&ret_ceiling->used_ns, 0);
}

/* One more, at the time now_ns (clock_now_ns()): is that still below it? Any thread. */
static inline bool ceiling_allows(struct ceiling *ceiling, uint64_t now_ns)
{
	uint64_t used_ns = atomic_load_explicit(&ceiling->used_ns, memory_order_relaxed);

	for (int i = 0; i < CEILING_ATTEMPTS; i++) {
		uint64_t from_ns = used_ns > now_ns ? used_ns : now_ns;

		if (from_ns - now_ns > ceiling->ahead_ns)
			return false;
		if (atomic_compare_exchange_weak_explicit(
			    &ceiling->used_ns, &used_ns, from_ns + ceiling->interval_ns,
			    memory_order_relaxed, memory_order_relaxed))
			return true;
	}
	return false;
}

#endif
