#include "measure/decision.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/contrast.h"
#include "measure/mann_whitney.h"

const char *const decision_names[DECISION_COUNT] = {
	[DECISION_SAME] = "same",
	[DECISION_IMPROVED] = "improved",
	[DECISION_REGRESSED] = "regressed",
	[DECISION_INCONCLUSIVE] = "inconclusive",
};

/* A metric under decision. */
struct metric {
	const struct decision_case *given;
	struct decision_outcome *outcome;
	struct contrast contrast; /* if there is a ratio to be tested */
	bool open;		  /* is a change still to be looked for? */
};

static const struct estimate unknown = { .median = NAN, .low = NAN, .high = NAN };

static int side_estimate(const double *values, uint32_t count, double confidence,
			 struct estimate *ret_estimate)
{
	double *copy;

	*ret_estimate = unknown;
	if (count == 0)
		return 0;
	copy = calloc(count, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, values, count * sizeof(*copy));
	(void)statistics_estimate(copy, count, confidence, ret_estimate);
	free(copy);
	return 0;
}

static bool all_are(const double *values, uint32_t count, double value)
{
	for (uint32_t i = 0; i < count; i++)
		if (values[i] < value || values[i] > value || isnan(values[i]))
			return false;
	return count > 0;
}

/* Does no run of a side differ from another one of it, because it counts, or because there is
 * nothing (as there are no lost requests)? */
static bool needs_no_test(const struct decision_case *given)
{
	if (given->base_count == 0 || given->changed_count == 0)
		return false;
	if (!given->exact && (fabs(given->base[0]) > 0 || fabs(given->changed[0]) > 0))
		return false;
	return all_are(given->base, given->base_count, given->base[0]) &&
	       all_are(given->changed, given->changed_count, given->changed[0]);
}

static enum decision direction(const struct decision_case *given, bool more)
{
	return more == given->more_is_better ? DECISION_IMPROVED : DECISION_REGRESSED;
}

static bool is_within(const struct estimate *shift, double limit)
{
	return shift->low >= -limit && shift->high <= limit;
}

static bool is_beyond(const struct estimate *shift, double limit)
{
	return shift->low > limit || shift->high < -limit;
}

static struct estimate ratio_of(const struct estimate *shift)
{
	return (struct estimate){
		.median = exp(shift->median),
		.low = exp(shift->low),
		.high = exp(shift->high),
		.coverage = shift->coverage,
	};
}

/* Two numbers without noise. Something against nothing has no ratio, and is a change. */
static void count_up(const struct decision_case *given, struct decision_outcome *outcome)
{
	double base = given->base[0], changed = given->changed[0];
	double limit = log1p(given->least_effect);
	double shift = log(changed) - log(base);

	outcome->counted = true;
	if (base > 0 && changed > 0 && isfinite(shift)) {
		outcome->known = true;
		outcome->ratio = (struct estimate){
			.median = changed / base,
			.low = changed / base,
			.high = changed / base,
			.coverage = 1,
		};
		outcome->decision = fabs(shift) <= limit ? DECISION_SAME
							 : direction(given, shift > 0);
	} else if (base < changed || base > changed) {
		outcome->decision = direction(given, changed > base);
	} else {
		outcome->decision = DECISION_SAME;
	}
}

/* What does not depend on the other metrics. */
static int metric_init(const struct decision_case *given, const struct decision_plan *plan,
		       uint32_t divisor_max, struct decision_outcome *outcome,
		       struct metric *ret_metric)
{
	int error;

	*ret_metric = (struct metric){ .given = given, .outcome = outcome };
	*outcome = (struct decision_outcome){
		.decision = DECISION_INCONCLUSIVE,
		.ratio = unknown,
		.p = NAN,
		.level = NAN,
		.detectable = NAN,
	};
	error = side_estimate(given->base, given->base_count, plan->confidence, &outcome->base);
	if (!error)
		error = side_estimate(given->changed, given->changed_count, plan->confidence,
				      &outcome->changed);
	if (!error)
		error = mann_whitney_two_sided(given->changed, given->changed_count, given->base,
					       given->base_count, &outcome->mann_whitney_p);
	if (error)
		return error;
	if (needs_no_test(given)) {
		count_up(given, outcome);
		return 0;
	}
	error = contrast_init(given, plan, divisor_max, &ret_metric->contrast);
	if (error == -EDOM)
		return 0;
	if (!error)
		outcome->known = ret_metric->open = true;
	return error;
}

