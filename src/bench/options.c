#include "options.h"

#include "base/job.h"
#include "base/json.h"
#include "experiment/workload.h"

/* Enough rounds that the interval of a median is an interval: it takes six for 95 %. */
static const struct measuring_standard standard = {
	.rounds = 8,
	.quick_rounds = 3,
	.duration_ns = NS_PER_S,
	.quick_duration_ns = 200 * NS_PER_MS,
	.omit_ns = 200 * NS_PER_MS,
	.quick_omit_ns = 50 * NS_PER_MS,
};

static void print_details(FILE *stream)
{
	matrix_workloads_print(stream);
	(void)fputs("\nExit status: 0 measured, 2 something could not be: the table says what,\n"
		    "128+n ended by signal n.\n",
		    stream);
}

#define AT(member) OPTION_AT(struct bench_options, member)

static const struct option_row rows[] = {
	MATRIX_ROWS_POINTS(AT),
	MATRIX_ROW_WORKLOADS(AT),
	MATRIX_ROWS_SERVERS(AT),
	MEASURING_ROWS(AT, "take about 15 seconds: 3 rounds of 200ms, too few for intervals",
		       "trials of each server; from 6 on ratios have an interval; auto: 8"),
	{ .group = "Report:",
	  .name = "ratio",
	  .argument = "NAME/NAME",
	  .type = OPTION_LIST,
	  .at = AT(ratios),
	  .help = "compare two servers; may be given many times; unless given uring/epoll, and "
		  "the others with the first" },
	MEASURING_ROW_JSON(AT, NULL),
	JOB_ROWS("measure the sections of an INI file, each a point or more, in one experiment; "
		 "what is given beside it wins"),
	{ 0 },
};

const struct option_table bench_option_table = {
	.summary = "Start a server and a load on this host, on different CPUs where there are two, "
		   "both anew for each trial, and print a table: the rate, the latency, what a "
		   "message costs the server, and the ratio of servers. A round tries each server "
		   "at each point, the servers of a point one after the other, in random order and "
		   "every other round in reverse, so that what disturbs one disturbs the other. "
		   "Answers are counted, not compared with their requests: ringside load does "
		   "that.",
	.print_details = print_details,
	.rows = rows,
};

void bench_options_resolve(struct bench_options *options)
{
	measuring_resolve(&options->measuring, &standard);
	if (options->matrix.workloads == 0 && !matrix_has_points(&options->matrix))
		options->matrix.workloads = workload_set_standard();
}
