/* What an ablation comes to: all points side by side, and the ladder. */
#include <string.h>

#include "base/array.h"
#include "base/unit.h"
#include "effect.h"
#include "line.h"
#include "table.h"

#define NAME_WIDTH 17
#define POINT_WIDTH_MIN 9
#define LINE_WIDTH 100

/* What is summed up. */
static const struct {
	enum figure_id figure;
	const char *title;
} summaries[] = {
	{ FIGURE_SERVER_CPU, "Server CPU time a request" },
	{ FIGURE_RATE, "Requests/s" },
	{ FIGURE_P99, "p99 latency" },
};

static const struct effect *find_effect(const struct ablation *ablation, uint32_t point, int id)
{
	for (uint32_t i = 0; i < ablation->effect_count; i++)
		if (ablation->effects[i].point == point && (int)ablation->effects[i].feature == id)
			return &ablation->effects[i];
	return NULL;
}

static int point_width(const struct ablation *ablation)
{
	size_t width = POINT_WIDTH_MIN;

	for (uint32_t i = 0; i < ablation->points.count; i++)
		if (strlen(ablation->points.items[i].name) > width)
			width = strlen(ablation->points.items[i].name);
	return (int)width;
}

/* The change; ~ if none can be told, nothing if there was no work. */
static const char *cell_text(const struct effect *effect, enum figure_id figure,
			     struct change_text *room)
{
	if (!effect || !effect_is_known(effect, figure))
		return effect && effect->uses > 0 ? "?" : "";
	if (!estimate_is_clear(&effect->ratios[figure]))
		return "~";
	*room = change_text(effect->ratios[figure].median);
	return room->text;
}

static void print_feature(const struct ablation *ablation, int id, enum figure_id figure,
			  uint32_t first, uint32_t end, FILE *stream)
{
	struct change_text room;
	struct line line = { 0 };

	line_add(&line, " %s%-*s", ablation->base.set >> id & 1 ? "-" : "+", NAME_WIDTH,
		 features[id].name);
	for (uint32_t point = first; point < end; point++)
		line_add(&line, " %*s", point_width(ablation),
			 cell_text(find_effect(ablation, point, id), figure, &room));
	line_end(&line, stream);
}

static void print_figure(const struct ablation *ablation, enum figure_id figure, uint32_t first,
			 uint32_t end, FILE *stream)
{
	(void)fprintf(stream, "  %-*s", NAME_WIDTH, "");
	for (uint32_t point = first; point < end; point++)
		(void)fprintf(stream, " %*s", point_width(ablation),
			      ablation->points.items[point].name);
	(void)fputc('\n', stream);
	for (int id = 0; id < FEATURE_COUNT; id++)
		if (ablation->tried >> id & 1)
			print_feature(ablation, id, figure, first, end, stream);
}

void ablation_print_summary(const struct ablation *ablation, FILE *stream)
{
	uint32_t fit = (uint32_t)((LINE_WIDTH - NAME_WIDTH - 2) / (point_width(ablation) + 1));
	uint32_t count = ablation->points.count;

	fit = fit > 0 ? fit : 1;
	for (size_t i = 0; i < ARRAY_SIZE(summaries); i++) {
		(void)fprintf(stream, "\n%s, %% with the feature; ~ cannot be told\n",
			      summaries[i].title);
		for (uint32_t first = 0; first < count; first += fit)
			print_figure(ablation, summaries[i].figure, first,
				     first + fit < count ? first + fit : count, stream);
	}
}

/* A ratio with its interval, if there is one. */
static void add_ratio(const struct series *over, const struct series *under, enum figure_id figure,
		      struct line *line)
{
	struct estimate ratio;
	char interval[48] = "";

	if (series_ratio(over, under, figure, &ratio) < 0)
		return;
	if (ratio.coverage >= STATISTICS_CONFIDENCE)
		(void)snprintf(interval, sizeof(interval), "%.2f..%.2f", ratio.low, ratio.high);
	line_add(line, " %6.2f %10s", ratio.median, interval);
}

static const char *figure_text(const struct series *series, enum figure_id figure,
			       struct unit_text (*text)(double value), struct unit_text *room)
{
	struct estimate estimate;

	if (series_figure(series, figure, &estimate) < 0)
		return "?";
	*room = text(estimate.median);
	return room->text;
}

/* The last rung of its ladder that has nothing which the base has not. */
static bool is_base(const struct ablation *ablation, const struct rung *rung)
{
	const struct rung *next = rung + 1;
	uint32_t beyond = ~ablation->base.set;

	if (rung->feature == FEATURE_COUNT || (rung->variant.set & beyond) != 0)
		return false;
	return next == ablation->rungs + ablation->rung_count || next->point != rung->point ||
	       (next->variant.set & beyond) != 0;
}

static void add_verdict(const struct ablation *ablation, const struct rung *rung,
			const struct rung *first, struct line *line)
{
	const struct series *all = ablation->experiment.series, *series = &all[rung->series];

	if (series->reason[0] != '\0')
		line_add(line, "  FAILED: %s", series->reason);
	else if (rung != first)
		add_ratio(series, &all[first->series], FIGURE_SERVER_CPU, line);
	if (rung != first && series->count > 0 && !rung_is_effective(ablation, rung))
		line_add(line, " not in effect");
	if (is_base(ablation, rung))
		line_add(line, " = base");
}

static void print_rung(const struct ablation *ablation, const struct rung *rung,
		       const struct rung *first, FILE *stream)
{
	const struct series *series = &ablation->experiment.series[rung->series];
	struct unit_text rate, p99, cpu;
	struct line line = { 0 };

	line_add(&line, "  %-*s %-*s %8s %8s %8s", FEATURE_LETTERS_MAX - 1, rung->letters,
		 NAME_WIDTH, rung == first ? "" : features[rung->feature].name,
		 figure_text(series, FIGURE_RATE, count_text, &rate),
		 figure_text(series, FIGURE_P99, duration_text, &p99),
		 figure_text(series, FIGURE_SERVER_CPU, duration_text, &cpu));
	add_verdict(ablation, rung, first, &line);
	line_end(&line, stream);
}

static void print_letters(const struct ablation *ablation, FILE *stream)
{
	int column = fprintf(stream, "\nLadder, one feature more each:");

	for (int id = 0; id < FEATURE_COUNT; id++) {
		int length = (int)strlen(features[id].name) + 3;

		if (!((ablation->tried | ablation->base.set) >> id & 1))
			continue;
		if (column + length > LINE_WIDTH)
			column = fprintf(stream, "\n ") - 1;
		column += fprintf(stream, " %c %s", feature_letter((enum feature_id)id),
				  features[id].name);
	}
	(void)fputc('\n', stream);
}

void ablation_print_ladder(const struct ablation *ablation, FILE *stream)
{
	const struct rung *first = NULL;

	if (ablation->rung_count > 0)
		print_letters(ablation, stream);
	for (uint32_t i = 0; i < ablation->rung_count; i++) {
		const struct rung *rung = &ablation->rungs[i];

		if (!first || rung->point != first->point) {
			first = rung;
			(void)fprintf(stream, "\n%s\n  %-*s %-*s %8s %8s %8s %17s\n",
				      ablation->points.items[rung->point].title,
				      FEATURE_LETTERS_MAX - 1, "", NAME_WIDTH, "", "req/s", "p99",
				      "CPU/req", "CPU/none");
		}
		print_rung(ablation, rung, first, stream);
	}
}
