/* What it costs to record an answer: the median of many passes over latencies of all sizes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "measure/random.h"
#include "measure/recorder.h"
#include "measure/statistics.h"

#define PASSES 31
#define ANSWERS 200000u

/* Log-uniform between 1 us and 16 ms, drawn beforehand: their making is not to be measured. */
static void draw(uint64_t *latencies_ns)
{
	uint64_t random = 1;

	for (uint32_t i = 0; i < ANSWERS; i++) {
		uint64_t word = random_next(&random);

		latencies_ns[i] = (1000u + word % 1000) << (word >> 32) % 15;
	}
}

static double pass_ns(struct recorder *recorder, const uint64_t *latencies_ns)
{
	uint64_t begin_ns = clock_now_ns();

	for (uint32_t i = 0; i < ANSWERS; i++)
		recorder_answer(recorder, 0, latencies_ns[i], 64, false);
	return (double)(clock_now_ns() - begin_ns) / ANSWERS;
}

int main(void)
{
	const struct cost nothing = { 0 };
	uint64_t *latencies_ns = calloc(ANSWERS, sizeof(*latencies_ns));
	struct recorder recorder;
	struct result result;
	double passes_ns[PASSES];

	if (!latencies_ns)
		return EXIT_FAILURE;
	if (result_init(&result) != 0) {
		free(latencies_ns);
		return EXIT_FAILURE;
	}
	draw(latencies_ns);
	recorder_init(&recorder, &result, false);
	recorder_start(&recorder, clock_now_ns(), &nothing);
	for (int i = 0; i < PASSES; i++)
		passes_ns[i] = pass_ns(&recorder, latencies_ns);
	printf("%.1f\n", statistics_median(passes_ns, PASSES));
	result_finish(&result);
	free(latencies_ns);
	return EXIT_SUCCESS;
}
