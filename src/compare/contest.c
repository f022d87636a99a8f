#include "contest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "measure/sign_test.h"
#include "names.h"

/* Runs of a side that are no pairs: each of base is set against each of new. */
#define RUNS_APART_MAX 4000

static int no_memory(struct error *ret_error)
{
	return error_set(ret_error, -ENOMEM, "out of memory");
}

static void benchmarks_name(const struct sample_set *set, const struct sample_set *except,
			    char *names, size_t size)
{
	names[0] = '\0';
	for (int64_t i = -1; (i = side_benchmark_next(set, i)) < set->count;) {
		const char *name = set->items[i].benchmark;
		bool known = false;

		for (uint32_t j = 0; except && j < except->count; j++)
			known = known || strcmp(except->items[j].benchmark, name) == 0;
		if (!known)
			names_add(name, names, size);
	}
}

static int warn_of_others(const struct side *side, const struct side *other, json_t *warnings)
{
	char names[NAMES_MAX];

	benchmarks_name(&side->set, &other->set, names, sizeof(names));
	if (!names[0])
		return 0;
	return json_append(warnings, json_sprintf("only %s has, and nothing is said of: %s",
						  side->word, names));
}

static int append(struct contest_list *list, const struct contest *contest)
{
	struct contest *items = reallocarray(list->items, list->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count++] = *contest;
	return 0;
}

static double value_at(const struct sample *sample, uint32_t place)
{
	return place < sample->count ? sample->values[place] : (double)NAN;
}

/* What both have of the same pair. */
static void fill_pairs(const struct sample *base, const struct sample *changed,
		       struct contest *contest)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < base->count; i++) {
		if (!isfinite(base->values[i]) || !isfinite(value_at(changed, i)))
			continue;
		contest->base[count] = base->values[i];
		contest->changed[count++] = changed->values[i];
	}
	contest->base_count = contest->changed_count = count;
}

static uint32_t fill(const struct sample *sample, double *values)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < sample->count; i++)
		if (isfinite(sample->values[i]))
			values[count++] = sample->values[i];
	return count;
}

static int contest_make(const struct sample *base, const struct sample *changed, bool paired,
			const struct metric_rule *rule, struct contest_list *list)
{
	struct contest contest = {
		.base_benchmark = base->benchmark,
		.benchmark = changed->benchmark,
		.metric = base->metric,
		.unit = base->unit,
		.rule = *rule,
		.base = calloc(base->count + 1, sizeof(double)),
		.changed = calloc(changed->count + base->count + 1, sizeof(double)),
	};

	if (contest.base && contest.changed && append(list, &contest) == 0) {
		struct contest *made = &list->items[list->count - 1];

		if (paired) {
			fill_pairs(base, changed, made);
		} else {
			made->base_count = fill(base, made->base);
			made->changed_count = fill(changed, made->changed);
		}
		return 0;
	}
	free(contest.base);
	free(contest.changed);
	return -ENOMEM;
}

/* What is compared, and by which rules. */
struct matching {
	const struct side *base, *changed;
	bool paired;
	const struct metric_wish_list *wishes;
	double least_effect;
};

/* Seconds by milliseconds is no ratio. */
static int check_alike(const struct sample *base, const struct sample *changed,
		       struct error *ret_error)
{
	if (strcmp(base->unit, changed->unit) != 0)
		return error_set(ret_error, -EINVAL,
				 "%s of %s is in '%s' in base, and in '%s' in new", base->metric,
				 base->benchmark, base->unit, changed->unit);
	if (base->more_is_better != changed->more_is_better)
		return error_set(ret_error, -EINVAL,
				 "base and new do not agree on whether more %s is better",
				 base->metric);
	return 0;
}

static int match_samples(const struct matching *matching, const struct sample *base,
			 const struct sample *changed, struct contest_list *list,
			 struct error *ret_error)
{
	struct metric_rule rule = metric_rule_of(base, changed, matching->wishes,
						 matching->least_effect);

	if (check_alike(base, changed, ret_error) != 0)
		return -EINVAL;
	return contest_make(base, changed, matching->paired, &rule, list) == 0
		       ? 0
		       : no_memory(ret_error);
}

static int match_benchmarks(const struct matching *matching, const char *base, const char *changed,
			    struct contest_list *list, uint32_t *matched, struct error *ret_error)
{
	const struct sample_set *set = &matching->base->set;
	int error = 0;

	*matched += 1;
	for (uint32_t i = 0; i < set->count && !error; i++) {
		const struct sample *mine = &set->items[i], *other;

		if (strcmp(mine->benchmark, base) != 0)
			continue;
		other = sample_set_find(&matching->changed->set, changed, mine->metric);
		if (other)
			error = match_samples(matching, mine, other, list, ret_error);
	}
	return error;
}

static bool has_benchmark(const struct sample_set *set, const char *name)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (strcmp(set->items[i].benchmark, name) == 0)
			return true;
	return false;
}

static int match(const struct matching *matching, struct contest_list *list, uint32_t *matched,
		 struct error *ret_error)
{
	const struct sample_set *base = &matching->base->set, *changed = &matching->changed->set;
	int error = 0;

	if (side_benchmark_count(base) == 1 && side_benchmark_count(changed) == 1)
		return match_benchmarks(matching, base->items[0].benchmark,
					changed->items[0].benchmark, list, matched, ret_error);
	for (int64_t i = -1; (i = side_benchmark_next(base, i)) < base->count && !error;) {
		const char *name = base->items[i].benchmark;

		if (has_benchmark(changed, name))
			error = match_benchmarks(matching, name, name, list, matched, ret_error);
	}
	return error;
}

