/*
 * How often is the decision of ringside compare wrong? It is replayed over the scatter of runs that
 * were recorded (bench/gate/record), without a change and with known ones, beside the rules that
 * people use instead.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "gate/residuals.h"
#include "measure/decision.h"
#include "measure/mann_whitney.h"
#include "measure/random.h"

#define PAIRS_MAX 1000

struct options {
	uint32_t trials;
	uint64_t seed;
	uint32_t pairs; /* at most; OPTION_AUTO: 12, 20 and 40 */
	double effect, least_effect, drift, wide, confidence;
	const char *file;
	const char *column;
};

/* What the world does to a comparison. */
struct world {
	const struct residuals *residuals;
	double scale;  /* of the residuals */
	double drift;  /* of the machine from each run to the next: standard deviation */
	bool in_order; /* runs follow each other as they were recorded, with the drift of then */
	double effect; /* the changed side's rate is this share less */
};

/* Runs of a world, one after the other. */
struct machine {
	const struct world *world;
	uint64_t random;
	double drifted;
	uint32_t next; /* in order */
};

struct runs {
	double base[PAIRS_MAX], changed[PAIRS_MAX];
	uint32_t count;
};

struct verdict_count {
	uint32_t regressed, improved;
	uint64_t pairs;
};

static void machine_init(const struct world *world, uint64_t seed, struct machine *ret_machine)
{
	*ret_machine = (struct machine){ .world = world, .random = seed };
	ret_machine->next = (uint32_t)(random_next(&ret_machine->random) % world->residuals->count);
}

/* A normal number (Box and Muller 1958). */
static double draw(uint64_t *random)
{
	double radius = sqrt(-2 * log(1 - random_unit(random)));

	return radius * cos(2 * M_PI * random_unit(random));
}

static double machine_run(struct machine *machine, bool changed)
{
	const struct world *world = machine->world;
	uint32_t count = world->residuals->count, index = machine->next;

	machine->next = (index + 1) % count;
	if (!world->in_order)
		index = (uint32_t)(random_unit(&machine->random) * count);
	machine->drifted += world->drift * draw(&machine->random);
	return exp(world->scale * world->residuals->values[index] + machine->drifted) *
	       (changed ? 1 - world->effect : 1);
}

/* One pair more, in the order of ringside compare: at random, then in reverse. */
static void add_pair(struct machine *machine, struct runs *runs, bool *changed_first)
{
	uint32_t i = runs->count++;

	*changed_first = i % 2 ? !*changed_first : random_next(&machine->random) & 1;
	if (*changed_first)
		runs->changed[i] = machine_run(machine, true);
	runs->base[i] = machine_run(machine, false);
	if (!*changed_first)
		runs->changed[i] = machine_run(machine, true);
}

/* A comparison from the first look to the first verdict. */
static int compare(const struct options *options, const struct decision_plan *plan,
		   struct machine *machine, struct verdict_count *count)
{
	static struct runs runs;
	struct decision_outcome outcome = { .decision = DECISION_INCONCLUSIVE };
	bool changed_first = false;

	runs.count = 0;
	for (uint32_t look = 0; look < plan->look_count; look++) {
		struct decision_case metric = { .base = runs.base,
						.changed = runs.changed,
						.base_count = plan->looks[look],
						.changed_count = plan->looks[look],
						.paired = true,
						.more_is_better = true,
						.judged = true,
						.least_effect = options->least_effect };
		int error;

		while (runs.count < plan->looks[look])
			add_pair(machine, &runs, &changed_first);
		error = decision_make(&metric, 1, plan, &outcome);
		if (error)
			return error;
		if (outcome.decision != DECISION_INCONCLUSIVE)
			break;
	}
	count->pairs += runs.count;
	count->regressed += outcome.decision == DECISION_REGRESSED;
	count->improved += outcome.decision == DECISION_IMPROVED;
	return 0;
}

/* One run each, and a threshold of 10 %. */
static int compare_once(const struct options *options, const struct decision_plan *plan,
			struct machine *machine, struct verdict_count *count)
{
	double base = machine_run(machine, false), changed = machine_run(machine, true);

