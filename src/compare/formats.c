#include "formats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/save.h"
#include "base/text.h"
#include "duel.h"
#include "output/output.h"
#include "samples.h"

/* Either it is a format of samples, which output/output.h has, or one of our own. */
struct format {
	const char *name, *summary;
	int (*samples)(const struct duel *duel, struct sample_set *ret_set);
	save_print print;
};

static const struct format formats[] = {
	{ "bmf", "Bencher Metric Format: what is new", samples_of_new, NULL },
	{ "csv", "a row for each value of both sides", samples_of_both, NULL },
	{ "gha", "github-action-benchmark, customSmallerIsBetter: what is new", samples_of_new,
	  NULL },
	{ "gha-bigger", "github-action-benchmark, customBiggerIsBetter: what is new",
	  samples_of_new, NULL },
	{ "gobench", "Go's benchmark format: every run, for benchstat -col /side", samples_of_both,
	  NULL },
	{ "junit", "JUnit XML: each judged metric is a test", NULL, junit_print },
};

static const struct format *format_find(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strlen(formats[i].name) == length &&
		    strncmp(formats[i].name, name, length) == 0)
			return &formats[i];
	return NULL;
}

static int format_unknown(const char *text, size_t length, struct error *ret_error)
{
	char name[32], names[128] = "";
	struct text_guess guess = { .word = name };

	(void)snprintf(name, sizeof(name), "%.*s", (int)length, text);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		text_guess_offer(&guess, formats[i].name);
		text_enumerate(names, sizeof(names), formats[i].name, ARRAY_SIZE(formats) - 1 - i);
	}
	return error_set(ret_error, -EINVAL, "there is no format '%s'%s%s%s %s", name,
			 guess.best ? "; did you mean '" : "", guess.best ? guess.best : "",
			 guess.best ? "'? There are" : "; there are", names);
}

int format_parse(const char *text, void *ret_list, struct error *ret_error)
{
	struct format_list *list = ret_list;
	size_t length = strcspn(text, "=");
	const struct format *format = format_find(text, length);
	const char *path = text + length + 1;

	if (!text[length] || !text[length + 1])
		return error_set(ret_error, -EINVAL,
				 "'%s' is not FORMAT=FILE, as in junit=result.xml", text);
	if (!format)
		return format_unknown(text, length, ret_error);
	if (list->count == FORMATS_MAX)
		return error_set(ret_error, -EINVAL, "these are more than %d files", FORMATS_MAX);
	if (formats_have(list, path))
		return error_set(ret_error, -EINVAL, "two formats cannot go to %s",
				 save_is_standard_output(path) ? "standard output" : path);
	list->items[list->count++] = (struct format_output){ format, path };
	return 0;
}

json_t *formats_to_json(const void *list)
{
	const struct format_list *outputs = list;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < outputs->count; i++) {
		json_t *path = json_text(outputs->items[i].path);

		error |= json_append(array, json_sprintf("%s=%s", outputs->items[i].format->name,
							 json_string_value(path)));
		json_decref(path);
	}
	return json_complete(array, error);
}

void formats_print(FILE *stream)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		(void)fprintf(stream, "  %-12s %s\n", formats[i].name, formats[i].summary);
}

bool formats_have(const struct format_list *list, const char *path)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].path, path) == 0)
			return true;
	return false;
}

int formats_try(const struct format_list *list, struct error *ret_error)
{
	int error = 0;

	for (uint32_t i = 0; i < list->count && !error; i++)
		error = save_try(list->items[i].path, ret_error);
	return error;
}

/* By the writer that other commands have too. */
static int samples_save(const struct duel *duel, const struct format_output *output,
			struct error *ret_error)
{
	struct output_list list = { 0 };
	struct sample_set set = { 0 };
	char *text;
	int error;

	if (asprintf(&text, "%s=%s", output->format->name, output->path) < 0)
		return error_set(ret_error, -ENOMEM, "out of memory");
	error = output_parse(text, &list, ret_error);
	if (!error && output->format->samples(duel, &set) != 0)
		error = error_set(ret_error, -ENOMEM, "out of memory");
	if (!error)
		error = outputs_save_samples(&list, &set, ret_error);
	sample_set_finish(&set);
	free(text);
	return error;
}

int formats_save(const struct duel *duel, struct error *ret_error)
{
	const struct format_list *list = &duel->options->outputs;
	int first_error = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct format_output *output = &list->items[i];
		struct error *reason = first_error ? NULL : ret_error;
		int error = output->format->samples
				    ? samples_save(duel, output, reason)
				    : save_file(output->path, output->format->print, duel, reason);

		if (!first_error)
			first_error = error;
	}
	return first_error;
}
