#include "options.h"

#include "base/json.h"
#include "engine/choice.h"
#include "experiment/workload.h"
#include "feature_set.h"

/* From 9 rounds on the interval of a median does without the two values farthest out, and an even
 * number of rounds has each order as often as its reverse. */
static const struct measuring_standard standard = {
	.rounds = 10,
	.quick_rounds = 6,
	.duration_ns = 500 * NS_PER_MS,
	.quick_duration_ns = 120 * NS_PER_MS,
	.omit_ns = 100 * NS_PER_MS,
	.quick_omit_ns = 30 * NS_PER_MS,
};

/* "Under five minutes" is a promise. */
#define QUICK_BUDGET_NS (285 * NS_PER_S)

/* Where features have work: one connection and many, in batches, in bulk, new ones, datagrams. */
#define POINTS "tcp-1,tcp-50,tcp-deep,tcp-64k,tcp-connect,udp-64"
#define QUICK_POINTS "tcp-50,tcp-deep,tcp-64k,udp-64"

const char *const ablate_backends[] = { "uring", "epoll", NULL };

static const char *const ladder_choices[] = {
	[LADDER_AUTO] = "auto",
	[LADDER_ON] = "on",
	[LADDER_OFF] = "off",
	NULL,
};

static void print_details(FILE *stream)
{
	(void)fputs("Unless points are given: " POINTS "; with --quick " QUICK_POINTS ".\n\n",
		    stream);
	matrix_workloads_print(stream);
	(void)fputs("\nExit status: 0 measured, 2 something could not be: the table says what,\n"
		    "4 this kernel has none of it, 128+n ended by signal n.\n",
		    stream);
}

#define AT(member) OPTION_AT(struct ablate_options, member)

static const struct option_row rows[] = {
	MATRIX_ROWS_POINTS(AT),
	MATRIX_ROW_WORKLOADS(AT),
	{ .group = "Server:",
	  .name = "backend",
	  .argument = "NAME",
	  .type = OPTION_CHOICE,
	  .at = AT(backend),
	  .choices = ablate_backends,
	  .standard = "uring",
	  .help = "of the server; epoll honours few features" },
	CHOICE_ROW_FEATURES(AT),
	{ .name = "only",
	  .argument = "NAME,...",
	  .type = OPTION_CUSTOM,
	  .at = AT(only),
	  .parse = feature_names_parse,
	  .to_json = feature_names_to_json,
	  .help = "try these features alone; without it every one that this kernel has" },
	{ .name = "threads",
	  .key = 't',
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(threads),
	  .standard = "1",
	  .min = 1,
	  .max = CPU_COUNT_MAX,
	  .help = "of the server, an engine each" },
	{ .name = "ladder",
	  .argument = "WHEN",
	  .type = OPTION_CHOICE,
	  .at = AT(ladder),
	  .choices = ladder_choices,
	  .standard = "auto",
	  .help = "also add one feature after the other, from none to all; auto: on unless "
		  "--quick or --only is given" },
	MEASURING_ROWS(AT, "take less than five minutes: 4 points, 6 rounds of 120ms",
		       "pairs of trials of each feature; from 6 on effects have an interval; "
		       "auto: 10"),
	MEASURING_ROW_JSON(AT, "Report:"),
	{ 0 },
};

const struct option_table ablate_option_table = {
	.summary = "Say what each kernel feature is worth on this host, and when: a server with it "
		   "and one without it, side by side, at each point. Features that are on are "
		   "left out, the others added, one at a time; --features says what is on to "
		   "begin with. What a feature needs comes with it, what cannot do without it "
		   "goes too, and that is told. Whether a feature was in effect and had any work "
		   "is taken from the servers' own accounts: without both there is no figure. "
		   "Features that this kernel lacks are listed, each with the kernel's reason.",
	.print_details = print_details,
	.rows = rows,
};

static void points_resolve(struct ablate_options *options)
{
	const char *names = options->measuring.quick ? QUICK_POINTS : POINTS;
	struct error error;

	if (options->matrix.workloads == 0 && !matrix_has_points(&options->matrix))
		(void)workload_set_parse(names, &options->matrix.workloads, &error);
}

void ablate_options_resolve(struct ablate_options *options)
{
	bool short_of_time = options->measuring.quick || options->only != 0;

	measuring_resolve(&options->measuring, &standard);
	if (options->measuring.quick && options->measuring.budget_ns == 0)
		options->measuring.budget_ns = QUICK_BUDGET_NS;
	if (options->ladder == LADDER_AUTO)
		options->ladder = short_of_time ? LADDER_OFF : LADDER_ON;
	points_resolve(options);
}