	(void)options;
	(void)plan;
	count->pairs++;
	count->regressed += changed < 0.9 * base;
	count->improved += changed > 1.1 * base;
	return 0;
}

/* All runs of one side, then all of the other; Mann and Whitney's p below 5 %. */
static int compare_blocks(const struct options *options, const struct decision_plan *plan,
			  struct machine *machine, struct verdict_count *count)
{
	static struct runs runs;
	uint32_t pairs = plan->looks[plan->look_count - 1];
	struct estimate shift;
	double p;
	int error;

	(void)options;
	for (uint32_t i = 0; i < pairs; i++)
		runs.base[i] = machine_run(machine, false);
	for (uint32_t i = 0; i < pairs; i++)
		runs.changed[i] = machine_run(machine, true);
	error = mann_whitney_two_sided(runs.changed, pairs, runs.base, pairs, &p);
	if (!error)
		error = mann_whitney_shift(runs.changed, pairs, runs.base, pairs, 0.95, &shift);
	if (error)
		return error;
	count->pairs += pairs;
	count->regressed += p < 0.05 && shift.median < 0;
	count->improved += p < 0.05 && shift.median > 0;
	return 0;
}

struct rule {
	const char *name;
	int (*compare)(const struct options *options, const struct decision_plan *plan,
		       struct machine *machine, struct verdict_count *count);
	bool once; /* whatever the pairs */
};

static const struct rule rules[] = {
	{ "one run each, 10 %", compare_once, true },
	{ "AAAA BBBB, Mann-Whitney", compare_blocks, false },
	{ "ringside compare", compare, false },
};

static int replay(const struct options *options, const struct rule *rule,
		  const struct decision_plan *plan, const struct world *world,
		  struct verdict_count *ret_count)
{
	struct verdict_count count = { 0 };
	uint64_t seeds = options->seed;

	for (uint32_t trial = 0; trial < options->trials; trial++) {
		struct machine machine;
		int error;

		machine_init(world, random_next(&seeds), &machine);
		error = rule->compare(options, plan, &machine, &count);
		if (error)
			return error;
	}
	*ret_count = count;
	return 0;
}

/* One row: false alarms, then what is found of two effects, and the pairs that it took. */
static int print_row(const struct options *options, const struct rule *rule, uint32_t pairs,
		     struct world *world)
{
	const double effects[] = { 0, options->effect, options->effect / 2 };
	struct verdict_count counts[3];
	struct decision_plan plan;
	double all = options->trials;

	decision_plan_init(options->confidence, pairs, &plan);
	for (int i = 0; i < 3; i++) {
		int error;

		world->effect = effects[i];
		error = replay(options, rule, &plan, world, &counts[i]);
		if (error)
			return error;
	}
	printf("%-24s %5u %11.2f %% %9.1f %% %9.1f %% %9.1f\n", rule->name, rule->once ? 1 : pairs,
	       100 * (counts[0].regressed + counts[0].improved) / all,
	       100 * counts[1].regressed / all, 100 * counts[2].regressed / all,
	       (double)counts[0].pairs / all);
	return 0;
}

static int print_world(const struct options *options, struct world *world)
{
	static const uint32_t standard[] = { 12, 20, 40 };
	char heads[2][16];
	int error = 0;

	(void)snprintf(heads[0], sizeof(heads[0]), "-%g %%", 100 * options->effect);
	(void)snprintf(heads[1], sizeof(heads[1]), "-%g %%", 50 * options->effect);
	printf("%-24s %5s %13s %11s %11s %9s\n", "rule", "pairs", "false alarms", heads[0],
	       heads[1], "taken");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && !error; i++) {
		if (rules[i].once || options->pairs != OPTION_AUTO) {
			uint32_t pairs = options->pairs != OPTION_AUTO ? options->pairs : 1;

			error = print_row(options, &rules[i], pairs, world);
			continue;
		}
		for (size_t k = 0; k < sizeof(standard) / sizeof(standard[0]) && !error; k++)
			error = print_row(options, &rules[i], standard[k], world);
	}
	return error;
}

