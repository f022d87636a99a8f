#include "base/job_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static int request_take(const struct command_line *typed, struct job_request *request)
{
	int error = 0;

	for (uint32_t i = 0; !error && i < typed->use_count; i++) {
		const struct option_use *use = &typed->uses[i];

		if (!job_option_is(use->row))
			continue;
		if (strcmp(use->row->name, "job") == 0)
			request->path = use->value;
		else if (strcmp(use->row->name, "section") == 0)
			error = string_list_add(&request->sections, use->value);
		else
			request->only_show = true;
	}
	return error;
}

int job_request_read(const struct command_line *typed, struct job_request *ret_request,
		     struct error *ret_error)
{
	struct job_request *request = ret_request;
	int error;

	*request = (struct job_request){ .path = NULL };
	error = request_take(typed, request);
	if (error)
		return error_set(ret_error, error, "out of memory");
	if (!request->path && (request->sections.count > 0 || request->only_show))
		return error_set(ret_error, -EINVAL, "--%s is about a job file: --job FILE",
				 request->only_show ? "showcmd" : "section");
	return 0;
}

void job_request_finish(struct job_request *request)
{
	free(request->sections.items);
	request->sections = (struct string_list){ 0 };
}

static bool is_job(const struct job_section *section)
{
	return strcmp(section->name, JOB_FILE_GLOBAL) != 0;
}

/* "steady, burst" */
static const char *sections_join(const struct job_file *file, char *text, size_t size)
{
	text[0] = '\0';
	for (uint32_t i = 0; i < file->section_count; i++)
		if (is_job(&file->sections[i]))
			text_append(text, size, "%s%s", text[0] != '\0' ? ", " : "",
				    file->sections[i].name);
	return text;
}

static int job_add(struct job_list *list, const struct job_section *section)
{
	struct job *jobs = reallocarray(list->jobs, list->count + 1, sizeof(*jobs));

	if (!jobs)
		return -ENOMEM;
	jobs[list->count++] = (struct job){ .section = section };
	list->jobs = jobs;
	return 0;
}

static int job_add_named(struct job_list *list, const char *name, struct error *ret_error)
{
	const struct job_section *section = job_file_find(&list->file, name);
	char names[256];

	if (section && is_job(section))
		return job_add(list, section);
	if (section)
		return error_set(ret_error, -EINVAL,
				 "--section %s: it is what all sections share; there are %s", name,
				 sections_join(&list->file, names, sizeof(names)));
	return error_set(ret_error, -EINVAL, "--section %s: %s has no such section; there are %s",
			 name, list->file.path, sections_join(&list->file, names, sizeof(names)));
}

static int jobs_add_all(struct job_list *list, struct error *ret_error)
{
	const struct job_file *file = &list->file;
	int error = 0;

	for (uint32_t i = 0; !error && i < file->section_count; i++)
		if (is_job(&file->sections[i]))
			error = job_add(list, &file->sections[i]);
	if (!error && list->count == 0)
		return error_set(ret_error, -EINVAL,
				 "%s: there is no job in it; a job is a section: [NAME]",
				 file->path);
	return error;
}

/* Those that are named, in the order of their naming, or all in that of the file. */
static int jobs_choose(struct job_list *list, const struct job_request *request,
		       struct error *ret_error)
{
	int error = 0;

	if (request->sections.count == 0)
		return jobs_add_all(list, ret_error);
	for (uint32_t i = 0; !error && i < request->sections.count; i++)
		error = job_add_named(list, request->sections.items[i], ret_error);
	return error;
}

int job_list_make(const struct option_table *table, const struct command_line *typed,
		  const struct job_request *request, struct job_list *ret_list,
		  struct error *ret_error)
{
	struct job_list *list = ret_list;
	int error;

	*list = (struct job_list){ .count = 0 };
	error = job_file_read(request->path, &list->file, ret_error);
	if (!error)
		error = jobs_choose(list, request, ret_error);
	for (uint32_t i = 0; !error && i < list->count; i++)
		error = job_command_line(table, &list->file, list->jobs[i].section, typed,
					 &list->jobs[i].line, ret_error);
	return error == -ENOMEM ? error_set(ret_error, error, "out of memory") : error;
}

void job_list_finish(struct job_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		command_line_finish(&list->jobs[i].line);
	free(list->jobs);
	job_file_finish(&list->file);
	*list = (struct job_list){ .count = 0 };
}

int job_list_print(const struct job_list *list, FILE *stream)
{
	int error = 0;

	for (uint32_t i = 0; i < list->count && !error; i++) {
		(void)fprintf(stream, "# %s\n", list->jobs[i].section->name);
		error = command_line_print(&list->jobs[i].line, stream);
	}
	return error;
}
