/* The noise of this host as tables to read. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/unit.h"
#include "experiment/heading.h"
#include "noise.h"

#define TITLE_WIDTH 29
#define NAME_WIDTH 22

static struct unit_text plain_text(double value)
{
	struct unit_text text;

	(void)snprintf(text.text, sizeof(text.text), "%.4g", value);
	return text;
}

/* The figures, and how their values are written. */
static const struct row {
	enum figure_id figure;
	struct unit_text (*text)(double value);
} rows[] = {
	{ FIGURE_RATE, count_text },	{ FIGURE_P50, duration_text },
	{ FIGURE_P90, duration_text },	{ FIGURE_P99, duration_text },
	{ FIGURE_P999, duration_text }, { FIGURE_MAX, duration_text },
	{ FIGURE_CPU, duration_text },	{ FIGURE_SERVER_CPU, duration_text },
	{ FIGURE_CALLS, plain_text },	{ FIGURE_SERVER_CALLS, plain_text },
};

void noise_print_head(const struct noise *noise, FILE *stream)
{
	const struct series *series = &noise->experiment.series[0];
	const struct server *server = &series->server;

	heading_print(&noise->plan, stream);
	(void)fprintf(stream, "answers not compared; order by seed %llu\n",
		      (unsigned long long)noise->plan.seed);
	if (noise->no_uring)
		(void)fprintf(stream, "io_uring is left out: %s\n", noise->no_uring);
	(void)fprintf(stream, "Twice the same: %s%s%s%s, %s\n",
		      server->command ? server->command : server->backend,
		      server->features ? ", features " : "",
		      server->features ? server->features : "",
		      server->inject ? ", with faults" : "", series->point.title);
	heading_print_extent(&noise->experiment, stream);
}

/* A share as a percentage; ? if it is not known. */
static void print_share(double share, int width, FILE *stream)
{
	if (isnan(share))
		(void)fprintf(stream, " %*s", width, "?");
	else
		(void)fprintf(stream, " %*.*f", width, 100 * share < 10 ? 1 : 0, 100 * share);
}

static void print_floor(const struct noise *noise, const struct row *row, FILE *stream)
{
	const struct noise_floor *floor = &noise->floors[row->figure];

	(void)fprintf(stream, "  %-*s %9s", TITLE_WIDTH, figures[row->figure].title,
		      row->text(floor->median.median).text);
	print_share(floor->cv, 6, stream);
	print_share(floor->spread, 6, stream);
	for (int i = 0; i < FLOOR_PAIRS_COUNT; i++)
		print_share(floor->detectable[i], 5, stream);
	for (int i = 0; i < FLOOR_STEPS_COUNT; i++)
		print_share(floor->differing[i], 5, stream);
	if (isnan(floor->drift))
		(void)fprintf(stream, " %6s\n", "?");
	else
		(void)fprintf(stream, " %+6.1f\n", 100 * floor->drift);
}

static void print_floors(const struct noise *noise, FILE *stream)
{
	(void)fprintf(stream,
		      "\nIn percent, but for the median: runs scatter (cv), pairs scatter; "
		      "the least effect that\nso many pairs find in 9 of 10 comparisons; "
		      "how many runs differ from the one before by\nmore than 5 and 10; the "
		      "later half of the runs against the earlier one.\n\n");
	(void)fprintf(stream, "  %-*s %9s %6s %6s %23s %11s %6s\n", TITLE_WIDTH, "", "median",
		      "runs", "pairs", "found with .. pairs", "runs differ", "drift");
	(void)fprintf(stream, "  %-*s %9s %6s %6s", TITLE_WIDTH, "", "", "", "");
	for (int i = 0; i < FLOOR_PAIRS_COUNT; i++)
		(void)fprintf(stream, " %5u", floor_pairs[i]);
	(void)fprintf(stream, " %5s %5s\n", ">5", ">10");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (noise->is_known[rows[i].figure])
			print_floor(noise, &rows[i], stream);
}

/* Figures that differ although nothing does: what the pairs do not cancel. */
static void print_bias(const struct noise *noise, FILE *stream)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct estimate *ratio = &noise->floors[rows[i].figure].ratio;

		if (!noise->is_known[rows[i].figure] || !(ratio->coverage >= STATISTICS_CONFIDENCE))
			continue;
		if (ratio->low > 1 || ratio->high < 1)
			(void)fprintf(stream,
				      "\n%s differs although nothing does: second/first %.3f, %.3f "
				      "to %.3f; of 20 such intervals one does by chance.\n",
				      figures[rows[i].figure].title, ratio->median, ratio->low,
				      ratio->high);
	}
}

static void print_failures(const struct experiment *experiment, FILE *stream)
{
	for (uint32_t i = 0; i < experiment->count; i++)
		if (experiment->series[i].reason[0] != '\0')
			(void)fprintf(stream, "\n%s: FAILED: %s\n",
				      experiment->series[i].server.name,
				      experiment->series[i].reason);
}

static void print_advice(const struct noise *noise, FILE *stream)
{
	static const char marks[ADVICE_VERDICT_COUNT] = {
		[ADVICE_GOOD] = ' ', [ADVICE_BAD] = '!', [ADVICE_UNKNOWN] = '?'
	};

	(void)fprintf(stream, "\nThis machine (! to be changed, ? not known):\n");
	for (size_t i = 0; i < noise->advice_count; i++) {
		const struct advice *advice = &noise->advice[i];

		(void)fprintf(stream, "%c %-*s %s\n", marks[advice->verdict], NAME_WIDTH,
			      advice->name,
			      advice->reading.available ? advice->reading.text : "not known");
		if (advice->verdict != ADVICE_GOOD)
			(void)fprintf(stream, "      %s\n", advice->text);
	}
}

void noise_print(const struct noise *noise, FILE *stream)
{
	print_failures(&noise->experiment, stream);
	print_floors(noise, stream);
	print_bias(noise, stream);
	print_advice(noise, stream);
	heading_print_end(&noise->experiment, stream);
}
