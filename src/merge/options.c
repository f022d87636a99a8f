#include "options.h"

#include <stdio.h>

static void print_details(FILE *stream)
{
	(void)fputs("Exit status: 0 every request was answered, rightly, and thresholds were kept; "
		    "1 one of the results had errors, lost requests or a broken threshold; 2 the "
		    "results cannot be read, or do not belong together.\n\n"
		    "Formats of --output:\n",
		    stream);
	outputs_print(stream);
}

#define AT(member) OPTION_AT(struct merge_options, member)

static const struct option_row rows[] = {
	{ .name = "json",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(json),
	  .help = "write the result as JSON too; - is standard output, and silences the rest" },
	OUTPUT_ROW(AT),
	PERCENTILES_ROW(AT),
	{ .name = "allow-different-windows",
	  .type = OPTION_FLAG,
	  .at = AT(allow_different_windows),
	  .help = "take results that were not measured at the same time" },
	{ 0 },
};

const struct option_table merge_option_table = {
	.arguments = "FILE...",
	.arguments_at = AT(files),
	.arguments_min = 1,
	.summary = "Make one result of many that ringside load --json has written: from many hosts "
		   "that loaded one server together, or of runs one after another. Counters and "
		   "histograms are added, percentiles are counted anew.",
	.print_details = print_details,
	.rows = rows,
};
