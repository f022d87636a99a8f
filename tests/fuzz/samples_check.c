#include "samples_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sample/sample.h"

static void check_sample(const struct sample *sample)
{
	assert(sample->benchmark && sample->metric && sample->unit);
	assert(sample->count > 0);
	for (uint32_t i = 0; i < sample->count; i++)
		assert(isfinite(sample->values[i]));
	assert(isfinite(sample->whole));
}

void samples_check(const struct sample_set *set)
{
	json_t *json = sample_set_to_json(set);
	char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
	struct error error = { "" };
	struct sample_set again;

	assert(set->count > 0 && text);
	for (uint32_t i = 0; i < set->count; i++)
		check_sample(&set->items[i]);
	assert(sample_set_parse(text, strlen(text), "again", &again, &error) == 0);
	fuzz_check_equal(json, sample_set_to_json(&again));
	sample_set_finish(&again);
	free(text);
}
