#include "options.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/save.h"
#include "experiment/order.h"

#define PAIRS_STANDARD 12
#define MAX_PAIRS_STANDARD 40
#define PAIRS_MAX 1000
#define WARM_UP_PAIRS_STANDARD 1
/* Nobody warms up that often. */
#define WARM_UP_PAIRS_AUTO UINT32_MAX

static const char *const inconclusive_names[] = { "fail", "pass", NULL };

static void print_details(FILE *stream)
{
	(void)fputs("Metrics of ringside are judged if they are rate, p50 or server-cpu, or "
		    "server-calls where no run has another number than the others of its side; of "
		    "other programs all are, but for parts of others and memory. --metric names "
		    "others.\n\n"
		    "Exit status: 0 improved or the same, 1 regressed, 2 could not compare, "
		    "3 inconclusive: a metric could not be told, and none regressed (0 with "
		    "--inconclusive=pass), 128+n ended by signal n.\n\n"
		    "Formats of --output:\n",
		    stream);
	formats_print(stream);
}

#define AT(member) OPTION_AT(struct compare_options, member)

static const struct option_row rows[] = {
	{ .group = "What is compared:",
	  .name = "a",
	  .argument = "COMMAND",
	  .type = OPTION_STRING,
	  .at = AT(a),
	  .help = "the base, run by the shell; {pair} and {side} are replaced by the number of the "
		  "pair, 0 for warm-up, and by base or new" },
	{ .name = "b",
	  .argument = "COMMAND",
	  .type = OPTION_STRING,
	  .at = AT(b),
	  .help = "what is new" },
	{ .name = "measure",
	  .argument = "WHAT",
	  .type = OPTION_CHOICE,
	  .at = AT(measure),
	  .choices = run_measure_names,
	  .standard = "auto",
	  .help = "of a command: result, the one that it prints (of ringside load or bench --json "
		  "-, hyperfine or Go's benchmarks); command, its time, CPU time and memory; auto: "
		  "the result, if it prints one" },
	{ .name = "base",
	  .argument = "SERIES",
	  .type = OPTION_STRING,
	  .at = AT(base),
	  .help = "a series of an experiment's document, or a server that has series in it; then "
		  "there is one file" },
	{ .name = "new",
	  .argument = "SERIES",
	  .type = OPTION_STRING,
	  .at = AT(changed),
	  .help = "the same of what is new" },
	{ .group = "Pairs of runs:",
	  .name = "pairs",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(pairs),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = 1,
	  .max = PAIRS_MAX,
	  .help = "to decide after so many, if that can be done; auto: 12, or all there may be" },
	{ .name = "max-pairs",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(max_pairs),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = 1,
	  .max = PAIRS_MAX,
	  .help = "else to go on to so many, looking at 20, 40, 80 ...; auto: 40, or --pairs" },
	{ .name = "warmup-pairs",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(warm_up_pairs),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = WARM_UP_PAIRS_AUTO,
	  .max = PAIRS_MAX,
	  .help = "that are run before and not counted; auto: 1" },
	{ .name = "time-budget",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(budget_ns),
	  .standard = "none",
	  .word = "none",
	  .word_value = 0,
	  .min = NS_PER_MS,
	  .help = "begin no pair that would end later; the first is run anyway" },
	{ .name = "timeout",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(timeout_ns),
	  .standard = "10m",
	  .min = NS_PER_MS,
	  .help = "of one run: who takes longer has failed" },
	{ .name = "seed",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(seed),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = 1,
	  .max = UINT32_MAX,
	  .help = "of the order of runs; auto: another one each time, which is told" },
	{ .group = "Verdict:",
	  .name = "metric",
	  .key = 'm',
	  .argument = "NAME[:DIRECTION][:EFFECT]",
	  .type = OPTION_CUSTOM,
	  .at = AT(metrics),
	  .parse = metric_wish_parse,
	  .to_json = metric_wishes_to_json,
	  .help = "judge this metric, as in p99:lower:10%, and only those that are named so; lower "
		  "or higher is better; may be given many times" },
	{ .name = "min-effect",
	  .argument = "SHARE",
	  .type = OPTION_CUSTOM,
	  .at = AT(least_effect),
	  .parse = metric_effect_parse,
	  .to_json = metric_effect_to_json,
	  .standard = "auto",
	  .help = "what changes less has not changed, as in 3%; auto: 3% of rate and CPU, 10% "
		  "of p99, p99.9 and max, nothing of counters that do not vary, 5% of others" },
	{ .name = "confidence",
	  .argument = "SHARE",
	  .type = OPTION_CUSTOM,
	  .at = AT(confidence),
	  .parse = metric_confidence_parse,
	  .to_json = metric_effect_to_json,
	  .standard = "95%",
	  .help = "how sure all verdicts together are to be" },
	{ .name = "noise",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(noise),
	  .help = "what ringside noise --json found on this machine: warn of effects below it" },
	{ .name = "inconclusive",
	  .argument = "WHAT",
	  .type = OPTION_CHOICE,
	  .at = AT(inconclusive),
	  .choices = inconclusive_names,
	  .standard = "fail",
	  .help = "fail: end with 3 if it could not be told; pass: with 0" },
	{ .group = "Report:",
	  .name = "markdown",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(markdown),
	  .help = "write the table for a pull request too; - is standard output" },
	{ .name = "json",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(json),
	  .help = "write all of it as JSON too; - is standard output, and silences the rest" },
	FORMAT_ROW(AT),
	{ 0 },
};

