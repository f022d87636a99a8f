#include "config_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "commands.h"
#include "config_check.h"
#include "config_print.h"

static void tell_complaint(const char *sentence)
{
	(void)fail(EXIT_CANNOT, "%s", sentence);
}

static int check(struct config_source *source, struct serve_options *options)
{
	if (config_check(source, options, true, tell_complaint) > 0)
		return EXIT_CANNOT;
	(void)printf("%s: good\n", source->path ? source->path : "options");
	return EXIT_GOOD;
}

/* All of it or nothing. */
static int print(const struct config_source *source, const struct serve_options *options)
{
	struct error reason;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int error = stream ? config_print(source, options, stream, &reason)
			   : error_set(&reason, -ENOMEM, "out of memory");

	if (stream && fclose(stream) == EOF && !error)
		error = error_set(&reason, -ENOMEM, "out of memory");
	if (!error)
		(void)fputs(text, stdout);
	free(text);
	return error ? fail(EXIT_CANNOT, "%s", reason.text) : EXIT_GOOD;
}

/* The exit code of a wrong command line or file, or EXIT_GOOD. */
static int parse(struct config_source *source, struct serve_options *options)
{
	struct error reason;
	int error = config_source_read(source, &reason);

	if (!error)
		error = config_source_parse(source, options, &reason);
	if (!error) {
		error = serve_options_check(options, &reason);
		if (error)
			config_source_place(source, &reason);
	}
	if (!error)
		return EXIT_GOOD;
	if (source->path)
		return fail(EXIT_CANNOT, "%s", reason.text);
	return fail_usage(EXIT_CANNOT, "%s", reason.text);
}

bool config_command(int argc, char **argv, struct config_source *ret_source,
		    struct serve_options *ret_options, int *ret_exit_code)
{
	struct error reason;

	if (config_source_init(ret_source, argc, argv, &reason) < 0) {
		*ret_exit_code = fail(EXIT_CANNOT, "%s", reason.text);
		return false;
	}
	if (ret_source->check) {
		*ret_exit_code = check(ret_source, ret_options);
		return false;
	}
	*ret_exit_code = parse(ret_source, ret_options);
	if (*ret_exit_code != EXIT_GOOD)
		return false;
	if (ret_source->print)
		*ret_exit_code = print(ret_source, ret_options);
	return !ret_source->print;
}
