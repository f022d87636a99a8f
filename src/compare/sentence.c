#include "sentence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "value.h"

/* So many metrics are named. */
#define NAMED_MAX 4

/* Append to a sentence, as printf() would. */
#define ADD(sentence, ...) text_append((sentence)->text, sizeof((sentence)->text), __VA_ARGS__)

/* The change from one ratio, as a share of the base. */
static double share_of(double ratio)
{
	return fabs(ratio - 1);
}

static void add_change(struct sentence *sentence, const struct contest *contest)
{
	const struct decision_outcome *outcome = &contest->outcome;
	const struct estimate *ratio = &outcome->ratio;
	bool more = outcome->changed.median > outcome->base.median;

	if (!outcome->known) {
		ADD(sentence, " went from %s to %s",
		    value_text(outcome->base.median, contest->unit).text,
		    value_text(outcome->changed.median, contest->unit).text);
		return;
	}
	more = ratio->median > 1;
	ADD(sentence, " %s by %s", more ? "rose" : "fell",
	    value_percent(share_of(ratio->median)).text);
	if (!outcome->counted)
		ADD(sentence, " (%s to %s)",
		    value_percent(share_of(more ? ratio->low : ratio->high)).text,
		    value_percent(share_of(more ? ratio->high : ratio->low)).text);
}

/* How far away from the base it could be, whatever it was. */
static void add_uncertainty(struct sentence *sentence, const struct contest *contest)
{
	const struct estimate *ratio = &contest->outcome.ratio;

	if (contest->base_count == 0 || contest->changed_count == 0) {
		ADD(sentence, " was not measured of both");
		return;
	}
	if (!contest->outcome.known || !isfinite(ratio->median)) {
		ADD(sentence, " has no ratio, since a value of it is 0");
		return;
	}
	ADD(sentence, " is %.3f to %.3f times the base's, and ", ratio->low, ratio->high);
	if (contest->rule.least_effect > 0)
		ADD(sentence, "a change of %s matters",
		    value_percent(contest->rule.least_effect).text);
	else
		ADD(sentence, "any change matters");
}

static void add_constancy(struct sentence *sentence, const struct contest *contest)
{
	if (contest->rule.least_effect > 0)
		ADD(sentence, " changed by less than %s",
		    value_percent(contest->rule.least_effect).text);
	else
		ADD(sentence, " did not change");
}

struct sentence contest_sentence(const struct contest *contest)
{
	struct sentence sentence = { "" };

	ADD(&sentence, "%s", metric_title(contest->metric));
	switch (contest->outcome.decision) {
	case DECISION_SAME:
		add_constancy(&sentence, contest);
		break;
	case DECISION_IMPROVED:
	case DECISION_REGRESSED:
		add_change(&sentence, contest);
		break;
	default:
		add_uncertainty(&sentence, contest);
	}
	return sentence;
}

/* Is more than one benchmark there, so that each has to be named? */
static bool has_benchmarks(const struct duel *duel)
{
	const struct contest_list *list = &duel->contests;

	for (uint32_t i = 1; i < list->count; i++)
		if (strcmp(list->items[i].benchmark, list->items[0].benchmark) != 0)
			return true;
	return false;
}

/* The metrics with this decision. */
static void add_metrics(struct sentence *sentence, const struct duel *duel, enum decision decision)
{
	uint32_t count = contests_count(&duel->contests, decision), named = 0;
	bool benchmarks = has_benchmarks(duel);

	for (uint32_t i = 0; i < duel->contests.count && named < NAMED_MAX; i++) {
		const struct contest *contest = &duel->contests.items[i];

		if (!contest->rule.judged || contest->outcome.decision != decision)
			continue;
		ADD(sentence, "%s%s", named > 0 ? "; " : "",
		    decision == DECISION_INCONCLUSIVE ? metric_title(contest->metric)
						      : contest_sentence(contest).text);
		if (benchmarks)
			ADD(sentence, " in %.80s", contest->benchmark);
		named++;
	}
	if (count > named)
		ADD(sentence, "; and %u more", count - named);
}

static uint32_t judged_count(const struct duel *duel)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < duel->contests.count; i++)
		count += duel->contests.items[i].rule.judged;
	return count;
}

