/*
 * JUnit XML: a suite for each benchmark, a test for each judged metric of it. One that regressed
 * failed; one that cannot be told is an error, or skipped where --inconclusive=pass.
 */
#include <string.h>

#include "base/character.h"
#include "duel.h"
#include "formats.h"
#include "sentence.h"

/* XML 1.0 has no control characters but three, and nothing that is no UTF-8. */
static void text_print(const char *text, FILE *file)
{
	size_t length = strlen(text), step;

	for (size_t at = 0; at < length; at += step) {
		step = character_shown((const uint8_t *)text + at, length - at);
		if (strchr("&<>\"\t\n\r", text[at]))
			(void)fprintf(file, "&#%d;", text[at]);
		else if (step > 0)
			(void)fwrite(text + at, 1, step, file);
		else
			(void)fputc('?', file);
		step = step > 0 ? step : 1;
	}
}

static void attribute_print(const char *name, const char *value, FILE *file)
{
	(void)fprintf(file, " %s=\"", name);
	text_print(value, file);
	(void)fputc('"', file);
}

/* NULL: it passed. */
static const char *problem_of(const struct contest *contest, bool pass)
{
	if (contest->outcome.decision == DECISION_REGRESSED)
		return "failure";
	if (contest->outcome.decision == DECISION_INCONCLUSIVE)
		return pass ? "skipped" : "error";
	return NULL;
}

static bool passes(const struct duel *duel)
{
	return duel->options->inconclusive == INCONCLUSIVE_PASS;
}

static void case_print(const struct duel *duel, const struct contest *contest, FILE *file)
{
	const char *problem = problem_of(contest, passes(duel));
	struct sentence reason = contest_sentence(contest);

	(void)fputs("    <testcase", file);
	attribute_print("classname", contest->benchmark, file);
	attribute_print("name", metric_title(contest->metric), file);
	(void)fputs(" time=\"0\">\n", file);
	if (problem) {
		(void)fprintf(file, "      <%s", problem);
		attribute_print("message", reason.text, file);
		if (strcmp(problem, "skipped") != 0)
			attribute_print("type", decision_names[contest->outcome.decision], file);
		(void)fputs("/>\n", file);
	}
	(void)fputs("    </testcase>\n", file);
}

/* Does it belong into the suite? NULL: into any. */
static bool belongs(const struct contest *contest, const char *benchmark)
{
	return contest->rule.judged && (!benchmark || strcmp(contest->benchmark, benchmark) == 0);
}

static void counts_print(const struct duel *duel, const char *benchmark, FILE *file)
{
	const struct contest_list *list = &duel->contests;
	uint32_t tests = 0, regressed = 0, untold = 0;
	bool pass = passes(duel);

	for (uint32_t i = 0; i < list->count; i++) {
		const struct contest *contest = &list->items[i];

		if (!belongs(contest, benchmark))
			continue;
		tests++;
		regressed += contest->outcome.decision == DECISION_REGRESSED;
		untold += contest->outcome.decision == DECISION_INCONCLUSIVE;
	}
	(void)fprintf(file, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"", tests,
		      regressed, pass ? 0 : untold, pass ? untold : 0);
	(void)fprintf(file, " time=\"%.3f\"", benchmark ? 0 : (double)duel->elapsed_ns / 1e9);
}

static void suite_print(const struct duel *duel, const char *benchmark, FILE *file)
{
	(void)fputs("  <testsuite", file);
	attribute_print("name", benchmark, file);
	counts_print(duel, benchmark, file);
	(void)fputs(">\n", file);
	for (uint32_t i = 0; i < duel->contests.count; i++)
		if (belongs(&duel->contests.items[i], benchmark))
			case_print(duel, &duel->contests.items[i], file);
	(void)fputs("  </testsuite>\n", file);
}

int junit_print(const void *what, FILE *file)
{
	const struct duel *duel = what;
	const struct contest_list *list = &duel->contests;

	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", file);
	counts_print(duel, NULL, file);
	(void)fputs(">\n", file);
	for (uint32_t i = 0; i < list->count; i++)
		if (i == 0 || strcmp(list->items[i].benchmark, list->items[i - 1].benchmark) != 0)
			suite_print(duel, list->items[i].benchmark, file);
	(void)fputs("</testsuites>\n", file);
	return 0;
}
