#include "sections.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

/* Options that say what a load does. */
static const char *const work_options[] = {
	"workloads", "transport", "connections", "depth", "size", "rate", "load-threads",
};

static bool is_work(const struct option_row *row)
{
	for (size_t i = 0; i < ARRAY_SIZE(work_options); i++)
		if (strcmp(row->name, work_options[i]) == 0)
			return true;
	return false;
}

/* The next use of a row, from a place on; where there is none, the number of uses. */
static uint32_t next_use(const struct command_line *line, const struct option_row *row,
			 uint32_t from)
{
	while (from < line->use_count && line->uses[from].row != row)
		from++;
	return from;
}

static bool is_same_value(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

/* Do two lines say the same of an option, in the same order? */
static bool agree(const struct command_line *one, const struct command_line *other,
		  const struct option_row *row)
{
	uint32_t i = next_use(one, row, 0), j = next_use(other, row, 0);

	while (i < one->use_count && j < other->use_count &&
	       is_same_value(one->uses[i].value, other->uses[j].value)) {
		i = next_use(one, row, i + 1);
		j = next_use(other, row, j + 1);
	}
	return i == one->use_count && j == other->use_count;
}

static bool has_entry(const struct job_section *section, const struct option_row *row)
{
	for (uint32_t i = 0; i < section->entry_count; i++)
		if (strcmp(section->entries[i].name, row->name) == 0)
			return true;
	return false;
}

/* All sections are measured together, so there is one value for all of them. */
static int sharing_check(const struct job_list *jobs, const struct job *job,
			 struct error *ret_error)
{
	const struct job *first = &jobs->jobs[0];

	for (const struct option_row *row = bench_option_table.rows; row->name; row++) {
		const struct job_section *section = has_entry(job->section, row) ? job->section
										 : first->section;

		if (!is_work(row) && !agree(&first->line, &job->line, row))
			return error_set(ret_error, -EINVAL,
					 "%s: [%s] has a '%s' of its own, but all sections are one "
					 "experiment; say it in [%s] or on the command line",
					 jobs->file.path, section->name, row->name,
					 JOB_FILE_GLOBAL);
	}
	return 0;
}

/* Give a point of a section its name; one that is alone has that of the section. */
static int point_rename(const char *section, bool is_alone, struct point *point)
{
	struct point named = *point;
	int length = is_alone ? snprintf(named.name, sizeof(named.name), "%s", section)
			      : snprintf(named.name, sizeof(named.name), "%s/%s", section,
					 point->name);

	if ((size_t)length >= sizeof(named.name))
		return -ENAMETOOLONG;
	(void)snprintf(named.title, sizeof(named.title), "%s: %.95s", section, point->title);
	*point = named;
	return 0;
}

static int point_add(struct point_list *points, const struct point *point, struct error *ret_error)
{
	for (uint32_t i = 0; i < points->count; i++)
		if (strcmp(points->items[i].name, point->name) == 0)
			return error_set(ret_error, -EINVAL, "there are two points '%s'",
					 point->name);
	if (points->count == POINTS_MAX)
		return error_set(ret_error, -EINVAL, "with it these are more than %d points",
				 POINTS_MAX);
	points->items[points->count++] = *point;
	return 0;
}

static int points_add(const struct bench_options *options, const char *section,
		      struct point_list *points, struct error *ret_error)
{
	static struct point_list list;
	int error = matrix_points(&options->matrix, &list, ret_error);

	for (uint32_t i = 0; i < list.count && !error; i++) {
		struct point *point = &list.items[i];

		error = point_rename(section, list.count == 1, point);
		if (error)
			return error_set(ret_error, error, "the name is too long with '/%s'",
					 point->name);
		error = point_add(points, point, ret_error);
	}
	return error;
}

/* What a section says, and its points. The options of the first one are kept for all. */
static int section_add(const struct job *job, struct sections *sections, struct error *ret_error)
{
	struct bench_options options = { 0 };
	int argc, error;
	char **words = command_line_words(&job->line, &argc);

	if (!words)
		return error_set(ret_error, -ENOMEM, "out of memory");
	error = options_parse(&bench_option_table, argc, words, &options, ret_error);
	if (!error) {
		bench_options_resolve(&options);
		error = points_add(&options, job->section->name, &sections->points, ret_error);
	}
	if (!sections->words) {
		sections->words = words;
		sections->options = options;
	} else {
		options_finish(&bench_option_table, &options);
		words_free(words);
	}
	return error;
}

/* The points have it: what one section says is none of the experiment's options. */
static void work_forget(struct matrix *matrix)
{
	matrix->workloads = 0;
	matrix->transports.count = matrix->connections.count = matrix->depths.count = 0;
	matrix->sizes.count = matrix->rates.count = matrix->load_threads.count = 0;
}

int sections_read(const struct job_list *jobs, struct sections *ret_sections,
		  struct error *ret_error)
{
	struct sections *sections = ret_sections;
	int error = 0;

	*sections = (struct sections){ .words = NULL };
	for (uint32_t i = 0; i < jobs->count && !error; i++) {
		const struct job *job = &jobs->jobs[i];
		struct error reason;

		error = sharing_check(jobs, job, ret_error);
		if (error)
			return error;
		error = section_add(job, sections, &reason);
		if (error)
			error = error_set(ret_error, error, "%s: [%s]: %s", jobs->file.path,
					  job->section->name, reason.text);
	}
	work_forget(&sections->options.matrix);
	return error;
}

void sections_finish(struct sections *sections)
{
	options_finish(&bench_option_table, &sections->options);
	if (sections->words)
		words_free(sections->words);
	sections->words = NULL;
}
