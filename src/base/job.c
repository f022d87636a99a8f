#include "base/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int job_option_pass(const char *text, void *ret_value, struct error *ret_error)
{
	(void)text;
	(void)ret_value;
	(void)ret_error;
	return 0;
}

bool job_option_is(const struct option_row *row)
{
	return row->parse == job_option_pass;
}

/* A job as it is being made. */
struct making {
	const struct option_table *table;
	const struct job_file *file;
	struct command_line *line;
	struct error *ret_error;
};

static const char *argument_key(const struct option_table *table)
{
	return table->arguments_key ? table->arguments_key : JOB_ARGUMENT;
}

static bool is_page_option(const char *name)
{
	for (size_t i = 0; i < PAGE_OPTION_COUNT; i++)
		if (strcmp(page_options[i], name) == 0)
			return true;
	return false;
}

static const struct option_row *row_find(const struct option_table *table, const char *name)
{
	for (const struct option_row *row = table->rows; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

/* The row "no-verify" for "verify", and the other way round; NULL: there is none. */
static const struct option_row *row_opposite(const struct option_table *table,
					     const struct option_row *flag)
{
	for (const struct option_row *row = table->rows; row->name; row++)
		if ((strncmp(row->name, "no-", 3) == 0 && strcmp(row->name + 3, flag->name) == 0) ||
		    (strncmp(flag->name, "no-", 3) == 0 && strcmp(flag->name + 3, row->name) == 0))
			return row;
	return NULL;
}

/* Somebody who writes the short form means the long one. */
static const char *name_guess(const struct option_table *table, const char *name)
{
	struct text_guess guess = { .word = name };

	for (const struct option_row *row = table->rows; row->name; row++)
		if (row->key && row->key == name[0] && !name[1])
			return row->name;
	for (const struct option_row *row = table->rows; row->name; row++)
		if (!job_option_is(row))
			text_guess_offer(&guess, row->name);
	if (table->arguments)
		text_guess_offer(&guess, argument_key(table));
	return guess.best;
}

static int name_unknown(const struct making *making, const struct job_entry *entry)
{
	const char *best = name_guess(making->table, entry->name);

	if (best)
		return error_set(making->ret_error, -EINVAL,
				 "%s:%u: there is no option '%s'; did you mean '%s'?",
				 making->file->path, entry->line, entry->name, best);
	return error_set(making->ret_error, -EINVAL,
			 "%s:%u: there is no option '%s'; write one by its long name, without "
			 "dashes",
			 making->file->path, entry->line, entry->name);
}

/* Does the option take this value? Asked of the parser that will get it. */
static int value_try(const struct making *making, const struct option_row *row,
		     const struct job_entry *entry)
{
	struct option_use use = { row, entry->value };
	const struct command_line line = { .name = making->line->name,
					   .uses = &use,
					   .use_count = 1 };
	struct error reason;
	int error = command_line_try(&line, making->table, &reason);

	if (!error)
		return 0;
	return error_set(making->ret_error, error, "%s:%u: %s", making->file->path, entry->line,
			 reason.text);
}

/* What has one value; lists and what has a parser of its own take many. */
static bool is_single(const struct option_row *row)
{
	return row->type != OPTION_LIST && row->type != OPTION_CUSTOM;
}

/* A value, in place of one from before. */
static int value_put(const struct making *making, const struct option_row *row, const char *value)
{
	if (is_single(row))
		command_line_drop(making->line, row);
	return command_line_add(making->line, row, value);
}

/* What a flag overrides: itself and its opposite, given before. */
static void flag_clear(const struct making *making, const struct option_row *row)
{
	const struct option_row *opposite = row_opposite(making->table, row);

	command_line_drop(making->line, row);
	if (opposite)
		command_line_drop(making->line, opposite);
}

/* A flag: the last entry says whether it is given. */
static int flag_add(const struct making *making, const struct option_row *row,
		    const struct job_entry *entry)
{
	const char *value = entry->value ? entry->value : "true";

	if (strcmp(value, "false") == 0) {
		command_line_drop(making->line, row);
		return 0;
	}
	flag_clear(making, row);
	if (strcmp(value, "true") == 0)
		return command_line_add(making->line, row, NULL);
	return error_set(making->ret_error, -EINVAL, "%s:%u: '%s' is true or false, not '%s'",
			 making->file->path, entry->line, row->name, value);
}

static int option_add(const struct making *making, const struct option_row *row,
		      const struct job_entry *entry)
{
	int error;

	if (job_option_is(row))
		return error_set(making->ret_error, -EINVAL,
				 "%s:%u: '%s' belongs on the command line, not in a file",
				 making->file->path, entry->line, entry->name);
	if (!row->argument)
		return flag_add(making, row, entry);
	if (!entry->value)
		return error_set(making->ret_error, -EINVAL, "%s:%u: '%s' needs a value: %s = %s",
				 making->file->path, entry->line, row->name, row->name,
				 row->argument);
	error = value_try(making, row, entry);
	return error ? error : value_put(making, row, entry->value);
}

static int argument_add(const struct making *making, const struct job_entry *entry)
{
	if (!entry->value || !*entry->value)
		return error_set(making->ret_error, -EINVAL, "%s:%u: '%s' needs a value: %s = %s",
				 making->file->path, entry->line, entry->name, entry->name,
				 making->table->arguments);
	return string_list_add(&making->line->arguments, entry->value);
}

static int entry_add(const struct making *making, const struct job_entry *entry)
{
	const struct option_row *row = row_find(making->table, entry->name);

	if (row)
		return option_add(making, row, entry);
	if (making->table->arguments && strcmp(entry->name, argument_key(making->table)) == 0)
		return argument_add(making, entry);
	if (is_page_option(entry->name))
		return error_set(making->ret_error, -EINVAL,
				 "%s:%u: '%s' belongs on the command line, not in a file",
				 making->file->path, entry->line, entry->name);
	return name_unknown(making, entry);
}

/* Do two entries say one thing twice, or contradict each other? */
static bool is_repeated(const struct option_table *table, const struct job_entry *first,
			const struct job_entry *second)
{
	const struct option_row *row = row_find(table, second->name);
	const struct option_row *other;

	if (strcmp(first->name, second->name) == 0)
		return row ? is_single(row) : table->arguments_max == 1;
	other = row_find(table, first->name);
	return row && other && other == row_opposite(table, row);
}

static int repetition_check(const struct making *making, const struct job_section *section,
			    uint32_t index)
{
	const struct job_entry *entry = &section->entries[index];

	for (uint32_t i = 0; i < index; i++)
		if (is_repeated(making->table, &section->entries[i], entry))
			return error_set(making->ret_error, -EINVAL,
					 "%s:%u: '%s' is settled by '%s' in line %u; keep one of "
					 "them",
					 making->file->path, entry->line, entry->name,
					 section->entries[i].name, section->entries[i].line);
	return 0;
}

static int section_add(const struct making *making, const struct job_section *section)
{
	int error = 0;

	for (uint32_t i = 0; !error && i < section->entry_count; i++) {
		error = repetition_check(making, section, i);
		if (!error)
			error = entry_add(making, &section->entries[i]);
	}
	return error;
}

/* A section's positional arguments, or those that were typed, stand in place of those before. */
static void arguments_clear(struct command_line *line)
{
	free(line->arguments.items);
	line->arguments = (struct string_list){ 0 };
}

static bool has_arguments(const struct option_table *table, const struct job_section *section)
{
	for (uint32_t i = 0; i < section->entry_count; i++)
		if (strcmp(section->entries[i].name, argument_key(table)) == 0)
			return true;
	return false;
}

static int typed_add(const struct making *making, const struct command_line *typed)
{
	struct command_line *line = making->line;
	int error = 0;

	for (uint32_t i = 0; i < typed->use_count; i++)
		if (!typed->uses[i].value)
			flag_clear(making, typed->uses[i].row);
	for (uint32_t i = 0; !error && i < typed->use_count; i++)
		if (!job_option_is(typed->uses[i].row))
			error = value_put(making, typed->uses[i].row, typed->uses[i].value);
	if (typed->arguments.count > 0)
		arguments_clear(line);
	for (uint32_t i = 0; !error && i < typed->arguments.count; i++)
		error = string_list_add(&line->arguments, typed->arguments.items[i]);
	return error;
}

static int arguments_check(const struct making *making, const struct job_section *section)
{
	const struct option_table *table = making->table;

	if (making->line->arguments.count >= table->arguments_min)
		return 0;
	return error_set(making->ret_error, -EINVAL, "%s:%u: the job %s lacks a line: %s = %s",
			 making->file->path, section->line, section->name, argument_key(table),
			 table->arguments);
}

int job_command_line(const struct option_table *table, const struct job_file *file,
		     const struct job_section *section, const struct command_line *typed,
		     struct command_line *ret_line, struct error *ret_error)
{
	const struct making making = { table, file, ret_line, ret_error };
	const struct job_section *global = job_file_find(file, JOB_FILE_GLOBAL);
	int error = 0;

	*ret_line = (struct command_line){ .name = typed->name };
	if (global)
		error = section_add(&making, global);
	if (!error && has_arguments(table, section))
		arguments_clear(ret_line);
	if (!error)
		error = section_add(&making, section);
	if (!error)
		error = typed_add(&making, typed);
	if (!error)
		error = arguments_check(&making, section);
	return error == -ENOMEM ? error_set(ret_error, error, "out of memory") : error;
}

uint32_t job_section_check(const struct option_table *table, const struct job_file *file,
			   const struct job_section *section, void (*tell)(const char *sentence))
{
	struct command_line line = { .name = "" };
	struct error error = { "out of memory" };
	const struct making making = { table, file, &line, &error };
	uint32_t count = 0;

	for (uint32_t i = 0; i < section->entry_count; i++) {
		if (repetition_check(&making, section, i) == 0 &&
		    entry_add(&making, &section->entries[i]) == 0)
			continue;
		tell(error.text);
		count++;
	}
	command_line_finish(&line);
	return count;
}
