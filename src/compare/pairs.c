#include "pairs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "experiment/interrupt.h"
#include "experiment/order.h"
#include "experiment/progress.h"
#include "run.h"

/* Streams of the order: warm-up pairs take nothing from those that are measured. */
enum stream { STREAM_MEASURED, STREAM_WARM_UP };

/* The pairs while they are run. */
struct pairs {
	struct duel *duel;
	struct decision_plan plan;
	uint64_t started_ns, measured_since_ns;
	bool begun; /* has any run been made? Then duel->prints tells of what kind it was. */
};

static struct run_plan run_plan_of(const struct duel *duel, const struct side *side, uint32_t pair)
{
	return (struct run_plan){
		.command = side->name,
		.side = side->word,
		.pair = pair,
		.timeout_ns = duel->options->timeout_ns,
		.measure = duel->options->measure,
	};
}

static const char *option_of(const struct duel *duel, const struct side *side)
{
	return side == &duel->base ? "--a" : "--b";
}

static int run_failed(const struct duel *duel, const struct side *side, uint32_t pair, int error,
		      const struct error *reason, struct error *ret_error)
{
	char which[32] = "warm-up";

	if (pair > 0)
		(void)snprintf(which, sizeof(which), "pair %u", pair);
	return error_set(ret_error, error, "%s, %s: %s", option_of(duel, side), which,
			 reason->text);
}

/* One that prints a result cannot be compared with one that does not. */
static int check_kind(struct pairs *pairs, const struct side *side, bool prints,
		      const struct error *no_result, struct error *ret_error)
{
	struct duel *duel = pairs->duel;

	if (!pairs->begun) {
		pairs->begun = true;
		duel->prints = prints;
		/* It was meant to be one, or so it looks. */
		if (!prints && strstr(no_result->text, "JSON"))
			return duel_warn(duel, "%s prints no result, so its time is measured: %s",
					 option_of(duel, side), no_result->text);
		return 0;
	}
	if (prints == duel->prints)
		return 0;
	return error_set(ret_error, -EINVAL,
			 "%s prints %s, unlike the run before; --measure command measures the "
			 "commands themselves%s%s",
			 option_of(duel, side), prints ? "a result" : "no result",
			 prints ? "" : ": ", prints ? "" : no_result->text);
}

static int run_side(struct pairs *pairs, struct side *side, uint32_t pair, struct error *ret_error)
{
	struct duel *duel = pairs->duel;
	const struct run_plan plan = run_plan_of(duel, side, pair);
	struct error no_result = { "" }, reason = { "" };
	struct sample_set set = { 0 };
	bool prints = false;
	int error = run_make(&plan, &set, &prints, &no_result, &reason);

	if (error)
		return run_failed(duel, side, pair, error, &reason, ret_error);
	error = check_kind(pairs, side, prints, &no_result, ret_error);
	if (!error && pair > 0 && side_add(side, &set, pair - 1) != 0)
		error = error_set(ret_error, -ENOMEM, "out of memory");
	sample_set_finish(&set);
	return error;
}

static int run_pair(struct pairs *pairs, enum stream stream, uint32_t round,
		    struct error *ret_error)
{
	struct duel *duel = pairs->duel;
	struct side *sides[] = { &duel->base, &duel->changed };
	uint32_t order[2];
	int error = 0;

	order_fill(duel->seed, stream, round, 2, order);
	for (uint32_t i = 0; i < 2 && !error; i++)
		error = run_side(pairs, sides[order[i]], stream == STREAM_MEASURED ? round + 1 : 0,
				 ret_error);
	return error;
}

static int warm_up(struct pairs *pairs, struct error *ret_error)
{
	uint32_t count = pairs->duel->options->warm_up_pairs;
	int error = 0;

	for (uint32_t i = 0; i < count && !error; i++) {
		progress_say("warm-up pair %u of %u", i + 1, count);
		error = run_pair(pairs, STREAM_WARM_UP, i, ret_error);
	}
	return error;
}

/* Would another pair, as long as those before, be over in time? */
static bool has_time(const struct pairs *pairs)
{
	const struct duel *duel = pairs->duel;
	uint64_t budget_ns = duel->options->budget_ns, now_ns = clock_now_ns();

	if (budget_ns == 0 || duel->pairs == 0)
		return true;
	return now_ns - pairs->started_ns + (now_ns - pairs->measured_since_ns) / duel->pairs <=
	       budget_ns;
}

/* Up to count pairs, if time and signals let it. */
static int run_pairs(struct pairs *pairs, uint32_t count, struct error *ret_error)
{
	struct duel *duel = pairs->duel;
	int error;

	while (duel->pairs < count) {
		if (!has_time(pairs)) {
			duel->out_of_time = true;
			return 0;
		}
		progress_say("pair %u of %u", duel->pairs + 1, count);
		error = run_pair(pairs, STREAM_MEASURED, duel->pairs, ret_error);
		if (error == -EINTR && duel->pairs > 0) {
			duel->signal = interrupt_signal();
			return 0;
		}
		if (error)
			return error;
		duel->pairs++;
		/* What cannot be judged is not measured for long. */
		if (duel->pairs == 1 && duel_check(duel, ret_error) != 0)
			return -EINVAL;
	}
	return 0;
}

/* Decide on the pairs that there are. One that ends for lack of time, and not for what it saw,
 * makes this its last look. */
static int look(struct pairs *pairs, struct error *ret_error)
{
	struct duel *duel = pairs->duel;
	int error;

	if (duel->out_of_time || duel->signal)
		decision_plan_end(&pairs->plan, duel->pairs);
	error = duel_decide(duel, &pairs->plan, ret_error);
	duel->looks[duel->look_count++] = duel->pairs;
	return error;
}

static bool is_decided(const struct duel *duel)
{
	return contests_count(&duel->contests, DECISION_INCONCLUSIVE) == 0;
}

static int run_and_look(struct pairs *pairs, struct error *ret_error)
{
	struct duel *duel = pairs->duel;
	int error = 0;

	for (uint32_t i = 0; i < pairs->plan.look_count && !error; i++) {
		uint32_t before = duel->pairs;

		error = run_pairs(pairs, pairs->plan.looks[i], ret_error);
		/* What was seen already is not looked at again. */
		if (!error && duel->pairs > before)
			error = look(pairs, ret_error);
		if (duel->out_of_time || duel->signal || (!error && is_decided(duel)))
			break;
	}
	return error;
}

int pairs_measure(struct duel *duel, struct error *ret_error)
{
	const struct compare_options *options = duel->options;
	struct pairs pairs = { .duel = duel, .started_ns = clock_now_ns() };
	int error;

	duel->seed = options->seed;
	duel->base.name = options->a;
	duel->changed.name = options->b;
	compare_options_plan(options, &pairs.plan);
	error = warm_up(&pairs, ret_error);
	pairs.measured_since_ns = clock_now_ns();
	if (!error)
		error = run_and_look(&pairs, ret_error);
	progress_end();
	duel->elapsed_ns = clock_now_ns() - pairs.started_ns;
	return error;
}
