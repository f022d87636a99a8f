#include "find/steps.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/unit.h"
#include "experiment/heading.h"
#include "experiment/progress.h"
#include "measure/schedule.h"

/* The columns behind that of the rate. */
static const struct {
	enum figure_id figure;
	const char *head;
	struct unit_text (*text)(double value);
} columns[] = {
	{ FIGURE_RATE, "achieved/s", count_text },
	{ FIGURE_P50, "p50", duration_text },
	{ FIGURE_P99, "p99", duration_text },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))
#define COLUMN_WIDTH 10

void steps_print_head(const struct hunt *hunt)
{
	const struct string_list *objectives = &hunt->options->objectives;

	(void)printf("%s, %s: the highest rate with", hunt->server.name, hunt->point.title);
	for (uint32_t i = 0; i < objectives->count; i++)
		(void)printf("%s %s", i > 0 ? "," : "", objectives->items[i]);
	(void)putchar('\n');
	heading_print(&hunt->plan, stdout);
	if (hunt->options->arrival != ARRIVAL_FIXED)
		(void)printf("random gaps by seed %llu\n", (unsigned long long)hunt->plan.seed);
	(void)printf("\n%-8s %*s", "", COLUMN_WIDTH, "rate/s");
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		(void)printf(" %*s", COLUMN_WIDTH, columns[i].head);
	(void)putchar('\n');
	(void)fflush(stdout);
}

void steps_progress(const struct hunt *hunt, const char *what, uint64_t rate)
{
	if (rate > 0)
		progress_say("trial %u: %s, %s/s", hunt->count + 1, what,
			     count_text((double)rate).text);
	else
		progress_say("trial %u: %s, a closed loop", hunt->count + 1, what);
}

/* The details of what is not of the objectives stand in the sentence at the end. */
static const char *verdict_text(const struct step *step)
{
	static const char *const texts[LIMIT_COUNT] = {
		[LIMIT_NONE] = "  kept",
		[LIMIT_GENERATOR] = "  not kept: the generator was the bottleneck",
		[LIMIT_RATE] = "  not kept: the rate was not held",
		[LIMIT_OBJECTIVE] = "  not kept: ",
	};

	return texts[step->judgement.limit];
}

void steps_print(const struct hunt *hunt, const struct step *step)
{
	const struct trial *trial = hunt_trial(hunt, step);

	progress_end();
	(void)printf("%-8s %*s", step->what, COLUMN_WIDTH,
		     step->rate > 0 ? count_text((double)step->rate).text : "closed");
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		double value = trial->figures[columns[i].figure];

		(void)printf(" %*s", COLUMN_WIDTH,
			     isnan(value) ? "-" : columns[i].text(value).text);
	}
	(void)printf("%s%s\n", step->rate > 0 ? verdict_text(step) : "",
		     step->judgement.limit == LIMIT_OBJECTIVE ? step->judgement.reason : "");
	(void)fflush(stdout);
}
