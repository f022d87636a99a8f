/*
 * So much in a second, whichever thread takes it. There is no lock: it is a number, the time up to
 * which all is used up, and whoever takes one moves it on. So nothing has to fill it either.
 */
#ifndef SERVE_ALLOWANCE_H
#define SERVE_ALLOWANCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Attempts at moving the number while other threads do so too. Each that fails lets another one
 * through, so who gives up is one of very many. */
#define ALLOWANCE_ATTEMPTS 64

struct allowance {
	uint64_t interval_ns; /* of one after the other */
	uint64_t ahead_ns;    /* what may be taken before its time */
};

/* One more, at the time now_ns (clock_now_ns()): is that still within it? Any thread. */
static inline bool allowance_take(_Atomic uint64_t *used_ns, const struct allowance *allowance,
				  uint64_t now_ns)
{
	uint64_t before_ns = atomic_load_explicit(used_ns, memory_order_relaxed);

	for (int i = 0; i < ALLOWANCE_ATTEMPTS; i++) {
		uint64_t from_ns = before_ns > now_ns ? before_ns : now_ns;

		if (from_ns - now_ns > allowance->ahead_ns)
			return false;
		if (atomic_compare_exchange_weak_explicit(
			    used_ns, &before_ns, from_ns + allowance->interval_ns,
			    memory_order_relaxed, memory_order_relaxed))
			return true;
	}
	return false;
}

#endif