static int print_scatter(const struct options *options, const struct residuals *residuals,
			 double scale)
{
	const struct {
		const char *name;
		double drift;
		bool in_order;
	} rows[] = {
		{ "no drift", 0, false },
		{ "a random walk from run to run", options->drift, false },
		{ "runs in the order of the recording", 0, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world world = { .residuals = residuals,
				       .scale = scale,
				       .drift = rows[i].drift,
				       .in_order = rows[i].in_order };
		int error;

		printf("\n%s of %u runs, scatter %.1f %%; %s", options->column, residuals->count,
		       100 * scale * residuals->deviation, rows[i].name);
		if (rows[i].drift > 0)
			printf(", %g %%", 100 * rows[i].drift);
		printf("\n");
		error = print_world(options, &world);
		if (error)
			return error;
	}
	return 0;
}

static int simulate(const struct options *options, struct error *ret_error)
{
	static struct residuals residuals;
	int error = residuals_read(options->file, options->column, &residuals, ret_error);

	if (error)
		return error;
	printf("%u trials each, seed %llu, least effect %g %%, confidence %g %%\n", options->trials,
	       (unsigned long long)options->seed, 100 * options->least_effect,
	       100 * options->confidence);
	error = print_scatter(options, &residuals, 1);
	if (!error && options->wide > 0)
		error = print_scatter(options, &residuals, options->wide / residuals.deviation);
	return error ? error_set(ret_error, error, "out of memory") : 0;
}

static int parse_share(const char *text, void *ret_value, struct error *ret_error)
{
	char *end;
	double percent = strtod(text, &end);

	if (end == text || strcmp(end, "%") != 0 || !(percent >= 0) || !(percent < 100))
		return error_set(ret_error, -EINVAL,
				 "\"%s\": a share from 0%% to below 100%% is wanted, as 3%%", text);
	*(double *)ret_value = percent / 100;
	return 0;
}

#define SHARE(member)                                                                          \
	.argument = "PERCENT", .type = OPTION_CUSTOM, .at = OPTION_AT(struct options, member), \
	.parse = parse_share

static const struct option_row rows[] = {
	{ .name = "trials",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = OPTION_AT(struct options, trials),
	  .standard = "10000",
	  .min = 1,
	  .help = "comparisons that each figure is made of" },
	{ .name = "seed",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = OPTION_AT(struct options, seed),
	  .standard = "1",
	  .help = "of the random numbers" },
	{ .name = "pairs",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = OPTION_AT(struct options, pairs),
	  .standard = "auto",
	  .min = 1,
	  .max = PAIRS_MAX,
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .help = "pairs of a comparison at most; auto: 12, 20 and 40" },
	{ .name = "effect",
	  SHARE(effect),
	  .standard = "10%",
	  .help = "how much slower the changed side is, and half of it" },
	{ .name = "least-effect",
	  SHARE(least_effect),
	  .standard = "3%",
	  .help = "what is smaller is no change" },
	{ .name = "confidence", SHARE(confidence), .standard = "95%", .help = "of the decision" },
	{ .name = "drift",
	  SHARE(drift),
	  .standard = "1%",
	  .help = "standard deviation of the random walk's steps" },
	{ .name = "wide",
	  SHARE(wide),
	  .standard = "9.2%",
	  .help = "a second part scales the residuals to this scatter; 0%: none" },
	{ .name = "residuals",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = OPTION_AT(struct options, file),
	  .standard = "bench/gate/residuals.txt",
	  .help = "of bench/gate/record" },
	{ .name = "column",
	  .argument = "NAME",
	  .type = OPTION_STRING,
	  .at = OPTION_AT(struct options, column),
	  .standard = "requests_per_s",
	  .help = "which of the file's columns" },
	{ .name = NULL },
};

static const struct option_table table = {
	.summary = "Replay the decision of ringside compare over recorded runs.",
	.rows = rows,
};

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct error error;
	int result = options_parse(&table, argc, argv, &options, &error);

	if (!result)
		result = simulate(&options, &error);
	if (result)
		(void)fprintf(stderr, "simulate: %s\n", error.text);
	options_finish(&table, &options);
	return result ? 2 : EXIT_SUCCESS;
}