const struct option_table compare_option_table = {
	.arguments = "[BASE NEW]",
	.arguments_at = AT(files),
	.arguments_max = 2,
	.summary = "Say of each metric whether it has regressed, improved or stayed the same, or "
		   "that this cannot be told: of two results in files, of two series of one "
		   "experiment, or of two commands, which are run in turns, each time anew. Only "
		   "what is measured in turns can tell a change from drift.",
	.print_details = print_details,
	.rows = rows,
};

/* Options that say how commands are run mean nothing where none are. */
static const char *run_option(const struct compare_options *options)
{
	const struct {
		bool given;
		const char *name;
	} given[] = {
		{ options->pairs != OPTION_AUTO, "--pairs" },
		{ options->max_pairs != OPTION_AUTO, "--max-pairs" },
		{ options->warm_up_pairs != WARM_UP_PAIRS_AUTO, "--warmup-pairs" },
		{ options->budget_ns != 0, "--time-budget" },
		{ options->seed != OPTION_AUTO, "--seed" },
		{ options->measure != RUN_MEASURE_AUTO, "--measure" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		if (given[i].given)
			return given[i].name;
	return NULL;
}

static int check_commands(const struct compare_options *options, struct error *ret_error)
{
	if (!options->a || !options->b)
		return error_set(ret_error, -EINVAL, "--a and --b belong together: --%s is missing",
				 options->a ? "b" : "a");
	if (options->files.count > 0 || options->base || options->changed)
		return error_set(ret_error, -EINVAL,
				 "there are commands (--a, --b), so %s cannot be there too",
				 options->files.count > 0 ? options->files.items[0]
				 : options->base	  ? "--base"
							  : "--new");
	if (options->a[strspn(options->a, " \t\n")] == '\0' ||
	    options->b[strspn(options->b, " \t\n")] == '\0')
		return error_set(ret_error, -EINVAL, "--a and --b: a command is empty");
	if (options->pairs != OPTION_AUTO && options->max_pairs != OPTION_AUTO &&
	    options->pairs > options->max_pairs)
		return error_set(ret_error, -EINVAL, "--pairs %u is more than --max-pairs %u",
				 options->pairs, options->max_pairs);
	return 0;
}

static int check_files(const struct compare_options *options, struct error *ret_error)
{
	const char *run = run_option(options);

	if (run)
		return error_set(ret_error, -EINVAL, "%s goes with commands: --a and --b", run);
	if (!options->base != !options->changed)
		return error_set(ret_error, -EINVAL,
				 "--base and --new belong together: --%s is missing",
				 options->base ? "new" : "base");
	if (options->base && options->files.count != 1)
		return error_set(ret_error, -EINVAL,
				 "--base and --new are series of one file, and there are %u",
				 options->files.count);
	if (!options->base && options->files.count != 2)
		return error_set(
			ret_error, -EINVAL,
			"two files are needed, BASE and NEW, or two commands, --a and --b");
	if (!options->base && save_is_standard_output(options->files.items[0]) &&
	    save_is_standard_output(options->files.items[1]))
		return error_set(ret_error, -EINVAL, "only one of two files can be standard input");
	return 0;
}

/* No two documents go to one place. */
static int check_paths(const struct compare_options *options, struct error *ret_error)
{
	const char *json = options->json, *markdown = options->markdown;

	if (json && markdown && strcmp(json, markdown) == 0)
		return error_set(ret_error, -EINVAL, "--json and --markdown cannot both go to %s",
				 json);
	if ((json && formats_have(&options->outputs, json)) ||
	    (markdown && formats_have(&options->outputs, markdown)))
		return error_set(ret_error, -EINVAL,
				 "--output cannot go where --json or --markdown goes");
	return 0;
}

static void resolve(struct compare_options *options)
{
	if (options->pairs == OPTION_AUTO)
		options->pairs = options->max_pairs != OPTION_AUTO &&
						 options->max_pairs < PAIRS_STANDARD
					 ? options->max_pairs
					 : PAIRS_STANDARD;
	if (options->max_pairs == OPTION_AUTO)
		options->max_pairs = options->pairs > MAX_PAIRS_STANDARD ? options->pairs
									 : MAX_PAIRS_STANDARD;
	if (options->warm_up_pairs == WARM_UP_PAIRS_AUTO)
		options->warm_up_pairs = WARM_UP_PAIRS_STANDARD;
	if (options->seed == OPTION_AUTO)
		options->seed = order_seed_choose();
}

int compare_options_check(struct compare_options *options, struct error *ret_error)
{
	bool commands = options->a || options->b;
	int error = commands ? check_commands(options, ret_error) : check_files(options, ret_error);

	if (!error)
		error = check_paths(options, ret_error);
	if (!error)
		resolve(options);
	return error;
}

void compare_options_plan(const struct compare_options *options, struct decision_plan *ret_plan)
{
	struct decision_plan usual;

	decision_plan_init(options->confidence, options->max_pairs, &usual);
	*ret_plan = (struct decision_plan){ .confidence = options->confidence,
					    .pair_count_max = options->max_pairs };
	ret_plan->looks[ret_plan->look_count++] = options->pairs;
	for (uint32_t i = 0; i < usual.look_count && ret_plan->look_count < DECISION_LOOKS_MAX; i++)
		if (usual.looks[i] > options->pairs)
			ret_plan->looks[ret_plan->look_count++] = usual.looks[i];
	/* Where there is no room for all, the last one stays the last. */
	ret_plan->looks[ret_plan->look_count - 1] = options->max_pairs;
}

bool compare_is_silent(const struct compare_options *options)
{
	return (options->json && save_is_standard_output(options->json)) ||
	       (options->markdown && save_is_standard_output(options->markdown)) ||
	       formats_have(&options->outputs, "-");
}
