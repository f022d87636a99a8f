#include "output/output.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/save.h"
#include "base/text.h"
#include "output/document_samples.h"
#include "output/formats.h"

#define NAME_MAX_LENGTH 32

static const struct output_format formats[] = {
	{ .name = "bmf", .summary = "Bencher Metric Format", .write_samples = bmf_write },
	{ .name = "csv",
	  .summary = "a header, and a row for each run",
	  .write = csv_write,
	  .write_samples = csv_write_samples },
	{ .name = "gha",
	  .summary = "github-action-benchmark, customSmallerIsBetter",
	  .write_samples = gha_write },
	{ .name = "gha-bigger",
	  .summary = "github-action-benchmark, customBiggerIsBetter",
	  .write_samples = gha_bigger_write },
	{ .name = "gobench",
	  .summary = "Go's benchmark format, for benchstat: a line for each run",
	  .write = gobench_write,
	  .write_samples = gobench_write_samples },
	{ .name = "hgrm",
	  .summary = "HdrHistogram's table of percentiles, in us",
	  .write = hgrm_write,
	  .needs = "a histogram" },
	{ .name = "hlog",
	  .summary = "HdrHistogram's log: a histogram for each run",
	  .write = hlog_write,
	  .needs = "histograms" },
	{ .name = "hyperfine",
	  .summary = "as of hyperfine --export-json; a time is a run's mean latency",
	  .write = hyperfine_write,
	  .write_samples = hyperfine_write_samples,
	  .may_write = hyperfine_has_times,
	  .needs = "a benchmark with a time (metric time, sec/op, ns/op or latency_mean_ns)" },
	{ .name = "junit",
	  .summary = "JUnit XML: each threshold is a test",
	  .write = junit_write,
	  .needs = "thresholds" },
	{ .name = "keyval",
	  .summary = "as of netperf -k, with its names",
	  .write = keyval_write,
	  .needs = "the counters and options of one load" },
	{ .name = "openmetrics",
	  .summary = "for Prometheus and its textfile collector",
	  .write = openmetrics_write,
	  .needs = "counters and a histogram" },
};

/* "bmf, csv, ... and openmetrics" */
static const char *format_names(char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		text_enumerate(text, size, formats[i].name, ARRAY_SIZE(formats) - i - 1);
	return text;
}

static int format_unknown(const char *name, struct error *ret_error)
{
	struct text_guess guess = { .word = name };
	char names[256];

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		text_guess_offer(&guess, formats[i].name);
	if (guess.best)
		return error_set(ret_error, -EINVAL,
				 "there is no format '%s'; did you mean '%s'? There are %s", name,
				 guess.best, format_names(names, sizeof(names)));
	return error_set(ret_error, -EINVAL, "there is no format '%s'; there are %s", name,
			 format_names(names, sizeof(names)));
}

static int format_find(const char *name, const struct output_format **ret_format,
		       struct error *ret_error)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (strcmp(formats[i].name, name) == 0) {
			*ret_format = &formats[i];
			return 0;
		}
	}
	return format_unknown(name, ret_error);
}

static int output_add(struct output_list *outputs, const struct output *output,
		      struct error *ret_error)
{
	if (outputs->count == OUTPUTS_MAX)
		return error_set(ret_error, -EINVAL, "these are more than %d files", OUTPUTS_MAX);
	if (outputs_have(outputs, output->path))
		return error_set(ret_error, -EINVAL, "two formats cannot go to %s",
				 save_is_standard_output(output->path) ? "standard output"
								       : output->path);
	outputs->items[outputs->count++] = *output;
	return 0;
}

int output_parse(const char *text, void *ret_outputs, struct error *ret_error)
{
	char name[NAME_MAX_LENGTH];
	const char *equals = strchr(text, '=');
	struct output output;
	int error;

	if (!equals || !equals[1])
		return error_set(ret_error, -EINVAL,
				 "'%s' is not FORMAT=FILE, as in csv=result.csv", text);
	(void)snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
	error = format_find(name, &output.format, ret_error);
	if (error)
		return error;
	output.path = equals + 1;
	return output_add(ret_outputs, &output, ret_error);
}

json_t *outputs_to_json(const void *outputs)
{
	const struct output_list *list = outputs;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct output *output = &list->items[i];
		json_t *path = json_text(output->path);

		error |= json_append(array, json_sprintf("%s=%s", output->format->name,
							 json_string_value(path)));
		json_decref(path);
	}
	return json_complete(array, error);
}

void outputs_print(FILE *stream)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		(void)fprintf(stream, "  %-12s %s\n", formats[i].name, formats[i].summary);
}

bool outputs_have(const struct output_list *outputs, const char *path)
{
	for (uint32_t i = 0; i < outputs->count; i++)
		if (strcmp(outputs->items[i].path, path) == 0)
			return true;
	return false;
}

int outputs_check_json(const struct output_list *outputs, const char *json, struct error *ret_error)
{
	if (json && outputs_have(outputs, json))
		return error_set(ret_error, -EINVAL, "--json and --output cannot both go to %s",
				 save_is_standard_output(json) ? "standard output" : json);
	return 0;
}

bool outputs_silence(const struct output_list *outputs, const char *json)
{
	return (json && save_is_standard_output(json)) || outputs_have(outputs, "-");
}

int outputs_try(const struct output_list *outputs, struct error *ret_error)
{
	int error = 0;

	for (uint32_t i = 0; i < outputs->count && !error; i++)
		error = save_try(outputs->items[i].path, ret_error);
	return error;
}

int outputs_check_samples(const struct output_list *outputs, const struct sample_set *set,
			  struct error *ret_error)
{
	for (uint32_t i = 0; i < outputs->count; i++) {
		const struct output_format *format = outputs->items[i].format;

		if (!format->write_samples)
			return error_set(ret_error, -EINVAL,
					 "%s needs %s, which only the document of one ringside "
					 "load has",
					 format->name, format->needs);
		if (format->may_write && !format->may_write(set))
			return error_set(ret_error, -EINVAL,
					 "%s needs %s, and there is none in these results",
					 format->name, format->needs);
	}
	return 0;
}

/* What the printing of one file needs: a document, or samples. */
struct page {
	const struct output_format *format;
	struct document document;
	const struct sample_set *set;
};

static int samples_page_print(const void *what, FILE *file)
{
	const struct page *page = what;

	return page->format->write_samples(page->set, file);
}

static int page_print(const void *what, FILE *file)
{
	const struct page *page = what;
	struct sample_set set = { 0 };
	int error;

	if (page->format->write)
		return page->format->write(&page->document, file);
	error = document_samples(&page->document, &set);
	if (!error)
		error = sample_set_complete(&set);
	if (!error)
		error = page->format->write_samples(&set, file);
	sample_set_finish(&set);
	return error;
}

static int pages_save(const struct output_list *outputs, save_print print, struct page *page,
		      struct error *ret_error)
{
	int first_error = 0;

	for (uint32_t i = 0; i < outputs->count; i++) {
		int error;

		page->format = outputs->items[i].format;
		error = save_file(outputs->items[i].path, print, page,
				  first_error ? NULL : ret_error);
		if (!first_error)
			first_error = error;
	}
	return first_error;
}

int outputs_save(const struct output_list *outputs, const json_t *document, struct error *ret_error)
{
	struct page page = { .document = { document } };

	return pages_save(outputs, page_print, &page, ret_error);
}

int outputs_save_samples(const struct output_list *outputs, const struct sample_set *set,
			 struct error *ret_error)
{
	struct page page = { .set = set };

	return pages_save(outputs, samples_page_print, &page, ret_error);
}
