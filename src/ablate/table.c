#include "table.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/unit.h"
#include "effect.h"
#include "experiment/heading.h"
#include "line.h"

#define NAME_WIDTH 17
#define MEDIAN_WIDTH 4
#define INTERVAL_WIDTH 10
#define LINE_WIDTH 100
/* Of fewer values not even the whole range holds the median with 95 %. */
#define ROUNDS_OF_INTERVAL 6
/* Names of all features with commas fit. */
#define NAMES_MAX FEATURE_TEXT_MAX

static const struct column {
	enum figure_id figure;
	const char *head, *second_head;
} columns[] = {
	{ FIGURE_SERVER_CPU, "server CPU", "a request" },
	{ FIGURE_RATE, "requests/s", "" },
	{ FIGURE_P50, "p50", "" },
	{ FIGURE_P99, "p99", "" },
	{ FIGURE_SERVER_CALLS, "server calls", "a request" },
};

/* Words parted by commas, in lines that fit. */
static void print_wrapped(const char *head, const char *words, FILE *stream)
{
	int column = fprintf(stream, "%s", head);

	while (*words != '\0') {
		int length = (int)strcspn(words, ",") + (strchr(words, ',') ? 1 : 0);

		if (column + 1 + length > LINE_WIDTH)
			column = fprintf(stream, "\n   ") - 1;
		column += fprintf(stream, " %.*s", length, words);
		words += length;
		words += strspn(words, " ");
	}
	(void)fputc('\n', stream);
}

static void print_base(const struct ablation *ablation, FILE *stream)
{
	char names[NAMES_MAX], head[64];

	feature_set_names(ablation->base.set, names, sizeof(names));
	(void)snprintf(head, sizeof(head), "Base: %s with",
		       ablate_backends[ablation->options->backend]);
	print_wrapped(head, names[0] != '\0' ? names : "no feature", stream);
	if (ablation->missing[0] != '\0')
		(void)fprintf(stream, "%s\n", ablation->missing);
}

/* A reason is given once, behind all features that share it. */
static void print_unavailable(const struct ablation *ablation, FILE *stream)
{
	uint32_t left = ablation_unavailable(ablation);
	char names[NAMES_MAX];

	if (left != 0)
		(void)fprintf(stream, "Not here:\n");
	for (int id = 0; id < FEATURE_COUNT; id++) {
		const char *reason = ablation_refusal(ablation, (enum feature_id)id);
		uint32_t like = 0;

		if (!(left >> id & 1))
			continue;
		for (int other = id; other < FEATURE_COUNT; other++)
			if (left >> other & 1 &&
			    strcmp(ablation_refusal(ablation, (enum feature_id)other), reason) == 0)
				like |= FEATURE_BIT(other);
		feature_set_names(like, names, sizeof(names));
		print_wrapped(" ", names, stream);
		(void)fprintf(stream, "      %s\n", reason);
		left &= ~like;
	}
}

void ablation_print_head(const struct ablation *ablation, FILE *stream)
{
	heading_print(&ablation->plan, stream);
	(void)fprintf(stream, "answers not compared; order by seed %llu\n",
		      (unsigned long long)ablation->plan.seed);
	print_base(ablation, stream);
	print_unavailable(ablation, stream);
	heading_print_extent(&ablation->experiment, stream);
}

struct change_text change_text(double ratio)
{
	double percent = 100 * (ratio - 1);
	struct change_text change;

	if (ratio >= 10)
		(void)snprintf(change.text, sizeof(change.text), "x%.0f", fmin(ratio, 1e6));
	else
		(void)snprintf(change.text, sizeof(change.text), "%+.*f",
			       fabs(percent) < 9.95 ? 1 : 0, percent);
	return change;
}

static bool has_interval(const struct effect *effect, enum figure_id figure)
{
	return effect_is_known(effect, figure) &&
	       effect->ratios[figure].coverage >= STATISTICS_CONFIDENCE;
}

static void print_cell(const struct effect *effect, enum figure_id figure, struct line *line)
{
	const struct estimate *ratio = &effect->ratios[figure];
	char interval[48] = "";

	if (!effect_is_known(effect, figure)) {
		line_add(line, " %*s %*s", MEDIAN_WIDTH, "?", INTERVAL_WIDTH, "");
		return;
	}
	if (has_interval(effect, figure))
		(void)snprintf(interval, sizeof(interval), "%s..%s", change_text(ratio->low).text,
			       change_text(ratio->high).text);
	line_add(line, " %*s %*s", MEDIAN_WIDTH, change_text(ratio->median).text, INTERVAL_WIDTH,
		 interval);
}

