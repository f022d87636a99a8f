#include "find/judge.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "measure/threshold.h"
#include "measure/verdict.h"
#include "output/document.h"

/* Requests that may be missing at the end of a window. */
#define MISSING_MAX 1.5

const char *const limit_names[] = {
	[LIMIT_NONE] = "none",
	[LIMIT_GENERATOR] = "generator",
	[LIMIT_RATE] = "rate",
	[LIMIT_OBJECTIVE] = "objective",
};

/* "p(99)<1ms was 1.40 ms" */
static void broken_add(const json_t *outcome, struct judgement *judgement)
{
	const char *expression = member_string(outcome, "expression");
	struct threshold threshold;
	char text[32] = "unknown";
	double actual;

	if (!expression || threshold_parse(expression, &threshold, NULL) < 0)
		return;
	if (member_number(outcome, "actual", &actual))
		threshold_show(&threshold, actual, text, sizeof(text));
	text_append(judgement->reason, sizeof(judgement->reason), "%s%s was %s",
		    judgement->reason[0] ? ", " : "", expression, text);
}

static bool is_of(const char *expression, const char *metric)
{
	return strncmp(expression + strspn(expression, " "), metric, strlen(metric)) == 0;
}

/* Is an objective broken whatever the generator did? No answer is later by more than the most that
 * a request was, as long as there was time to take it; no connection breaks by lateness; and what
 * the generator loses, its sockets count. */
static bool is_broken_anyway(const json_t *load, const json_t *outcome)
{
	const char *expression = member_string(outcome, "expression");
	struct threshold threshold;
	double actual, late_ns;

	if (!expression || threshold_parse(expression, &threshold, NULL) < 0)
		return false;
	if (is_of(expression, "errors"))
		return true;
	if (is_of(expression, "loss"))
		return member_count(load, "kernel_drops/client") == 0;
	return member_count(load, "verdict/evidence/generator_busy_share") < VERDICT_BUSY_SHARE &&
	       strchr(expression, '<') && member_number(outcome, "actual", &actual) &&
	       member_number(load, "timer_error_ns/max", &late_ns) &&
	       actual - late_ns > threshold.value;
}

/* What is known of the objectives that were broken. */
struct broken {
	uint32_t count;
	bool anyway; /* one of them, whatever the generator did */
};

static struct broken objectives_check(const json_t *load, struct judgement *judgement)
{
	struct broken broken = { 0 };
	const json_t *outcome;
	size_t i;

	json_array_foreach (json_object_get(load, "thresholds"), i, outcome) {
		if (json_is_true(json_object_get(outcome, "kept")))
			continue;
		broken_add(outcome, judgement);
		broken.count++;
		broken.anyway = broken.anyway || is_broken_anyway(load, outcome);
	}
	return broken;
}

static bool generator_was_bottleneck(const json_t *load)
{
	const char *bottleneck = member_string(load, "verdict/bottleneck");

	return bottleneck && strcmp(bottleneck, bottleneck_names[BOTTLENECK_GENERATOR]) == 0;
}

/* Where few are due, one that fell over the edge of the window is more than the share that may be
 * missing. */
static bool rate_was_held(const json_t *load)
{
	double wanted = member_count(load, "verdict/evidence/rate_wanted_per_s");
	double sent = member_count(load, "verdict/evidence/rate_sent_per_s");
	double missing = (wanted - sent) * member_count(load, "duration_ns") / NS_PER_S;

	return json_is_true(member(load, "verdict/rate_held")) ||
	       (missing <= MISSING_MAX && member_count(load, "verdict/evidence/skipped") == 0);
}

void judge(const json_t *load, struct judgement *ret_judgement)
{
	const char *reason = member_string(load, "verdict/reason");
	struct judgement judgement = { 0 };
	bool held = rate_was_held(load);
	struct broken broken = objectives_check(load, &judgement);

	if (held && broken.count == 0)
		judgement.limit = LIMIT_NONE;
	else if (generator_was_bottleneck(load))
		judgement.limit = broken.anyway ? LIMIT_OBJECTIVE : LIMIT_GENERATOR;
	else
		judgement.limit = held ? LIMIT_OBJECTIVE : LIMIT_RATE;
	if (judgement.limit == LIMIT_GENERATOR || judgement.limit == LIMIT_RATE)
		(void)snprintf(judgement.reason, sizeof(judgement.reason), "%s",
			       reason ? reason : "");
	*ret_judgement = judgement;
}
