#include "options.h"

#include "base/clock.h"
#include "base/json.h"
#include "engine/choice.h"
#include "workload.h"

/* Enough rounds that the interval of a median is an interval: it takes six for 95 %. */
#define ROUNDS_STANDARD 8
#define ROUNDS_QUICK 3
#define DURATION_STANDARD_NS NS_PER_S
#define DURATION_QUICK_NS (200 * NS_PER_MS)
#define OMIT_STANDARD_NS (200 * NS_PER_MS)
#define OMIT_QUICK_NS (50 * NS_PER_MS)

static int workloads_parse(const char *text, void *ret_set, struct error *ret_error)
{
	return workload_set_parse(text, ret_set, ret_error);
}

static json_t *workloads_to_json(const void *value)
{
	const uint64_t *set = value;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < workload_count; i++)
		if (*set >> i & 1)
			error |= json_append(array, json_text(workloads[i].name));
	return json_complete(array, error);
}

/* The text is for the command line of serve; here it is only checked. */
static int features_check(const char *text, void *ret_text, struct error *ret_error)
{
	struct feature_request request = { 0 };
	int error = features_parse(text, &request, ret_error);

	if (!error)
		*(const char **)ret_text = text;
	return error;
}

static json_t *text_to_json(const void *text)
{
	return json_text(*(const char *const *)text);
}

static void print_details(FILE *stream)
{
	(void)fputs("Workloads (* unless others are named):\n", stream);
	for (uint32_t i = 0; i < workload_count; i++)
		(void)fprintf(stream, "  %-14s %c %s\n", workloads[i].name,
			      workloads[i].standard ? '*' : ' ', workloads[i].title);
	(void)fputs("\nExit status: 0 measured, 2 something could not be: the table says what.\n",
		    stream);
}

#define AT(member) OPTION_AT(struct bench_options, member)

static const struct option_row rows[] = {
	{ .group = "Measuring:",
	  .name = "quick",
	  .type = OPTION_FLAG,
	  .at = AT(quick),
	  .help = "take about 15 seconds: 3 rounds of 200ms, too few for intervals" },
	{ .name = "rounds",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(rounds),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = 1,
	  .max = ROUNDS_MAX,
	  .help = "trials of each server; from 6 on ratios have an interval; auto: 8" },
	{ .name = "duration",
	  .key = 'd',
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(duration_ns),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = NS_PER_MS,
	  .max = 3600 * NS_PER_S,
	  .help = "of what is measured in each trial; auto: 1s" },
	{ .name = "workloads",
	  .key = 'w',
	  .argument = "NAME,...",
	  .type = OPTION_CUSTOM,
	  .at = AT(workloads),
	  .parse = workloads_parse,
	  .to_json = workloads_to_json,
	  .help = "what to measure, from the list below, or all" },

	{ .group = "Servers:",
	  .name = "features",
	  .argument = "+NAME,-NAME",
	  .type = OPTION_CUSTOM,
	  .at = AT(features),
	  .parse = features_check,
	  .to_json = text_to_json,
	  .help = "kernel features that ringside serve switches on and off" },
	{ .name = "server",
	  .argument = "NAME=COMMAND",
	  .type = OPTION_LIST,
	  .at = AT(servers),
	  .help = "measure another server too: the shell runs COMMAND, {transport} in it is tcp or "
		  "udp, {size} the bytes of a message; it prints 'listening URL' and ends at "
		  "SIGTERM" },
	{ .name = "ratio",
	  .argument = "NAME/NAME",
	  .type = OPTION_LIST,
	  .at = AT(ratios),
	  .help = "compare two servers, uring and epoll unless given; may be given many times" },

	{ .group = "Report:",
	  .name = "json",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(json),
	  .help = "write every trial as JSON too; - is standard output, and no table goes there" },
	{ 0 },
};

const struct option_table bench_option_table = {
	.summary = "Start a server and a load on this host, on different CPUs where there are two, "
		   "once for each backend, workload and round, and print a table: the rate, the "
		   "latency, what a message costs the server, and the ratio of both backends. "
		   "Backends take turns, so that what disturbs one disturbs the other. Answers are "
		   "counted, not compared with their requests: ringside load does that.",
	.print_details = print_details,
	.rows = rows,
};

void bench_options_resolve(struct bench_options *options)
{
	if (options->rounds == OPTION_AUTO)
		options->rounds = options->quick ? ROUNDS_QUICK : ROUNDS_STANDARD;
	if (options->duration_ns == OPTION_AUTO)
		options->duration_ns = options->quick ? DURATION_QUICK_NS : DURATION_STANDARD_NS;
	options->omit_ns = options->quick ? OMIT_QUICK_NS : OMIT_STANDARD_NS;
	if (options->workloads == 0)
		options->workloads = workload_set_standard();
}