static void print_effect(const struct effect *effect, FILE *stream)
{
	bool is_clear = effect_is_known(effect, FIGURE_SERVER_CPU) &&
			estimate_is_clear(&effect->ratios[FIGURE_SERVER_CPU]);
	struct line line = { 0 };

	line_add(&line, "%s%s%-*s", is_clear ? " " : "~", effect->added ? "+" : "-", NAME_WIDTH,
		 features[effect->feature].name);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		print_cell(effect, columns[i].figure, &line);
	line_end(&line, stream);
}

/* What else differs between the two servers of a row, and matters there. */
static void print_companions(const struct effect *effect, uint32_t idle, FILE *stream)
{
	char names[NAMES_MAX], head[64];
	const char *name = features[effect->feature].name;

	if ((effect->come & ~idle) != 0) {
		feature_set_names(effect->come & ~idle, names, sizeof(names));
		(void)snprintf(head, sizeof(head), "  %s comes with", name);
		print_wrapped(head, names, stream);
	}
	if ((effect->gone & ~idle) != 0) {
		feature_set_names(effect->gone & ~idle, names, sizeof(names));
		(void)snprintf(head, sizeof(head), "  %s comes in place of", name);
		print_wrapped(head, names, stream);
	}
}

static void print_columns(FILE *stream)
{
	int width = MEDIAN_WIDTH + INTERVAL_WIDTH + 1;
	struct line line = { 0 };

	line_add(&line, "  %-*s", NAME_WIDTH, "");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		line_add(&line, " %*s", width, columns[i].head);
	line_end(&line, stream);
	line_add(&line, "  %-*s", NAME_WIDTH, "");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		line_add(&line, " %*s", width, columns[i].second_head);
	line_end(&line, stream);
}

static uint32_t workless(const struct ablation *ablation, const struct point *point)
{
	uint32_t set = 0;

	for (int id = 0; id < FEATURE_COUNT; id++)
		if (!feature_has_work((enum feature_id)id, point))
			set |= FEATURE_BIT(id);
	return set;
}

static void print_point(const struct ablation *ablation, uint32_t number, FILE *stream)
{
	const struct point *point = &ablation->points.items[number];
	const struct effect *effects[FEATURE_COUNT];
	uint32_t count = effects_sort(ablation, number, FIGURE_SERVER_CPU, effects);
	uint32_t idle = workless(ablation, point);
	char names[NAMES_MAX];

	(void)fprintf(stream, "\n%s (%s)\n", point->title, point->name);
	print_columns(stream);
	for (uint32_t i = 0; i < count; i++)
		if (effects[i]->reason[0] == '\0')
			print_effect(effects[i], stream);
	for (uint32_t i = 0; i < count; i++)
		if (effects[i]->reason[0] != '\0')
			(void)fprintf(stream, " %s%-*s %s\n", effects[i]->added ? "+" : "-",
				      NAME_WIDTH, features[effects[i]->feature].name,
				      effects[i]->reason);
	for (uint32_t i = 0; i < count; i++)
		print_companions(effects[i], idle, stream);
	feature_set_names(idle & ablation->tried, names, sizeof(names));
	if ((idle & ablation->tried) != 0)
		print_wrapped("  no work here:", names, stream);
}

/* In all columns of the tables of points. */
static uint32_t count_intervals(const struct ablation *ablation)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < ablation->effect_count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(columns); j++)
			count += has_interval(&ablation->effects[i], columns[j].figure);
	return count;
}

/* How many intervals one would expect to miss, with so many of them. */
static void print_caution(const struct ablation *ablation, FILE *stream)
{
	uint32_t known = count_intervals(ablation);

	if (known == 0 && ablation->experiment.rounds < ROUNDS_OF_INTERVAL)
		(void)fprintf(stream,
			      "\nThere are no intervals: they take %d rounds; there were %u.\n",
			      ROUNDS_OF_INTERVAL, ablation->experiment.rounds);
	else if (known > 0)
		(void)fprintf(stream,
			      "\nOf %u interval%s of %.0f %%, up to %.1f miss by chance alone: "
			      "what counts has to show again.\n",
			      known, known == 1 ? "" : "s", 100 * STATISTICS_CONFIDENCE,
			      known * (1 - STATISTICS_CONFIDENCE));
}

void ablation_print_rows(const struct ablation *ablation, FILE *stream)
{
	(void)fprintf(stream,
		      "\nWhat a feature changes, in percent: with it against without it, side by "
		      "side; median and interval.\n- it was left out of the base, + added to it; "
		      "~ no effect on the server's CPU time can be told.\n");
	for (uint32_t i = 0; i < ablation->points.count; i++)
		print_point(ablation, i, stream);
	ablation_print_summary(ablation, stream);
	ablation_print_ladder(ablation, stream);
	print_caution(ablation, stream);
	heading_print_end(&ablation->experiment, stream);
}
