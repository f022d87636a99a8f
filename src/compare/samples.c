#include "samples.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add(const struct contest *contest, const struct side *side, const char *benchmark,
	       struct sample_set *set)
{
	bool base = strcmp(side->word, "base") == 0;
	const double *values = base ? contest->base : contest->changed;
	uint32_t count = base ? contest->base_count : contest->changed_count;
	struct sample *sample;
	int error;

	if (count == 0)
		return 0;
	sample = sample_set_take(set, benchmark, contest->metric);
	error = sample ? sample_unit(sample, contest->unit) : -ENOMEM;
	if (error)
		return error;
	sample->more_is_better = contest->rule.more_is_better;
	sample->exact = contest->rule.exact;
	for (uint32_t i = 0; i < count && !error; i++)
		error = sample_add(sample, values[i]);
	return error;
}

/* All metrics of the benchmark that begins at first; *ret_end is where the next one begins. */
static int add_benchmark(const struct contest_list *list, uint32_t first, const struct side *side,
			 const char *suffix, struct sample_set *set, uint32_t *ret_end)
{
	const char *benchmark = list->items[first].benchmark;
	char *name;
	uint32_t i;
	int error = 0;

	if (asprintf(&name, "%s%s", benchmark, suffix) < 0)
		return -ENOMEM;
	for (i = first; i < list->count && !error; i++) {
		if (strcmp(list->items[i].benchmark, benchmark) != 0)
			break;
		error = add(&list->items[i], side, name, set);
	}
	free(name);
	*ret_end = i;
	return error;
}

/* What holds for both sides, or for the only one. */
static int add_settings(const struct sample_set *from, const struct sample_set *other,
			struct sample_set *set)
{
	int error = 0;

	for (uint32_t i = 0; i < from->setting_count && !error; i++) {
		const struct sample_setting *setting = &from->settings[i];
		const char *value = sample_set_setting_find(other, setting->key);

		if (value && strcmp(value, setting->value) == 0)
			error = sample_set_setting(set, setting->key, setting->value);
	}
	return error;
}

int samples_of_new(const struct duel *duel, struct sample_set *ret_set)
{
	const struct side *side = &duel->changed;
	int error;

	*ret_set = (struct sample_set){ 0 };
	error = add_settings(&side->set, &side->set, ret_set);
	for (uint32_t i = 0; i < duel->contests.count && !error;)
		error = add_benchmark(&duel->contests, i, side, "", ret_set, &i);
	return error ? error : sample_set_complete(ret_set);
}

int samples_of_both(const struct duel *duel, struct sample_set *ret_set)
{
	const struct contest_list *list = &duel->contests;
	int error;

	*ret_set = (struct sample_set){ 0 };
	error = add_settings(&duel->base.set, &duel->changed.set, ret_set);
	for (uint32_t i = 0, end = 0; i < list->count && !error; i = end) {
		error = add_benchmark(list, i, &duel->base, "/side=base", ret_set, &end);
		if (!error)
			error = add_benchmark(list, i, &duel->changed, "/side=new", ret_set, &end);
	}
	return error ? error : sample_set_complete(ret_set);
}
