#include "side.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Of many runs; more would hide the rest. */
#define NOTES_MAX 8

void side_finish(struct side *side)
{
	sample_set_finish(&side->set);
}

int side_put(struct sample *sample, uint32_t place, double value)
{
	while (sample->count < place)
		if (sample_add(sample, NAN) != 0)
			return -ENOMEM;
	return sample_add(sample, value);
}

uint32_t side_benchmark_next(const struct sample_set *set, int64_t after)
{
	for (uint32_t i = (uint32_t)(after + 1); i < set->count; i++) {
		uint32_t first = 0;

		while (strcmp(set->items[first].benchmark, set->items[i].benchmark) != 0)
			first++;
		if (first == i)
			return i;
	}
	return set->count;
}

uint32_t side_benchmark_count(const struct sample_set *set)
{
	uint32_t count = 0;

	for (int64_t i = -1; (i = side_benchmark_next(set, i)) < set->count;)
		count++;
	return count;
}

static int take(struct side *side, const struct sample *found, const char *benchmark,
		uint32_t place)
{
	struct sample *sample = sample_set_take(&side->set, benchmark, found->metric);

	if (!sample || sample_unit(sample, found->unit) != 0)
		return -ENOMEM;
	sample->more_is_better = found->more_is_better;
	sample->exact = found->exact;
	return found->count > 0 ? side_put(sample, place, sample_median(found)) : 0;
}

static int take_about(struct side *side, const struct sample_set *run)
{
	int error = 0;

	if (!side->set.source && run->source)
		error = sample_set_source(&side->set, run->source);
	for (uint32_t i = 0; i < run->setting_count && !error; i++)
		error = sample_set_setting(&side->set, run->settings[i].key,
					   run->settings[i].value);
	return error;
}

/* What every run has to say is said once. */
static int take_notes(struct side *side, const struct sample_set *run)
{
	int error = 0;

	for (uint32_t i = 0; i < run->note_count && side->set.note_count < NOTES_MAX; i++) {
		bool known = false;

		for (uint32_t j = 0; j < side->set.note_count; j++)
			known = known || strcmp(side->set.notes[j], run->notes[i]) == 0;
		if (!known)
			error |= sample_set_note(&side->set, "%s", run->notes[i]);
	}
	return error;
}

int side_add(struct side *side, const struct sample_set *run, uint32_t place)
{
	bool single = side->set.count > 0 && side_benchmark_count(&side->set) == 1 &&
		      side_benchmark_count(run) == 1;
	int error = take_about(side, run);

	if (!error)
		error = take_notes(side, run);
	for (uint32_t i = 0; i < run->count && !error; i++)
		error = take(side, &run->items[i],
			     single ? side->set.items[0].benchmark : run->items[i].benchmark,
			     place);
	return error;
}
