#include "config_print.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* What a file would read as something else: a comment, the end of the line, blanks that go. */
static bool stands_in_file(const char *value)
{
	size_t length = strlen(value);

	if (length > 0 &&
	    (isspace((unsigned char)value[0]) || isspace((unsigned char)value[length - 1])))
		return false;
	for (const char *at = value; *at; at++) {
		if (iscntrl((unsigned char)*at))
			return false;
		if ((*at == ';' || *at == '#') && (at == value || isblank((unsigned char)at[-1])))
			return false;
	}
	return true;
}

static int print_value(const char *name, const char *value, FILE *stream, struct error *ret_error)
{
	if (!stands_in_file(value))
		return error_set(
			ret_error, -EINVAL,
			"--%s: '%s' cannot stand in a file: there a blank before a ; or a #, "
			"and blanks at the ends, mean something else",
			name, value);
	if (strlen(name) + strlen(" = ") + strlen(value) > JOB_FILE_LINE_MAX)
		return error_set(ret_error, -EINVAL,
				 "--%s: the value is too long for a file, a line of which has %d "
				 "bytes at most",
				 name, JOB_FILE_LINE_MAX);
	(void)fprintf(stream, "%s = %s\n", name, value);
	return 0;
}

static bool has_one_value(const struct option_row *row)
{
	return row->type != OPTION_LIST && row->type != OPTION_CUSTOM;
}

/* Every time it was given, or the last one if that stays alone. Returns how many it printed. */
static int print_uses(const struct command_line *line, const struct option_row *row, FILE *stream,
		      uint32_t *ret_count, struct error *ret_error)
{
	const char *last = NULL;
	int error = 0;

	*ret_count = 0;
	for (uint32_t i = 0; i < line->use_count && !error; i++) {
		if (line->uses[i].row != row)
			continue;
		last = line->uses[i].value ? line->uses[i].value : "true";
		++*ret_count;
		if (!has_one_value(row))
			error = print_value(row->name, last, stream, ret_error);
	}
	if (last && has_one_value(row))
		error = print_value(row->name, last, stream, ret_error);
	return error;
}

static int print_row(const struct command_line *line, const struct option_row *row, FILE *stream,
		     struct error *ret_error)
{
	uint32_t count = 0;
	int error = print_uses(line, row, stream, &count, ret_error);

	if (error || count > 0)
		return error;
	if (!row->argument)
		return print_value(row->name, "false", stream, ret_error);
	if (row->standard)
		return print_value(row->name, row->standard, stream, ret_error);
	(void)fprintf(stream, "; %s = %s\n", row->name, row->argument);
	return 0;
}

int config_print(const struct config_source *source, const struct serve_options *options,
		 FILE *stream, struct error *ret_error)
{
	const struct command_line *line = source->path ? &source->line : &source->typed;
	int error = 0;

	(void)fprintf(stream, "[%s]\n", CONFIG_SECTION);
	for (uint32_t i = 0; i < options->urls.count && !error; i++)
		error = print_value(serve_option_table.arguments_key, options->urls.items[i],
				    stream, ret_error);
	for (const struct option_row *row = serve_option_table.rows; row->name && !error; row++) {
		if (job_option_is(row))
			continue;
		if (row->group)
			(void)fprintf(stream, "\n; %s\n", row->group);
		error = print_row(line, row, stream, ret_error);
	}
	return error;
}