/* Is it changed, even where divisor metrics share the error? */
static int find_change(struct metric *metric, uint32_t divisor, bool *ret_found)
{
	struct decision_outcome *outcome = metric->outcome;
	struct estimate shift;
	bool sure;
	int error = contrast_interval(&metric->contrast, divisor, &shift, &sure);

	if (error)
		return error;
	outcome->ratio = ratio_of(&shift);
	if (!sure || !is_beyond(&shift, metric->contrast.limit))
		return 0;
	outcome->decision = direction(metric->given, shift.low > 0);
	metric->open = false;
	*ret_found = true;
	return 0;
}

/* Holm's steps: what is changed although all that are left share the error leaves more of it to
 * the others. Gives by how many it is shared in the end. */
static int find_changes(struct metric *metrics, uint32_t count, uint32_t judged,
			uint32_t *ret_divisor)
{
	uint32_t found;

	do {
		found = 0;
		for (uint32_t i = 0; i < count; i++) {
			bool changed = false;
			int error;

			if (!metrics[i].open || !metrics[i].given->judged)
				continue;
			error = find_change(&metrics[i], judged, &changed);
			if (!error && changed)
				error = contrast_level(&metrics[i].contrast, judged,
						       &metrics[i].outcome->level);
			if (error)
				return error;
			found += changed;
		}
		judged -= found;
	} while (found > 0 && judged > 0);
	*ret_divisor = judged;
	return 0;
}

/* To take a change for none is an error of its metric alone, not shared with others. */
static int find_same(struct metric *metric)
{
	struct estimate shift;
	bool sure;
	int error = contrast_interval(&metric->contrast, 1, &shift, &sure);

	if (!error && sure && is_within(&shift, metric->contrast.limit)) {
		metric->outcome->ratio = ratio_of(&shift);
		metric->outcome->decision = DECISION_SAME;
	}
	return error;
}

/* What beside the verdict is said of a metric that was tested. divisor: of those that are open. */
static int metric_settle(struct metric *metric, const struct decision_plan *plan, uint32_t divisor)
{
	struct decision_outcome *outcome = metric->outcome;
	bool changed = false;
	int error = contrast_p(&metric->contrast, &outcome->p);

	if (!error && !metric->given->judged) {
		divisor = 1;
		error = find_change(metric, divisor, &changed);
	}
	if (!error && (metric->open || changed))
		error = contrast_level(&metric->contrast, divisor, &outcome->level);
	if (!error && metric->open)
		error = find_same(metric);
	if (!error)
		error = contrast_detectable(&metric->contrast, plan, &outcome->detectable);
	return error;
}

static int decide(struct metric *metrics, uint32_t count, const struct decision_plan *plan)
{
	uint32_t judged = 0, divisor;
	int error;

	for (uint32_t i = 0; i < count; i++)
		judged += metrics[i].open && metrics[i].given->judged;
	error = find_changes(metrics, count, judged, &divisor);
	for (uint32_t i = 0; i < count && !error; i++)
		if (metrics[i].outcome->known && !metrics[i].outcome->counted)
			error = metric_settle(&metrics[i], plan, divisor);
	return error;
}

int decision_make(const struct decision_case *cases, uint32_t count,
		  const struct decision_plan *plan, struct decision_outcome *ret_outcomes)
{
	struct metric *metrics = calloc(count > 0 ? count : 1, sizeof(*metrics));
	uint32_t judged = 0;
	int error = metrics ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < count; i++)
		judged += cases[i].judged;
	for (uint32_t i = 0; i < count && !error; i++)
		error = metric_init(&cases[i], plan, judged > 0 ? judged : 1, &ret_outcomes[i],
				    &metrics[i]);
	if (!error)
		error = decide(metrics, count, plan);
	for (uint32_t i = 0; i < count && metrics; i++)
		contrast_finish(&metrics[i].contrast);
	free(metrics);
	return error;
}
