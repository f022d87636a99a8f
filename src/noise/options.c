#include "options.h"

#include "base/json.h"
#include "experiment/workload.h"

/* As ringside bench measures, so that what is said holds for it. */
static const struct measuring_standard standard = {
	.rounds = 20,
	.quick_rounds = 8,
	.duration_ns = NS_PER_S,
	.quick_duration_ns = 200 * NS_PER_MS,
	.omit_ns = 200 * NS_PER_MS,
	.quick_omit_ns = 50 * NS_PER_MS,
};

#define POINT "tcp-50"

static void print_details(FILE *stream)
{
	(void)fputs("Unless a point is given: " POINT ". Unless a server is given: ringside serve "
		    "on\nio_uring, or on epoll where that is not there.\n\n",
		    stream);
	matrix_workloads_print(stream);
	(void)fputs("\nExit status: 0 measured, 2 something could not be, 128+n ended by signal "
		    "n.\n",
		    stream);
}

#define AT(member) OPTION_AT(struct noise_options, member)

static const struct option_row rows[] = {
	MATRIX_ROWS_POINTS(AT),
	MATRIX_ROW_WORKLOADS(AT),
	MATRIX_ROWS_SERVERS(AT),
	MEASURING_ROWS(AT, "take about 5 seconds: 8 pairs of 200ms",
		       "pairs of trials; detectable effects take 6 of them; auto: 20"),
	MEASURING_ROW_JSON(AT, "Report:"),
	{ 0 },
};

const struct option_table noise_option_table = {
	.summary =
		"Say how much figures scatter on this host, and what to do about it: one and the "
		"same server and load, measured in pairs as if they were two that are "
		"compared. What differs is noise. It says for each figure how far runs "
		"scatter, which effect so many pairs would find, how often a run differs from "
		"the one before, whether the figures drift; and what of this machine is to "
		"blame, as far as readings of it tell. One point, one server.",
	.print_details = print_details,
	.rows = rows,
};

void noise_options_resolve(struct noise_options *options)
{
	struct error error;

	measuring_resolve(&options->measuring, &standard);
	if (options->matrix.workloads == 0 && !matrix_has_points(&options->matrix))
		(void)workload_set_parse(POINT, &options->matrix.workloads, &error);
}
