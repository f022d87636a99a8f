/* A ceiling on what all threads do together in a second. */
#ifndef SERVE_CEILING_H
#define SERVE_CEILING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "allowance.h"
#include "base/clock.h"

/* So much of a second's worth may come at once; it is taken off what may come after that, so that
 * no second, wherever it begins, has more than all of it. */
#define CEILING_BURSTS 20

/* All zero: there is none. */
struct ceiling {
	uint32_t per_second;
	struct allowance allowance;
	_Atomic uint64_t used_ns;
};

static inline void ceiling_init(struct ceiling *ret_ceiling, uint32_t per_second)
{
	uint32_t burst = per_second / CEILING_BURSTS;
	uint32_t steady;

	burst = burst > 0 ? burst : 1;
	steady = per_second - burst + 1;
	ret_ceiling->per_second = per_second;
	ret_ceiling->allowance.interval_ns = (NS_PER_S + steady - 1) / steady;
	ret_ceiling->allowance.ahead_ns = (burst - 1) * ret_ceiling->allowance.interval_ns;
	atomic_init(&ret_ceiling->used_ns, 0);
}

/* One more, at the time now_ns (clock_now_ns()): is that still below it? Any thread. */
static inline bool ceiling_allows(struct ceiling *ceiling, uint64_t now_ns)
{
	return allowance_take(&ceiling->used_ns, &ceiling->allowance, now_ns);
}

#endif
