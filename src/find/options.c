#include "find/options.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/unit.h"
#include "engine/choice.h"
#include "experiment/point.h"
#include "find/target.h"
#include "measure/schedule.h"
#include "measure/threshold.h"

/* In percent. Nearer than that no two runs are; farther apart it is no search. */
#define PRECISION_MIN 0.1
#define PRECISION_MAX 50

static const struct measuring_standard standard = {
	.rounds = 1,
	.quick_rounds = 1,
	.duration_ns = NS_PER_S,
	.quick_duration_ns = 300 * NS_PER_MS,
	.omit_ns = 200 * NS_PER_MS,
	.quick_omit_ns = 50 * NS_PER_MS,
};

static int precision_parse(const char *text, void *ret_precision, struct error *ret_error)
{
	size_t length = strlen(text);
	char number[32] = "";
	double percent;

	if (length > 0 && length < sizeof(number) && text[length - 1] == '%')
		memcpy(number, text, length - 1);
	if (real_parse(number, &percent) < 0 || percent < PRECISION_MIN || percent > PRECISION_MAX)
		return error_set(ret_error, -EINVAL, "'%s' is no share from %g%% to %d%%", text,
				 PRECISION_MIN, PRECISION_MAX);
	*(double *)ret_precision = percent / 100;
	return 0;
}

static json_t *precision_to_json(const void *precision)
{
	return json_real(*(const double *)precision);
}

static void print_details(FILE *stream)
{
	(void)fputs("Exit status: 0 the rate was found; 1 the objectives do not hold even at the "
		    "lowest rate that was tried; 2 it could not be tested (usage, connect, I/O); "
		    "3 inconclusive: no rate was confirmed; 128+n ended by signal n.\n",
		    stream);
}

#define AT(member) OPTION_AT(struct find_options, member)

static const struct option_row rows[] = {
	{ .group = "Objectives:",
	  .name = "slo",
	  .argument = "RULE",
	  .type = OPTION_LIST,
	  .at = AT(objectives),
	  .help = "what has to hold: 'p(99)<1ms', avg, min, max, med, errors, loss; can be "
		  "repeated; errors==0 and loss<=1% unless given" },
	{ .name = "precision",
	  .argument = "SHARE",
	  .type = OPTION_CUSTOM,
	  .at = AT(precision),
	  .parse = precision_parse,
	  .to_json = precision_to_json,
	  .standard = "2%",
	  .help = "so near are the highest rate that is kept and the lowest that is not" },
	{ .name = "confirm",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(confirmations),
	  .standard = "3",
	  .min = 1,
	  .max = 25,
	  .help = "try the rate that was found N times more: more than half have to keep it" },
	{ .group = "Work:",
	  .name = "transport",
	  .argument = "NAME",
	  .type = OPTION_CHOICE,
	  .at = AT(transport),
	  .choices = transport_names,
	  .standard = "tcp",
	  .help = "tcp, udp or unix" },
	{ .name = "connections",
	  .key = 'c',
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(connections),
	  .standard = "50",
	  .min = 1,
	  .max = 1000000,
	  .help = "of the load" },
	{ .name = "depth",
	  .key = 'p',
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(depth),
	  .standard = "1",
	  .min = 1,
	  .max = 1000000,
	  .help = "requests that wait for their answer on each connection" },
	{ .name = "size",
	  .key = 's',
	  .argument = "SIZE",
	  .type = OPTION_SIZE,
	  .at = AT(size),
	  .standard = "64",
	  .min = 1,
	  .max = 64 << 20,
	  .help = "bytes of a request" },
	{ .name = "arrival",
	  .argument = "HOW",
	  .type = OPTION_CHOICE,
	  .at = AT(arrival),
	  .choices = arrival_names,
	  .standard = "fixed",
	  .help = "gaps between requests: fixed, poisson (exponential) or uniform" },
	{ .name = "load-threads",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(load_threads),
	  .standard = "1",
	  .min = 1,
	  .max = CPU_COUNT_MAX,
	  .help = "of the load" },
	{ .group = "Server, unless a URL is given:",
	  .name = "backend",
	  .argument = "NAME",
	  .type = OPTION_CHOICE,
	  .at = AT(backend),
	  .choices = choice_backends,
	  .standard = "auto",
	  .help = "of ringside serve: uring, epoll; auto: io_uring where it is" },
	{ .name = "features",
	  .argument = "+NAME,-NAME",
	  .type = OPTION_STRING,
	  .at = AT(features),
	  .help = "kernel features that ringside serve switches on and off" },
	{ .name = "threads",
	  .key = 't',
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(threads),
	  .standard = "1",
	  .min = 1,
	  .max = CPU_COUNT_MAX,
	  .help = "of ringside serve, an engine each" },
	{ .name = "inject",
	  .argument = "RULE,...",
	  .type = OPTION_STRING,
	  .at = AT(inject),
	  .help = "faults that ringside serve makes on purpose" },
	{ .name = "server-cmd",
	  .argument = "[NAME=]COMMAND",
	  .type = OPTION_STRING,
	  .at = AT(command),
	  .help = "another server instead: the shell runs COMMAND anew for each trial, {port} in "
		  "it is where it is to listen, as ringside bench has it" },
	MEASURING_ROW_QUICK(AT, "trials of 300ms, in place of a second"),
	MEASURING_ROW_BUDGET(AT, "begin no trial that would end later"),
	MEASURING_ROWS_TRIAL(AT),
	MEASURING_ROW_SEED(AT,
			   "of the load's random gaps, one more each trial; auto: another one each "
			   "time, which is told"),
	MEASURING_ROWS_WHERE(AT),
	{ .group = "Report:",
	  .name = "plain",
	  .type = OPTION_FLAG,
	  .at = AT(plain),
	  .help = "print the rate and nothing else" },
	MEASURING_ROW_JSON(AT, NULL),
	{ 0 },
};

