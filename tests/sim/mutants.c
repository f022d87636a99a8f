/* Would the campaign find a defect if there were one? Each mutant has to be found within some
 * hundred seeds, and the code as it is must not be. Speaks TAP. */
#include <inttypes.h>
#include <stdio.h>

#include "mutant.h"
#include "run.h"

#define SEEDS_MAX 600u
#define EVENTS 3000u

static bool find(int number, const struct run_options *options, struct record *record)
{
	mutant_choose(number);
	for (uint64_t seed = 1; seed <= SEEDS_MAX; seed++) {
		run_seed(seed, options, record);
		if (record->broken[0] != '\0')
			return true;
	}
	return false;
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
		bool found = find(i, &options, record);

		(void)printf("%sok %d - %s: %s\n", found ? "" : "not ", i + 1, mutants[i].name,
			     mutants[i].defect);
		if (found)
			(void)printf("# seed %" PRIu64 ": %s\n", record->seed, record->broken);
		failed += !found;
		(void)fflush(stdout);
	}
	record_close(record);
	return failed > 0;
}
