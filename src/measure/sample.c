#include "measure/sample.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/statistics.h"

/* Room for one more behind count items: their number doubles. NULL: no memory. */
static void *items_grow(void *items, uint32_t count, size_t width)
{
	if (items && (count & (count - 1)) != 0)
		return items;
	return reallocarray(items, count > 0 ? 2 * (size_t)count : 1, width);
}

static void sample_finish(struct sample *sample)
{
	free(sample->benchmark);
	free(sample->metric);
	free(sample->unit);
	free(sample->values);
}

void sample_set_finish(struct sample_set *set)
{
	for (uint32_t i = 0; i < set->count; i++)
		sample_finish(&set->items[i]);
	for (uint32_t i = 0; i < set->setting_count; i++) {
		free(set->settings[i].key);
		free(set->settings[i].value);
	}
	for (uint32_t i = 0; i < set->note_count; i++)
		free(set->notes[i]);
	free(set->items);
	free(set->settings);
	free(set->notes);
	free(set->source);
	json_decref(set->index);
	*set = (struct sample_set){ 0 };
}

/* In the index; a newline parts what may have any other byte. NULL: no memory. */
static char *index_key(const char *benchmark, const char *metric)
{
	char *key;

	return asprintf(&key, "%s\n%s", metric, benchmark) < 0 ? NULL : key;
}

static struct sample *find(const struct sample_set *set, const char *key)
{
	const json_t *place = json_object_get(set->index, key);

	return place ? &set->items[json_integer_value(place)] : NULL;
}

struct sample *sample_set_find(const struct sample_set *set, const char *benchmark,
			       const char *metric)
{
	char *key = index_key(benchmark, metric);
	struct sample *sample = key ? find(set, key) : NULL;

	free(key);
	return sample;
}

static struct sample *append(struct sample_set *set, const char *key, const char *benchmark,
			     const char *metric)
{
	struct sample *items = items_grow(set->items, set->count, sizeof(*items));
	struct sample sample = { .whole = NAN };

	if (!items)
		return NULL;
	set->items = items;
	if (!set->index)
		set->index = json_object();
	sample.benchmark = strdup(benchmark);
	sample.metric = strdup(metric);
	sample.unit = strdup("");
	if (!sample.benchmark || !sample.metric || !sample.unit ||
	    json_object_set_new_nocheck(set->index, key, json_integer(set->count)) < 0) {
		sample_finish(&sample);
		return NULL;
	}
	items[set->count] = sample;
	return &items[set->count++];
}

struct sample *sample_set_take(struct sample_set *set, const char *benchmark, const char *metric)
{
	char *key = index_key(benchmark, metric);
	struct sample *sample = key ? find(set, key) : NULL;

	if (key && !sample)
		sample = append(set, key, benchmark, metric);
	free(key);
	return sample;
}

int sample_add(struct sample *sample, double value)
{
	double *values = items_grow(sample->values, sample->count, sizeof(*values));

	if (!values)
		return -ENOMEM;
	sample->values = values;
	values[sample->count++] = value;
	return 0;
}

