#include "table.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/character.h"
#include "base/unit.h"

#define NS_PER_SECOND 1e9
#define METRIC_WIDTH 36

/* Units that people are used to read in another size. */
static const struct scale {
	const char *unit;
	struct unit_text (*text)(double value); /* NULL: as it is */
	double factor;
	const char *behind;
} scales[] = {
	{ "ns", duration_text, 1, "" },
	{ "ns/op", duration_text, 1, "/op" },
	{ "s", duration_text, NS_PER_SECOND, "" },
	{ "sec/op", duration_text, NS_PER_SECOND, "/op" },
	{ "B", size_text, 1, "" },
	{ "1/s", count_text, 1, "/s" },
	{ "req/s", count_text, 1, "/s" },
	{ "1", count_text, 1, "" },
	{ "%", NULL, 1, " %" },
};

static const struct scale *scale_find(const char *unit)
{
	for (size_t i = 0; i < ARRAY_SIZE(scales); i++)
		if (strcmp(unit, scales[i].unit) == 0)
			return &scales[i];
	return NULL;
}

static void value_print(const struct sample *sample, double value, FILE *stream)
{
	const struct scale *scale = scale_find(sample->unit);
	struct unit_text number;
	char text[64];

	if (scale && scale->text)
		number = scale->text(value * scale->factor);
	else
		(void)snprintf(number.text, sizeof(number.text), "%.4g", value);
	(void)snprintf(text, sizeof(text), "%s%s", number.text, scale ? scale->behind : "");
	(void)fprintf(stream, "%14s", text);
}

/* From the least to the largest run, as a share of the middle; "-": there is but one, or the
 * middle is 0. */
static void spread_print(const struct sample *sample, double median, FILE *stream)
{
	double low = sample->values[0], high = low;

	for (uint32_t i = 1; i < sample->count; i++) {
		low = fmin(low, sample->values[i]);
		high = fmax(high, sample->values[i]);
	}
	if (sample->count < 2 || (median == 0 && high > low))
		(void)fprintf(stream, "%9s", "-");
	else
		(void)fprintf(stream, "%7.1f %%",
			      high > low ? 100 * (high - low) / fabs(median) : 0);
}

static void row_print(const struct sample *sample, FILE *stream)
{
	double median = sample_median(sample);
	int width;

	(void)fputs("  ", stream);
	width = character_print(sample->metric, stream);
	(void)fprintf(stream, "%*s", width < METRIC_WIDTH ? METRIC_WIDTH - width : 1, "");
	value_print(sample, median, stream);
	(void)fprintf(stream, " %7" PRIu32, sample->count);
	spread_print(sample, median, stream);
	/* A unit that is not behind the number, unless it is the name. */
	if (!scale_find(sample->unit) && strcmp(sample->unit, sample->metric) != 0) {
		(void)fputs("  ", stream);
		(void)character_print(sample->unit, stream);
	}
	(void)fputc('\n', stream);
}

void samples_table_print(const struct sample_set *set, FILE *stream)
{
	for (uint32_t first = 0, end; first < set->count; first = end) {
		end = sample_set_benchmark_end(set, first);
		if (first > 0)
			(void)fputc('\n', stream);
		(void)character_print(set->items[first].benchmark, stream);
		(void)fprintf(stream, "\n  %-*s%14s %7s%9s\n", METRIC_WIDTH, "metric", "median",
			      "runs", "spread");
		for (uint32_t i = first; i < end; i++)
			row_print(&set->items[i], stream);
	}
}
