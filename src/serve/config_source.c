#include "config_source.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

/* The rows that options.c has beside those which are entries of a file. */
static void take_request(struct config_source *source)
{
	for (uint32_t i = 0; i < source->typed.use_count; i++) {
		const struct option_use *use = &source->typed.uses[i];

		if (strcmp(use->row->name, "config") == 0)
			source->path = use->value;
		else if (strcmp(use->row->name, "check-config") == 0)
			source->check = true;
		else if (strcmp(use->row->name, "print-config") == 0)
			source->print = true;
	}
}

int config_source_init(struct config_source *ret_source, int argc, char **argv,
		       struct error *ret_error)
{
	int error;

	*ret_source = (struct config_source){ .argc = argc, .argv = argv };
	error = command_line_read(&serve_option_table, argc, argv, &ret_source->typed);
	if (error == -ENOMEM)
		return error_set(ret_error, error, "out of memory");
	if (!error)
		take_request(ret_source);
	if (ret_source->check && ret_source->print)
		return error_set(ret_error, -EINVAL,
				 "--check-config and --print-config exclude each other");
	return 0;
}

void config_source_finish(struct config_source *source)
{
	words_free(source->words);
	command_line_finish(&source->line);
	command_line_finish(&source->typed);
	job_file_finish(&source->file);
}

const struct job_section *config_source_section(const struct config_source *source)
{
	return job_file_find(&source->file, CONFIG_SECTION);
}

int config_source_read(struct config_source *source, struct error *ret_error)
{
	const struct job_file *file = &source->file;
	int error;

	if (!source->path)
		return 0;
	error = job_file_read(source->path, &source->file, ret_error);
	if (error)
		return error;
	for (uint32_t i = 0; i < file->section_count; i++)
		if (strcmp(file->sections[i].name, CONFIG_SECTION) != 0)
			return error_set(ret_error, -EINVAL,
					 "%s:%u: there is one section, [%s], and not [%s]",
					 source->path, file->sections[i].line, CONFIG_SECTION,
					 file->sections[i].name);
	if (file->section_count == 0)
		return error_set(ret_error, -EINVAL, "%s: there is no section [%s]", source->path,
				 CONFIG_SECTION);
	return 0;
}

int config_source_parse(struct config_source *source, struct serve_options *ret_options,
			struct error *ret_error)
{
	int count, error;

	if (!source->path)
		return options_parse(&serve_option_table, source->argc, source->argv, ret_options,
				     ret_error);
	error = job_command_line(&serve_option_table, &source->file, config_source_section(source),
				 &source->typed, &source->line, ret_error);
	if (error)
		return error;
	source->words = command_line_words(&source->line, &count);
	if (!source->words)
		return error_set(ret_error, -ENOMEM, "out of memory");
	return options_parse(&serve_option_table, count, source->words, ret_options, ret_error);
}

/* Does the sentence speak of an option, as --NAME? */
static bool names_option(const char *sentence, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(sentence, "--"); at; at = strstr(at + 2, "--"))
		if (strncmp(at + 2, name, length) == 0 && !isalnum(at[2 + length]) &&
		    at[2 + length] != '-')
			return true;
	return false;
}

/* Is it about an entry? */
static bool is_about(const char *sentence, const struct job_entry *entry)
{
	char quoted[JOB_FILE_LINE_MAX + 3];

	if (names_option(sentence, entry->name))
		return true;
	(void)snprintf(quoted, sizeof(quoted), "'%s'", entry->value ? entry->value : "");
	return entry->value && strstr(sentence, quoted);
}

void config_source_place(const struct config_source *source, struct error *error)
{
	const struct job_section *section = source->path ? config_source_section(source) : NULL;
	struct error bare = *error;

	if (!section)
		return;
	for (uint32_t i = 0; i < section->entry_count; i++) {
		const struct job_entry *entry = &section->entries[i];

		if (!is_about(bare.text, entry))
			continue;
		(void)error_set(error, 0, "%s:%u: %s", source->path, entry->line, bare.text);
		return;
	}
	(void)error_set(error, 0, "%s: %s", source->path, bare.text);
}
