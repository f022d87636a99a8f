#include "measure/schedule.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

#include "base/clock.h"
#include "measure/random.h"

const char *const arrival_names[] = {
	[ARRIVAL_FIXED] = "fixed",
	[ARRIVAL_POISSON] = "poisson",
	[ARRIVAL_UNIFORM] = "uniform",
	NULL,
};

static double next_fixed(struct schedule *schedule)
{
	return ((double)schedule->count + schedule->phase) * schedule->gap_ns;
}

/* 1 - u is in (0, 1], so that its logarithm is finite. */
static double next_poisson(struct schedule *schedule)
{
	return schedule->next_ns - log1p(-random_unit(&schedule->random)) * schedule->gap_ns;
}

static double next_uniform(struct schedule *schedule)
{
	return schedule->next_ns + 2 * random_unit(&schedule->random) * schedule->gap_ns;
}

/* When the arrival is due that follows those counted, after the start. */
static double (*const next_functions[])(struct schedule *schedule) = {
	[ARRIVAL_FIXED] = next_fixed,
	[ARRIVAL_POISSON] = next_poisson,
	[ARRIVAL_UNIFORM] = next_uniform,
};

void schedule_init(struct schedule *ret_schedule, enum arrival arrival, double rate_per_s,
		   uint64_t seed, double phase)
{
	assert(rate_per_s > 0);
	assert(phase >= 0 && phase < 1);
	*ret_schedule = (struct schedule){
		.arrival = arrival,
		.gap_ns = (double)NS_PER_S / rate_per_s,
		.phase = phase,
		.random = seed,
	};
}

void schedule_start(struct schedule *schedule, uint64_t start_ns)
{
	schedule->start_ns = start_ns;
	schedule->count = 0;
	schedule->next_ns = 0;
	schedule->next_ns = next_functions[schedule->arrival](schedule);
}

uint64_t schedule_due_ns(const struct schedule *schedule)
{
	return schedule->start_ns + (uint64_t)schedule->next_ns;
}

void schedule_advance(struct schedule *schedule)
{
	schedule->count++;
	schedule->next_ns = next_functions[schedule->arrival](schedule);
}
