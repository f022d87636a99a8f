/* Job files: a file is sections with entries, or refused with a sentence that names the line; each
 * section becomes a command line that the command takes, or is refused. */
#include <stdlib.h>
#include <string.h>

#include "base/command_line.h"
#include "base/job.h"
#include "base/job_file.h"
#include "base/job_list.h"
#include "fuzz.h"
#include "load/options.h"

static void check_refused(const char *path, const struct error *error)
{
	fuzz_check_sentence(error);
	assert(strncmp(error->text, path, strlen(path)) == 0);
}

static void check_section(const struct job_file *file, const struct job_section *section)
{
	const struct command_line typed = { .name = "fuzz" };
	struct command_line line;
	struct error error = { "" };

	if (job_command_line(&load_option_table, file, section, &typed, &line, &error) != 0) {
		check_refused(file->path, &error);
	} else {
		assert(command_line_try(&line, &load_option_table, &error) == 0);
		assert(command_line_print(&line, fuzz_nowhere()) == 0);
	}
	command_line_finish(&line);
}

static void check_sections(const struct job_file *file)
{
	uint32_t line = 0;

	for (uint32_t i = 0; i < file->section_count; i++) {
		const struct job_section *section = &file->sections[i];

		assert(section->name[0] != '\0' && section->line > line);
		assert(job_file_find(file, section->name) == section);
		line = section->line;
		for (uint32_t j = 0; j < section->entry_count; j++) {
			assert(section->entries[j].line > line);
			assert(section->entries[j].name[0] != '\0');
			line = section->entries[j].line;
		}
		check_section(file, section);
	}
}

/* As a command that runs them takes them: --job FILE, and one section more than there is. */
static void check_list(const char *path, const char *section)
{
	char *argv[] = { (char *)"fuzz",      (char *)"--job", (char *)path,
			 (char *)"--section", (char *)section, NULL };
	struct command_line typed;
	struct job_request request;
	struct job_list list;
	struct error error = { "" };

	assert(command_line_read(&load_option_table, section ? 5 : 3, argv, &typed) == 0);
	assert(job_request_read(&typed, &request, &error) == 0);
	if (job_list_make(&load_option_table, &typed, &request, &list, &error) == 0)
		assert(list.count > 0 && job_list_print(&list, fuzz_nowhere()) == 0);
	else
		fuzz_check_sentence(&error);
	job_list_finish(&list);
	job_request_finish(&request);
	command_line_finish(&typed);
}

/* Once is enough: it is the same each time. */
static void check_unreadable(void)
{
	static bool done;

	for (int i = 0; fuzz_unreadable[i] && !done; i++) {
		struct job_file file;
		struct error error = { "" };

		assert(job_file_read(fuzz_unreadable[i], &file, &error) < 0);
		check_refused(fuzz_unreadable[i], &error);
		job_file_finish(&file);
	}
	done = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct error error = { "" };
	struct job_file file;

	check_unreadable();
	if (job_file_read(path, &file, &error) == 0)
		check_sections(&file);
	else
		check_refused(path, &error);
	check_list(path, file.section_count > 1 ? file.sections[1].name : NULL);
	check_list(path, "none");
	job_file_finish(&file);
	return 0;
}
