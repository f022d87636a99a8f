/* ringside convert: results in another format. */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "options.h"
#include "sample/sample.h"
#include "table.h"

/* What was read. */
struct input {
	struct sample_set set;
	json_t *document; /* the one of a load, if that is all; or NULL */
};

static int check(const struct convert_options *options, struct error *ret_error)
{
	const struct string_list *files = &options->files;

	for (uint32_t i = 0; i < files->count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(files->items[i], files->items[j]) == 0)
				return error_set(ret_error, -EINVAL, "%s is given twice",
						 files->items[i]);
	return outputs_check_json(&options->outputs, options->json, ret_error);
}

/* Read one more file. */
static int input_join(struct input *input, const char *path, struct error *ret_error)
{
	struct sample_set set;
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	int error = sample_set_read(path, &set, ret_error);

	if (!error)
		error = sample_set_join(&input->set, &set, name, ret_error);
	sample_set_finish(&set);
	return error;
}

static int input_read(const struct string_list *files, struct input *input, struct error *ret_error)
{
	int error = 0;

	if (files->count == 1)
		return sample_set_read_load(files->items[0], &input->set, &input->document,
					    ret_error);
	for (uint32_t i = 0; i < files->count && !error; i++)
		error = input_join(input, files->items[i], ret_error);
	return error;
}

static int outputs_write(const struct convert_options *options, const struct input *input,
			 struct error *ret_error)
{
	int error;

	if (input->document)
		return outputs_save(&options->outputs, input->document, ret_error);
	error = outputs_check_samples(&options->outputs, &input->set, ret_error);
	return error ? error : outputs_save_samples(&options->outputs, &input->set, ret_error);
}

static int write_all(const struct convert_options *options, const struct input *input)
{
	struct error reason;

	for (uint32_t i = 0; i < input->set.note_count; i++)
		warning("%s", input->set.notes[i]);
	if (outputs_write(options, input, &reason) != 0)
		return fail(EXIT_CANNOT, "--output: %s", reason.text);
	if (options->json &&
	    json_save(sample_set_to_json(&input->set), options->json, &reason) != 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	if (!options->json && options->outputs.count == 0)
		samples_table_print(&input->set, stdout);
	return EXIT_GOOD;
}

static int prepare_and_convert(struct convert_options *options, struct input *input, int argc,
			       char **argv)
{
	struct error reason;

	if (options_parse(&convert_option_table, argc, argv, options, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (check(options, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (json_try_path(options->json, &reason) != 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	if (outputs_try(&options->outputs, &reason) != 0)
		return fail(EXIT_CANNOT, "--output: %s", reason.text);
	if (input_read(&options->files, input, &reason) != 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	return write_all(options, input);
}

int command_convert(int argc, char **argv)
{
	struct convert_options options = { 0 };
	struct input input = { 0 };
	int exit_code = prepare_and_convert(&options, &input, argc, argv);

	json_decref(input.document);
	sample_set_finish(&input.set);
	options_finish(&convert_option_table, &options);
	return exit_code;
}