const struct option_table find_option_table = {
	.arguments = "[URL]",
	.arguments_at = AT(urls),
	.arguments_max = 1,
	.summary =
		"Find the highest rate at which a server keeps objectives, such as 99 % of the "
		"answers within a millisecond. A closed loop measures its peak; open loops at "
		"parts of it are bisected, and the rate that is found is tried again. It counts "
		"only if it was held; where the load may be why it was not, the answer is a lower "
		"bound and says so. Without a URL a server is started on this host, anew for each "
		"trial.",
	.print_details = print_details,
	.rows = rows,
};

const char *find_url(const struct find_options *options)
{
	return options->urls.count > 0 ? options->urls.items[0] : NULL;
}

static int objective_check(const char *text, struct error *ret_error)
{
	struct threshold threshold;
	struct error reason;
	int error = threshold_parse(text, &threshold, &reason);

	if (error)
		return error_set(ret_error, error, "--slo: %s", reason.text);
	if (strncmp(text + strspn(text, " "), "rate", strlen("rate")) == 0)
		return error_set(ret_error, -EINVAL,
				 "--slo '%s': the rate is what is searched for; an objective is of "
				 "latency (p(99)<1ms), errors or loss",
				 text);
	return 0;
}

static int objectives_check(const struct string_list *objectives, struct error *ret_error)
{
	int error = 0;

	if (objectives->count == 0)
		return error_set(ret_error, -EINVAL,
				 "an objective is missing, such as --slo 'p(99)<1ms'");
	if (objectives->count > OBJECTIVES_MAX)
		return error_set(ret_error, -EINVAL, "--slo: these are more than %d objectives",
				 OBJECTIVES_MAX);
	for (uint32_t i = 0; i < objectives->count && !error; i++)
		error = objective_check(objectives->items[i], ret_error);
	return error;
}

/* What is of a server that we start, and whether it was given. */
static int url_check(const struct find_options *options, struct error *ret_error)
{
	const struct {
		const char *name;
		bool given;
	} own[] = {
		{ "transport", options->transport != TRANSPORT_TCP },
		{ "backend", options->backend != BACKEND_AUTO },
		{ "features", options->features },
		{ "threads", options->threads != 1 },
		{ "inject", options->inject },
		{ "server-cmd", options->command },
		{ "server-cpus", options->measuring.server_cpus.count > 0 },
		{ "netns", options->measuring.netns },
	};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (own[i].given)
			return error_set(ret_error, -EINVAL,
					 "--%s is of a server that is started here, and %s names "
					 "one that runs already",
					 own[i].name, find_url(options));
	return target_check(find_url(options), ret_error);
}

static int command_check(const struct find_options *options, struct error *ret_error)
{
	if (options->command && (options->features || options->inject || options->threads != 1 ||
				 options->backend != BACKEND_AUTO))
		return error_set(ret_error, -EINVAL,
				 "--backend, --features, --threads and --inject are of ringside "
				 "serve, and --server-cmd starts another program");
	if (options->measuring.netns && options->transport == TRANSPORT_UNIX)
		return error_set(ret_error, -EINVAL, "--netns: --transport unix uses no network");
	return 0;
}

int find_options_check(const struct find_options *options, struct error *ret_error)
{
	int error = objectives_check(&options->objectives, ret_error);

	if (!error && find_url(options))
		error = url_check(options, ret_error);
	if (!error)
		error = command_check(options, ret_error);
	if (!error && options->plain && options->json && strcmp(options->json, "-") == 0)
		error = error_set(ret_error, -EINVAL,
				  "--plain and --json - cannot both have standard output");
	return error;
}

void find_options_resolve(struct find_options *options)
{
	measuring_resolve(&options->measuring, &standard);
	/* It has no rounds: one rate at a time. */
	options->measuring.rounds = 0;
}
