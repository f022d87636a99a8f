#include "options.h"

#include <errno.h>
#include <string.h>

#define AT(member) OPTION_AT(struct report_options, member)

static const struct option_row rows[] = {
	{ .name = "output",
	  .key = 'o',
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(output),
	  .help = "write the page, HTML; - is standard output" },
	{ .name = "markdown",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(markdown),
	  .help = "write the same as Markdown, with links to the figures of --svg, or without "
		  "figures; - is standard output" },
	{ .name = "svg",
	  .argument = "FOLDER",
	  .type = OPTION_STRING,
	  .at = AT(svg),
	  .help = "write the figures as SVG files too; the folder is made" },
	{ .name = "title",
	  .argument = "TEXT",
	  .type = OPTION_STRING,
	  .at = AT(title),
	  .help = "the heading, in place of one that is made of what was measured" },
	{ 0 },
};

const struct option_table report_option_table = {
	.arguments = "FILE...",
	.arguments_at = AT(files),
	.arguments_min = 1,
	.summary = "Make one page of result documents (--json of load, merge, bench, compare and "
		   "their like) that shows what was measured, where, and how to do it again. It "
		   "needs nothing else: it opens without a network, on a telephone, and on paper.",
	.details = "Figures are drawn by gnuplot, which must be installed, but for --markdown "
		   "alone.\n\n"
		   "Exit status: 0 the report was written, whatever the results say; 2 a document "
		   "cannot be read, gnuplot is missing, or the report cannot be written.",
	.rows = rows,
};

int report_options_check(const struct report_options *options, struct error *ret_error)
{
	if (!options->output && !options->markdown && !options->svg)
		return error_set(ret_error, -EINVAL,
				 "it is not said where the report goes: -o report.html, --markdown "
				 "FILE or --svg FOLDER");
	if (options->output && options->markdown && strcmp(options->output, options->markdown) == 0)
		return error_set(ret_error, -EINVAL, "--output and --markdown cannot both go to %s",
				 strcmp(options->output, "-") == 0 ? "standard output"
								   : options->output);
	return 0;
}
