/*
 * Go's benchmark format: a line for each run of both sides, told apart by /side=base and /side=new
 * in the name, so that "benchstat -col /side" compares them too.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "finding.h"
#include "formats.h"
#include "output/figure.h"

struct unit_name {
	char text[96];
};

/* "p99-ns" of ours; what comes from others as they have it, with its unit if that says more. */
static struct unit_name unit_of(const struct contest *contest)
{
	const struct figure *figure = figure_find(contest->metric);
	struct unit_name name;

	if (figure && strcmp(figure->key, contest->metric) == 0)
		(void)snprintf(name.text, sizeof(name.text), "%s", figure->go_unit);
	else if (!contest->unit[0] || strcmp(contest->unit, contest->metric) == 0)
		(void)snprintf(name.text, sizeof(name.text), "%s", contest->metric);
	else
		(void)snprintf(name.text, sizeof(name.text), "%s-%s", contest->metric,
			       strcmp(contest->unit, "s") == 0 ? "sec" : contest->unit);
	for (char *at = name.text; *at; at++)
		if (isspace((unsigned char)*at) || iscntrl((unsigned char)*at))
			*at = '_';
	return name;
}

static void units_print(const struct contest_list *list, FILE *file)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct contest *contest = &list->items[i];
		bool again = false;

		for (uint32_t j = 0; j < i; j++)
			again = again || strcmp(list->items[j].metric, contest->metric) == 0;
		if (!again)
			(void)fprintf(file, "Unit %s%s better=%s\n", unit_of(contest).text,
				      contest->rule.exact ? " assume=exact" : "",
				      contest->rule.more_is_better ? "higher" : "lower");
	}
}

/* What the readers' expressions take in a name; a name begins with no small letter. */
static void name_print(const char *name, const char *word, FILE *file)
{
	(void)fputs("Benchmark", file);
	for (const char *at = name; *at; at++) {
		bool known = isalnum((unsigned char)*at) || strchr("_/.:=,+()[]{}%", *at);
		char character = known ? *at : '_';

		(void)fputc(at == name ? toupper((unsigned char)character) : character, file);
	}
	(void)fprintf(file, "/side=%s", word);
}

/* All metrics of the benchmark that begins at first, of one run; false: it has none. */
static bool run_print(const struct contest_list *list, uint32_t first, uint32_t run, bool base,
		      FILE *file)
{
	const char *benchmark = list->items[first].benchmark;
	bool any = false;

	for (uint32_t i = first; i < list->count; i++) {
		const struct contest *contest = &list->items[i];
		uint32_t count = base ? contest->base_count : contest->changed_count;

		if (strcmp(contest->benchmark, benchmark) != 0 || run >= count)
			continue;
		if (!any) {
			name_print(benchmark, base ? "base" : "new", file);
			(void)fputs("\t1", file);
		}
		any = true;
		(void)fprintf(file, "\t%.15g %s", (base ? contest->base : contest->changed)[run],
			      unit_of(contest).text);
	}
	if (any)
		(void)fputc('\n', file);
	return any;
}

int gobench_print(const struct finding *finding, FILE *file)
{
	const struct contest_list *list = &finding->contests;

	units_print(list, file);
	for (uint32_t i = 0; i < list->count; i++) {
		uint32_t run;

		if (i > 0 && strcmp(list->items[i].benchmark, list->items[i - 1].benchmark) == 0)
			continue;
		for (run = 0; run_print(list, i, run, true, file);)
			run++;
		for (run = 0; run_print(list, i, run, false, file);)
			run++;
	}
	return 0;
}