/* The least effect of those judged, if it is the same for all; NAN: it is not. */
static double common_effect(const struct duel *duel)
{
	double effect = NAN;

	for (uint32_t i = 0; i < duel->contests.count; i++) {
		const struct metric_rule *rule = &duel->contests.items[i].rule;

		if (!rule->judged)
			continue;
		if (effect < rule->least_effect || effect > rule->least_effect)
			return NAN;
		effect = rule->least_effect;
	}
	return effect;
}

static void add_same(struct sentence *sentence, const struct duel *duel)
{
	double effect = common_effect(duel);
	uint32_t count = judged_count(duel);

	ADD(sentence, "%s changed", count == 1 ? "what is judged has not" : "no judged metric has");
	if (effect > 0)
		ADD(sentence, " by %s or more", value_percent(effect).text);
	else if (!isfinite(effect))
		ADD(sentence, " by as much as matters");
}

struct sentence duel_sentence(const struct duel *duel)
{
	static const char *const begins[DECISION_COUNT] = {
		[DECISION_SAME] = "The same: ",
		[DECISION_IMPROVED] = "Improved: ",
		[DECISION_REGRESSED] = "Regressed: ",
		[DECISION_INCONCLUSIVE] = "It cannot be told whether these changed: ",
	};
	struct sentence sentence = { "" };

	ADD(&sentence, "%s", begins[duel->verdict]);
	if (duel->verdict == DECISION_SAME)
		add_same(&sentence, duel);
	else
		add_metrics(&sentence, duel, duel->verdict);
	if (duel->verdict == DECISION_INCONCLUSIVE)
		ADD(&sentence, ", for so few or so noisy runs");
	ADD(&sentence, ".");
	return sentence;
}

struct sentence duel_method(const struct duel *duel)
{
	const struct compare_options *options = duel->options;
	struct sentence sentence = { "" };

	if (duel->origin == DUEL_FILES)
		ADD(&sentence, "two results, measured apart");
	else if (duel->origin == DUEL_SERIES)
		ADD(&sentence, "two series of one experiment, paired by its %u round%s",
		    duel->pairs, duel->pairs == 1 ? "" : "s");
	else
		ADD(&sentence,
		    "%u pair%s of runs in turns (ABBA) after %u of warm-up, order by seed %llu",
		    duel->pairs, duel->pairs == 1 ? "" : "s", options->warm_up_pairs,
		    (unsigned long long)duel->seed);
	for (uint32_t i = 0; i < duel->look_count; i++)
		ADD(&sentence, "%s%u", i == 0 ? ", looked at after " : " and ", duel->looks[i]);
	ADD(&sentence, "; %g %% sure of all verdicts together", 100 * options->confidence);
	return sentence;
}

static void add_source(struct sentence *sentence, const char *base, const char *changed)
{
	base = base ? base : "unknown";
	changed = changed ? changed : "unknown";
	if (strcmp(base, changed) == 0)
		ADD(sentence, "%s", base);
	else
		ADD(sentence, "%s and %s", base, changed);
}

struct sentence duel_source(const struct duel *duel)
{
	struct sentence sentence = { "" };

	if (duel->origin == DUEL_PAIRS && !duel->prints) {
		ADD(&sentence, "the commands themselves: time, CPU time and memory of each run");
		return sentence;
	}
	ADD(&sentence, "%s", duel->origin == DUEL_PAIRS ? "results that the commands print: " : "");
	add_source(&sentence, duel->base.set.source, duel->changed.set.source);
	return sentence;
}

struct sentence contest_counts(const struct contest *contest)
{
	struct sentence sentence = { "" };

	ADD(&sentence, "%u", contest->base_count);
	if (contest->changed_count != contest->base_count)
		ADD(&sentence, "+%u", contest->changed_count);
	return sentence;
}

struct sentence contest_verdict(const struct contest *contest)
{
	enum decision decision = contest->outcome.decision;
	const char *word = decision == DECISION_SAME ? "~" : decision_names[decision];
	struct sentence sentence = { "" };

	ADD(&sentence, contest->rule.judged ? "%s" : "(%s)", word);
	return sentence;
}
