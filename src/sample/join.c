/* Several results, made one set. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sample.h"

/* The same server is reached at another port each time. */
static const char *const free_setting = "target";

/* The one of set that has both its benchmark and its metric. */
static struct sample *partner(const struct sample_set *set, const struct sample *sample)
{
	return sample_set_find(set, sample->benchmark, sample->metric);
}

static int check_alike(const struct sample *a, const struct sample *b, const char *name,
		       struct error *ret_error)
{
	if (strcmp(a->unit, b->unit) != 0)
		return error_set(ret_error, -EINVAL,
				 "%s has %s of %s in '%s', and what was read before in '%s'", name,
				 b->metric, b->benchmark, b->unit, a->unit);
	if (a->more_is_better != b->more_is_better || a->exact != b->exact)
		return error_set(ret_error, -EINVAL,
				 "%s has another opinion than what was read before of whether more "
				 "%s is better, or whether it is exact",
				 name, b->metric);
	return 0;
}

static int check_settings(const struct sample_set *set, const struct sample_set *other,
			  const char *benchmark, const char *name, struct error *ret_error)
{
	for (uint32_t i = 0; i < other->setting_count; i++) {
		const struct sample_setting *setting = &other->settings[i];
		const char *known = sample_set_setting_find(set, setting->key);

		if (known && strcmp(known, setting->value) != 0 &&
		    strcmp(setting->key, free_setting) != 0)
			return error_set(ret_error, -EINVAL,
					 "%s has %s with %s '%s', and what was read before with "
					 "'%s': these are not runs of one benchmark",
					 name, benchmark, setting->key, setting->value, known);
	}
	return 0;
}

/* May the two be one set? */
static int check_sets(const struct sample_set *set, const struct sample_set *other,
		      const char *name, struct error *ret_error)
{
	bool checked = false;
	int error = 0;

	for (uint32_t i = 0; i < other->count && !error; i++) {
		const struct sample *sample = &other->items[i], *known = partner(set, sample);

		if (!known)
			continue;
		error = check_alike(known, sample, name, ret_error);
		if (!error && !checked)
			error = check_settings(set, other, sample->benchmark, name, ret_error);
		checked = true;
	}
	return error;
}

static void setting_remove(struct sample_set *set, uint32_t index)
{
	struct sample_setting *setting = &set->settings[index];

	free(setting->key);
	free(setting->value);
	*setting = set->settings[--set->setting_count];
}

/* What does not hold for both is no setting of the whole. */
static void settings_join(struct sample_set *set, const struct sample_set *other)
{
	for (uint32_t i = set->setting_count; i > 0; i--) {
		const struct sample_setting *setting = &set->settings[i - 1];
		const char *value = sample_set_setting_find(other, setting->key);

		if (!value || strcmp(value, setting->value) != 0)
			setting_remove(set, i - 1);
	}
}

static int settings_copy(struct sample_set *set, const struct sample_set *other)
{
	int error = 0;

	for (uint32_t i = 0; i < other->setting_count && !error; i++)
		error = sample_set_setting(set, other->settings[i].key, other->settings[i].value);
	return error;
}

/* Errors: ENOMEM. */
static int sample_join(struct sample_set *set, const struct sample *from)
{
	struct sample *sample = sample_set_take(set, from->benchmark, from->metric);
	int error = sample ? sample_unit(sample, from->unit) : -ENOMEM;

	if (error)
		return error;
	sample->more_is_better = from->more_is_better;
	sample->exact = from->exact;
	/* What the sources say of all of their runs holds for none but theirs. */
	sample->whole = sample->count > 0 ? (double)NAN : from->whole;
	for (uint32_t i = 0; i < from->count && !error; i++)
		error = sample_add(sample, from->values[i]);
	return error;
}

static int source_join(struct sample_set *set, const struct sample_set *other)
{
	if (!set->source)
		return other->source ? sample_set_source(set, other->source) : 0;
	if (other->source && strcmp(set->source, other->source) == 0)
		return 0;
	return sample_set_source(set, "several");
}

/* Errors: ENOMEM. */
static int join(struct sample_set *set, const struct sample_set *other)
{
	bool is_first = set->count == 0;
	int error = is_first ? settings_copy(set, other) : 0;

	if (!is_first)
		settings_join(set, other);
	for (uint32_t i = 0; i < other->note_count && !error; i++)
		error = sample_set_note(set, "%s", other->notes[i]);
	for (uint32_t i = 0; i < other->count && !error; i++)
		error = sample_join(set, &other->items[i]);
	if (!error)
		error = source_join(set, other);
	return error ? error : sample_set_complete(set);
}

int sample_set_join(struct sample_set *set, const struct sample_set *other, const char *name,
		    struct error *ret_error)
{
	int error = check_sets(set, other, name, ret_error);

	if (error)
		return error;
	if (join(set, other) != 0)
		return error_set(ret_error, -ENOMEM, "%s", strerror(ENOMEM));
	return 0;
}
