/* ringside report: result documents as one page. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/save.h"
#include "chapter.h"
#include "commands.h"
#include "content.h"
#include "figure_file.h"
#include "html.h"
#include "input.h"
#include "markdown.h"
#include "options.h"
#include "output/document.h"
#include "words.h"

struct report {
	const struct report_options *options;
	struct input_list inputs;
	struct content content;
	char *title;
	char *subtitle;
};

static void (*const chapters[INPUT_KIND_COUNT])(struct content *, const struct input *) = {
	[INPUT_LOAD] = load_add,
	[INPUT_EXPERIMENT] = experiment_add_chapter,
	[INPUT_COMPARISON] = comparison_add,
};

/* "alpha, Linux 6.1.0, A CPU, 2026-11-26 09:10:47 UTC", of the first document. */
static char *subtitle_make(const json_t *root)
{
	static const char *const parts[] = { "host/name", "host/system", "host/kernel",
					     "host/cpu_model" };
	struct unit_text started = words_time(json_object_get(root, "started_unix_ns"));
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *part = member_string(root, parts[i]);

		if (part)
			(void)fprintf(stream, "%s%s",
				      ftell(stream) == 0 ? ""
				      : i == 2		 ? " "
							 : ", ",
				      part);
	}
	if (started.text[0])
		(void)fprintf(stream, "%s%s", ftell(stream) == 0 ? "" : ", ", started.text);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static int headings_make(struct report *report)
{
	const struct input *first = &report->inputs.items[0];

	if (report->options->title)
		report->title = strdup(report->options->title);
	else if (report->inputs.count == 1)
		report->title = strdup(first->name);
	else if (asprintf(&report->title, "Report of %u results", report->inputs.count) < 0)
		report->title = NULL;
	report->subtitle = subtitle_make(first->root);
	return report->title && report->subtitle ? 0 : -ENOMEM;
}

static int content_make(struct report *report, struct error *ret_error)
{
	int error = headings_make(report);

	overview_add(&report->content, &report->inputs);
	for (uint32_t i = 0; i < report->inputs.count; i++)
		chapters[report->inputs.items[i].kind](&report->content, &report->inputs.items[i]);
	if (!error)
		error = report->content.error;
	return error ? error_set(ret_error, error, "%s", strerror(-error)) : 0;
}

static int figures_draw(const struct report *report, struct error *ret_error)
{
	unsigned int number = 0;
	int error = 0;

	for (size_t i = 0; i < report->content.count && !error; i++)
		if (report->content.blocks[i].plot)
			error = plot_draw(report->content.blocks[i].plot, ++number, ret_error);
	return error;
}

static int markdown_save(const struct report *report, struct error *ret_error)
{
	const struct report_options *options = report->options;
	struct markdown_page page = { report->title, report->subtitle, NULL, &report->content };
	char *folder = NULL;
	int error = 0;

	if (options->svg)
		error = figure_folder_relative(options->svg, options->markdown, &folder);
	if (error)
		return error_set(ret_error, error, "cannot find %s: %s", options->svg,
				 strerror(-error));
	page.figures = folder;
	error = save_file(options->markdown, markdown_print, &page, ret_error);
	free(folder);
	return error;
}

static int report_save(const struct report *report, struct error *ret_error)
{
	const struct report_options *options = report->options;
	const struct html_page page = { report->title, report->subtitle, &report->content };
	int error = 0;

	if (options->output || options->svg)
		error = figures_draw(report, ret_error);
	if (!error && options->svg)
		error = figure_folder_make(options->svg, ret_error);
	if (!error && options->svg)
		error = figure_files_save(&report->content, options->svg, ret_error);
	if (!error && options->output)
		error = save_file(options->output, html_print, &page, ret_error);
	if (!error && options->markdown)
		error = markdown_save(report, ret_error);
	return error;
}

static int report_make(struct report *report, struct error *ret_error)
{
	const struct report_options *options = report->options;
	int error = save_try(options->output, ret_error);

	if (!error)
		error = save_try(options->markdown, ret_error);
	if (!error)
		error = inputs_read(options->files.items, options->files.count, &report->inputs,
				    ret_error);
	if (!error)
		error = content_make(report, ret_error);
	return error ? error : report_save(report, ret_error);
}

static int run(int argc, char **argv, struct report_options *options)
{
	struct report report = { .options = options };
	struct error reason;
	int error;

	if (options_parse(&report_option_table, argc, argv, options, &reason) != 0 ||
	    report_options_check(options, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	content_init(&report.content);
	error = report_make(&report, &reason);
	content_finish(&report.content);
	inputs_finish(&report.inputs);
	free(report.title);
	free(report.subtitle);
	return error ? fail(EXIT_CANNOT, "%s", reason.text) : EXIT_GOOD;
}

int command_report(int argc, char **argv)
{
	struct report_options options = { 0 };
	int exit_code = run(argc, argv, &options);

	options_finish(&report_option_table, &options);
	return exit_code;
}
