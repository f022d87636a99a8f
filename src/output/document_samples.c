#include "output/document_samples.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

int document_settings(const json_t *root, struct sample_set *set)
{
	static const struct {
		const char *key;
		const char *path;
	} settings[] = {
		{ "os", "host/system" },  { "kernel", "host/kernel" }, { "cpu", "host/cpu_model" },
		{ "host", "host/name" },  { "commit", "host/commit" }, { "target", "target" },
		{ "version", "version" },
	};
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(settings) && !error; i++) {
		const char *value = member_string(root, settings[i].path);

		if (value && value[0])
			error = sample_set_setting(set, settings[i].key, value);
	}
	return error;
}

struct sample *figure_sample(const struct figure *figure, const char *benchmark,
			     struct sample_set *set)
{
	struct sample *sample = sample_set_take(set, benchmark, figure->key);

	if (!sample || sample_unit(sample, figure->unit) != 0)
		return NULL;
	sample->more_is_better = figure->more_is_better;
	sample->exact = figure->exact;
	return sample;
}

/* When a run was measured. */
struct window {
	double start_ns, duration_ns;
};

static int compare_starts(const void *a, const void *b)
{
	double x = ((const struct window *)a)->start_ns, y = ((const struct window *)b)->start_ns;

	return (x > y) - (x < y);
}

/* By more than half of one of them: clocks of two hosts differ by less. */
static bool is_overlap(const struct window *a, const struct window *b)
{
	double shorter = a->duration_ns < b->duration_ns ? a->duration_ns : b->duration_ns;

	return a->start_ns + a->duration_ns - b->start_ns > shorter / 2;
}

/* windows has room for one of each run. */
static bool runs_overlap(const struct document *document, struct window *windows)
{
	size_t count = document_run_count(document);
	bool overlap = false;

	for (size_t i = 0; i < count; i++) {
		const json_t *run = document_run(document, i);

		windows[i].start_ns = member_count(run, "started_unix_ns");
		windows[i].duration_ns = member_count(run, "duration_ns");
	}
	qsort(windows, count, sizeof(*windows), compare_starts);
	for (size_t i = 1; i < count; i++)
		overlap |= windows[i].start_ns > 0 && is_overlap(&windows[i - 1], &windows[i]);
	return overlap;
}

int document_observations(const struct document *document, size_t *ret_count)
{
	size_t count = document_run_count(document);
	struct window *windows = calloc(count, sizeof(*windows));

	if (!windows)
		return -ENOMEM;
	*ret_count = runs_overlap(document, windows) ? 1 : count;
	free(windows);
	return 0;
}

const json_t *document_observation(const struct document *document, size_t count, size_t index)
{
	return count == 1 ? document->root : document_run(document, index);
}

static int figure_add(const struct figure *figure, const struct document *document,
		      size_t observations, const char *name, struct sample_set *set)
{
	struct sample *sample;
	double whole, value;
	int error = 0;

	if (!figure_get(figure, document->root, &whole))
		return 0;
	sample = figure_sample(figure, name, set);
	if (!sample)
		return -ENOMEM;
	sample->whole = whole;
	for (size_t i = 0; i < observations && !error; i++)
		if (figure_get(figure, document_observation(document, observations, i), &value))
			error = sample_add(sample, value);
	/* Runs do not know what the server tells of all of them. */
	return sample->count > 0 || error ? error : sample_add(sample, whole);
}

int document_samples(const struct document *document, struct sample_set *set)
{
	struct document_name name = document_name(document);
	size_t observations = 0;
	int error = document_observations(document, &observations);

	for (const struct figure *figure = figures; figure->key && !error; figure++)
		error = figure_add(figure, document, observations, name.text, set);
	return error ? error : document_settings(document->root, set);
}