static int nothing_in_common(const struct matching *matching, struct error *ret_error)
{
	char base[NAMES_MAX / 2], changed[NAMES_MAX / 2];

	benchmarks_name(&matching->base->set, NULL, base, sizeof(base));
	benchmarks_name(&matching->changed->set, NULL, changed, sizeof(changed));
	return error_set(ret_error, -EINVAL,
			 "base and new have no benchmark in common: base has %s, new has %s", base,
			 changed);
}

static bool is_met(const struct metric_wish *wish, const struct contest_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (metric_is_meant(wish, list->items[i].metric))
			return true;
	return false;
}

static int wish_unmet(const struct metric_wish *wish, const struct contest_list *list,
		      struct error *ret_error)
{
	struct text_guess guess = { .word = wish->name };
	char names[NAMES_MAX] = "";

	for (uint32_t i = 0; i < list->count; i++) {
		const char *word = metric_word(list->items[i].metric);
		bool again = false;

		for (uint32_t j = 0; j < i; j++)
			again = again || strcmp(list->items[j].metric, list->items[i].metric) == 0;
		if (!again)
			names_add(word, names, sizeof(names));
		text_guess_offer(&guess, word);
	}
	return error_set(ret_error, -EINVAL, "--metric: base and new have no '%s'%s%s%s %s",
			 wish->name, guess.best ? "; did you mean '" : "",
			 guess.best ? guess.best : "", guess.best ? "'? They have" : "; they have",
			 names);
}

static int check(const struct matching *matching, const struct contest_list *list,
		 struct error *ret_error)
{
	for (uint32_t i = 0; i < matching->wishes->count; i++)
		if (!is_met(&matching->wishes->items[i], list))
			return wish_unmet(&matching->wishes->items[i], list, ret_error);
	for (uint32_t i = 0; i < list->count; i++)
		if (list->items[i].rule.judged)
			return 0;
	return error_set(
		ret_error, -EINVAL,
		"base and new have no metric in common that is judged; --metric names one");
}

int contests_make(const struct side *base, const struct side *changed, bool paired,
		  const struct metric_wish_list *wishes, double least_effect, json_t *warnings,
		  struct contest_list *ret_list, struct error *ret_error)
{
	const struct matching matching = { base, changed, paired, wishes, least_effect };
	uint32_t matched = 0;
	int error;

	*ret_list = (struct contest_list){ 0 };
	error = match(&matching, ret_list, &matched, ret_error);
	if (error)
		return error;
	if (matched == 0)
		return nothing_in_common(&matching, ret_error);
	if (matched > 1 || side_benchmark_count(&base->set) > 1 ||
	    side_benchmark_count(&changed->set) > 1) {
		error |= warn_of_others(base, changed, warnings);
		error |= warn_of_others(changed, base, warnings);
	}
	return error ? no_memory(ret_error) : check(&matching, ret_list, ret_error);
}

void contests_finish(struct contest_list *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		free(list->items[i].base);
		free(list->items[i].changed);
	}
	free(list->items);
	*list = (struct contest_list){ 0 };
}

static struct decision_case case_of(const struct contest *contest, bool paired)
{
	return (struct decision_case){
		.base = contest->base,
		.changed = contest->changed,
		.base_count = contest->base_count,
		.changed_count = contest->changed_count,
		.paired = paired,
		.more_is_better = contest->rule.more_is_better,
		.exact = contest->rule.exact,
		.judged = contest->rule.judged,
		.least_effect = contest->rule.least_effect,
	};
}

/* What grows with the square of the runs is not begun. */
static int check_counts(const struct contest_list *list, bool paired, struct error *ret_error)
{
	uint32_t most = paired ? SIGN_TEST_PAIRS_MAX : RUNS_APART_MAX;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct contest *contest = &list->items[i];

		if (contest->base_count > most || contest->changed_count > most)
			return error_set(ret_error, -E2BIG,
					 "%s has %u and %u runs, and at most %u of each can be "
					 "compared",
					 contest->benchmark, contest->base_count,
					 contest->changed_count, most);
	}
	return 0;
}

int contests_decide(struct contest_list *list, bool paired, const struct decision_plan *plan,
		    struct error *ret_error)
{
	struct decision_case *cases;
	struct decision_outcome *outcomes;
	int error = check_counts(list, paired, ret_error);

	if (error)
		return error;
	cases = calloc(list->count, sizeof(*cases));
	outcomes = calloc(list->count, sizeof(*outcomes));
	error = cases && outcomes ? 0 : -ENOMEM;
	for (uint32_t i = 0; i < list->count && !error; i++)
		cases[i] = case_of(&list->items[i], paired);
	if (!error)
		error = decision_make(cases, list->count, plan, outcomes);
	for (uint32_t i = 0; i < list->count && !error; i++)
		list->items[i].outcome = outcomes[i];
	free(cases);
	free(outcomes);
	return error ? error_set(ret_error, error, "cannot decide: %s", strerror(-error)) : 0;
}

uint32_t contests_count(const struct contest_list *list, enum decision decision)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < list->count; i++)
		count += list->items[i].rule.judged && list->items[i].outcome.decision == decision;
	return count;
}

enum decision contests_verdict(const struct contest_list *list)
{
	static const enum decision order[] = {
		DECISION_REGRESSED,
		DECISION_INCONCLUSIVE,
		DECISION_IMPROVED,
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (contests_count(list, order[i]) > 0)
			return order[i];
	return DECISION_SAME;
}