static int text_replace(char **text, const char *with)
{
	char *copy = strdup(with);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

int sample_unit(struct sample *sample, const char *unit)
{
	return text_replace(&sample->unit, unit);
}

int sample_set_source(struct sample_set *set, const char *source)
{
	return text_replace(&set->source, source);
}

static struct sample_setting *setting_find(const struct sample_set *set, const char *key)
{
	for (uint32_t i = 0; i < set->setting_count; i++)
		if (strcmp(set->settings[i].key, key) == 0)
			return &set->settings[i];
	return NULL;
}

const char *sample_set_setting_find(const struct sample_set *set, const char *key)
{
	const struct sample_setting *setting = setting_find(set, key);

	return setting ? setting->value : NULL;
}

int sample_set_setting(struct sample_set *set, const char *key, const char *value)
{
	struct sample_setting *old = setting_find(set, key), *settings;
	struct sample_setting setting;

	if (old)
		return text_replace(&old->value, value);
	if (set->setting_count == SAMPLE_SETTINGS_MAX)
		return 0;
	settings = items_grow(set->settings, set->setting_count, sizeof(*settings));
	if (!settings)
		return -ENOMEM;
	set->settings = settings;
	setting.key = strdup(key);
	setting.value = strdup(value);
	if (!setting.key || !setting.value) {
		free(setting.key);
		free(setting.value);
		return -ENOMEM;
	}
	settings[set->setting_count++] = setting;
	return 0;
}

int sample_set_note(struct sample_set *set, const char *format, ...)
{
	char **notes = items_grow((void *)set->notes, set->note_count, sizeof(*notes));
	va_list arguments;
	char *note;
	int length;

	if (!notes)
		return -ENOMEM;
	set->notes = notes;
	va_start(arguments, format);
	length = vasprintf(&note, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	notes[set->note_count++] = note;
	return 0;
}

double sample_median(const struct sample *sample)
{
	double *sorted = sample->count > 0 ? calloc(sample->count, sizeof(*sorted)) : NULL;
	double median;

	if (!sorted)
		return NAN;
	memcpy(sorted, sample->values, sample->count * sizeof(*sorted));
	median = statistics_median(sorted, sample->count);
	free(sorted);
	return median;
}

static int wholes_complete(struct sample_set *set)
{
	for (uint32_t i = 0; i < set->count; i++) {
		struct sample *sample = &set->items[i];

		if (!isnan(sample->whole) || sample->count == 0)
			continue;
		sample->whole = sample_median(sample);
		if (isnan(sample->whole))
			return -ENOMEM;
	}
	return 0;
}

/* Where a sample belongs: the number of its benchmark, and its own. */
struct place {
	json_int_t benchmark;
	uint32_t item;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->benchmark != y->benchmark)
		return x->benchmark < y->benchmark ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

/* Number the benchmarks as they come. Errors: ENOMEM. */
static int places_find(const struct sample_set *set, struct place *places)
{
	json_t *numbers = json_object();
	int error = numbers ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < set->count && !error; i++) {
		const char *name = set->items[i].benchmark;
		const json_t *number = json_object_get(numbers, name);

		places[i].item = i;
		places[i].benchmark = number ? json_integer_value(number) : i;
		if (!number && json_object_set_new_nocheck(numbers, name, json_integer(i)) < 0)
			error = -ENOMEM;
	}
	json_decref(numbers);
	return error;
}

/* Copy the samples to where they belong, and tell the index. Errors: ENOMEM. */
static int items_sort(struct sample_set *set, const struct place *places, struct sample *sorted)
{
	int error = 0;

	for (uint32_t i = 0; i < set->count && !error; i++) {
		const struct sample *item = &set->items[places[i].item];
		char *key = index_key(item->benchmark, item->metric);

		sorted[i] = *item;
		if (!key || json_object_set_new_nocheck(set->index, key, json_integer(i)) < 0)
			error = -ENOMEM;
		free(key);
	}
	if (!error)
		memcpy(set->items, sorted, set->count * sizeof(*sorted));
	return error;
}

static int benchmarks_gather(struct sample_set *set)
{
	struct place *places = calloc(set->count, sizeof(*places));
	struct sample *sorted = calloc(set->count, sizeof(*sorted));
	int error = places && sorted ? places_find(set, places) : -ENOMEM;

	if (!error) {
		qsort(places, set->count, sizeof(*places), compare_places);
		error = items_sort(set, places, sorted);
	}
	free(places);
	free(sorted);
	return error;
}

int sample_set_complete(struct sample_set *set)
{
	int error = wholes_complete(set);

	return error || set->count == 0 ? error : benchmarks_gather(set);
}

uint32_t sample_set_benchmark_end(const struct sample_set *set, uint32_t first)
{
	uint32_t end = first + 1;

	while (end < set->count &&
	       strcmp(set->items[end].benchmark, set->items[first].benchmark) == 0)
		end++;
	return end;
}

uint32_t sample_set_run_count(const struct sample_set *set, uint32_t first, uint32_t end)
{
	uint32_t count = 0;

	for (uint32_t i = first; i < end; i++)
		count = set->items[i].count > count ? set->items[i].count : count;
	return count;
}
