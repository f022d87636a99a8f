#include "ladder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bar.h"
#include "base/unit.h"

static const double standard[LADDER_STANDARD] = { 50, 75, 90, 95, 99, 99.9, 99.99 };

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static uint32_t percents_of(const struct percentile_list *percentiles, double *ret_percents)
{
	uint32_t count = LADDER_STANDARD + percentiles->count, kept = 0;

	memcpy(ret_percents, standard, sizeof(standard));
	memcpy(ret_percents + LADDER_STANDARD, percentiles->percents,
	       percentiles->count * sizeof(*ret_percents));
	qsort(ret_percents, count, sizeof(*ret_percents), compare);
	for (uint32_t i = 0; i < count; i++)
		if (kept == 0 || ret_percents[i] != ret_percents[kept - 1])
			ret_percents[kept++] = ret_percents[i];
	return kept;
}

static void add(struct ladder *ladder, struct percentile_name name, uint64_t value_ns)
{
	ladder->rungs[ladder->count++] = (struct rung){ .name = name, .value_ns = value_ns };
}

void ladder_make(const struct histogram *histogram, const struct percentile_list *percentiles,
		 struct ladder *ret_ladder)
{
	double percents[LADDER_STANDARD + PERCENTILES_MAX];
	uint32_t count = percents_of(percentiles, percents);

	*ret_ladder = (struct ladder){ .count = 0 };
	if (histogram_count(histogram) == 0)
		return;
	add(ret_ladder, (struct percentile_name){ "min" }, histogram_min(histogram));
	for (uint32_t i = 0; i < count; i++)
		add(ret_ladder, percentile_key(percents[i]),
		    histogram_percentile(histogram, percents[i]));
	add(ret_ladder, (struct percentile_name){ "max" }, histogram_max(histogram));
}

/* Where a value stands between the lowest and the highest; nothing is as long as a nanosecond. */
static double share_of(const struct ladder *ladder, uint64_t value_ns)
{
	double low = log((double)ladder->rungs[0].value_ns + 1);
	double high = log((double)ladder->rungs[ladder->count - 1].value_ns + 1);

	return high > low ? (log((double)value_ns + 1) - low) / (high - low) : 0;
}

void ladder_print(const struct ladder *ladder, const struct page *page)
{
	for (uint32_t i = 0; i < ladder->count; i++) {
		const struct rung *rung = &ladder->rungs[i];
		struct bar bar = bar_draw(share_of(ladder, rung->value_ns), page->unicode);

		(void)fprintf(page->stream, "  %-*s %9s", PAGE_LABEL_COLUMNS, rung->name.text,
			      duration_text((double)rung->value_ns).text);
		if (bar.text[0])
			(void)fprintf(page->stream, "  %s%s%s",
				      style_begin(STYLE_BAR, page->colors), bar.text,
				      style_end(STYLE_BAR, page->colors));
		(void)fputc('\n', page->stream);
	}
}
