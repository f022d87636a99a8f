#include "options.h"

#include <stdio.h>

static void print_details(FILE *stream)
{
	(void)fputs(
		"FILE - is standard input. Of several files the benchmarks are put together; one "
		"that is in several has the runs of all.\n\n"
		"Exit status: 0 it is written; 2 a file cannot be read, or not in the format "
		"asked for, or the files do not belong together.\n\n"
		"Formats of --output (of one ringside load; of all else but hgrm, hlog, junit, "
		"keyval and openmetrics):\n",
		stream);
	outputs_print(stream);
}

#define AT(member) OPTION_AT(struct convert_options, member)

static const struct option_row rows[] = {
	{ .name = "json",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(json),
	  .help = "write the samples as JSON, which convert reads too; - is standard output" },
	OUTPUT_ROW(AT),
	{ 0 },
};

const struct option_table convert_option_table = {
	.arguments = "FILE...",
	.arguments_at = AT(files),
	.arguments_min = 1,
	.summary =
		"Write results in another format, or as a table: those of ringside load, bench, "
		"ablate, sweep, find and noise (--json), of hyperfine (--export-json), and of Go's "
		"benchmarks. What a file is its content says.",
	.print_details = print_details,
	.rows = rows,
};
