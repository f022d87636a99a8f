/* Would the campaign find a defect if there were one? Each mutant has to be found within some
 * hundred seeds, and the code as it is must not be. Speaks TAP. */
#include <inttypes.h>
#include <stdio.h>

#include "mutant.h"
#include "run.h"

#define SEEDS_MAX 600u
#define EVENTS 3000u

#define UNCHANGED (-1) /* of mutant_choose() */

/* Is something wrong in the world of a seed? */
static bool is_broken(int number, uint64_t seed, const struct run_options *options,
		      struct record *record)
{
	mutant_choose(number);
	run_seed(seed, options, record);
	return record->broken[0] != '\0';
}

/* The first seed that finds a mutant, and does find nothing without it; 0: none. */
static uint64_t find(int number, const struct run_options *options, struct record *record)
{
	for (uint64_t seed = 1; seed <= SEEDS_MAX; seed++)
		if (is_broken(number, seed, options, record))
			return is_broken(UNCHANGED, seed, options, record) ? 0 : seed;
	return 0;
}

int main(void)
{
	const struct run_options options = { .events = EVENTS };
	struct record *record = record_open();
	int count = 0, failed = 0;

	while (mutants[count].name)
		count++;
	if (!record)
		return 1;
	(void)printf("TAP version 13\n1..%d\n", count);
	for (int i = 0; i < count; i++) {
		uint64_t seed = find(i, &options, record);

		(void)printf("%sok %d - %s: %s\n", seed ? "" : "not ", i + 1, mutants[i].name,
			     mutants[i].defect);
		if (seed && is_broken(i, seed, &options, record))
			(void)printf("# seed %" PRIu64 ": %s\n", seed, record->broken);
		failed += !seed;
		(void)fflush(stdout);
	}
	record_close(record);
	return failed > 0;
}
