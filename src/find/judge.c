#include "find/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "measure/threshold.h"
#include "measure/verdict.h"
#include "output/document.h"

const char *const limit_names[] = {
	[LIMIT_NONE] = "none",
	[LIMIT_GENERATOR] = "generator",
	[LIMIT_RATE] = "rate",
	[LIMIT_OBJECTIVE] = "objective",
};

__attribute__((format(printf, 2, 3))) static void add(struct judgement *judgement,
						      const char *format, ...)
{
	size_t used = strlen(judgement->reason);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(judgement->reason + used, sizeof(judgement->reason) - used, format,
			arguments);
	va_end(arguments);
}

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
	add(judgement, "%s%s was %s", judgement->reason[0] ? ", " : "", expression, text);
}

static bool objectives_are_kept(const json_t *load, struct judgement *judgement)
{
	const json_t *outcome;
	bool kept = true;
	size_t i;

	json_array_foreach (json_object_get(load, "thresholds"), i, outcome) {
		if (json_is_true(json_object_get(outcome, "kept")))
			continue;
		broken_add(outcome, judgement);
		kept = false;
	}
	return kept;
}

static bool generator_was_bottleneck(const json_t *load)
{
	const char *bottleneck = member_string(load, "verdict/bottleneck");

	return bottleneck && strcmp(bottleneck, bottleneck_names[BOTTLENECK_GENERATOR]) == 0;
}

void judge(const json_t *load, struct judgement *ret_judgement)
{
	const char *reason = member_string(load, "verdict/reason");
	struct judgement judgement = { .limit = LIMIT_NONE };
	bool held = json_is_true(member(load, "verdict/rate_held"));
	bool kept = objectives_are_kept(load, &judgement);

	if ((!held || !kept) && generator_was_bottleneck(load))
		judgement.limit = LIMIT_GENERATOR;
	else if (!held)
		judgement.limit = LIMIT_RATE;
	else if (!kept)
		judgement.limit = LIMIT_OBJECTIVE;
	if (judgement.limit == LIMIT_GENERATOR || judgement.limit == LIMIT_RATE)
		(void)snprintf(judgement.reason, sizeof(judgement.reason), "%s",
			       reason ? reason : "");
	*ret_judgement = judgement;
}
