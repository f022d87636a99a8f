/*
 * HdrHistogram's table of percentiles, as its outputPercentileDistribution() prints it: a row for
 * each step of a ladder that halves its steps with the distance to 100 %, in microseconds. wrk2
 * --latency and vegeta's hdrplot print the same; HdrHistogram's plotter draws it.
 */
#include <inttypes.h>
#include <math.h>

#include "output/formats.h"

#define US_PER_NS 1e-3
#define STEPS_PER_HALF 5
/* Steps beyond this would be lost in the twelve digits, and in a double. */
#define LEVEL_LAST 99.9999999999

static void row_print(double value_ns, double level, uint64_t total, FILE *file)
{
	(void)fprintf(file, "%12.3f %1.12f %10" PRIu64 " ", value_ns * US_PER_NS, level / 100,
		      total);
	if (level < 100)
		(void)fprintf(file, "%14.2f\n", 1 / (1 - level / 100));
	else
		(void)fprintf(file, "%14s\n", "inf");
}

static double level_next(double level)
{
	double halvings = floor(log2(100 / (100 - level))) + 1;

	return level + 100 / (STEPS_PER_HALF * exp2(halvings));
}

static void table_print(const struct histogram *histogram, FILE *file)
{
	struct histogram_walk walk = { .histogram = histogram };
	uint64_t total = 0, count = histogram_count(histogram);
	struct histogram_bucket bucket;
	double level = 0;

	while (histogram_next(&walk, &bucket)) {
		total += bucket.count;
		/* As many steps as this bucket reaches, the last one but one. */
		while (100 * (double)total / (double)count >= level && level < LEVEL_LAST) {
			row_print((double)bucket.high_ns, level, total, file);
			level = level_next(level);
			if (total == count)
				break;
		}
	}
	if (count > 0)
		row_print((double)histogram_max(histogram), 100, count, file);
}

/* The buckets double their width; each has as many parts as three digits need. */
static void footer_print(const struct histogram *histogram, FILE *file)
{
	uint64_t parts = 1, buckets = 1;

	while ((double)parts < 2 * pow(10, HISTOGRAM_DIGITS))
		parts *= 2;
	for (uint64_t reach = parts; reach <= HISTOGRAM_VALUE_MAX; reach *= 2)
		buckets++;
	(void)fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
		      (double)histogram_mean(histogram) * US_PER_NS,
		      histogram_stddev(histogram) * US_PER_NS);
	(void)fprintf(file, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n",
		      (double)histogram_max(histogram) * US_PER_NS, histogram_count(histogram));
	(void)fprintf(file, "#[Buckets = %12" PRIu64 ", SubBuckets     = %12" PRIu64 "]\n", buckets,
		      parts);
}

int hgrm_write(const struct document *document, FILE *file)
{
	struct histogram *latency;

	(void)fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		      "1/(1-Percentile)");
	if (member_histogram(document->root, "latency_ns", &latency) != 0)
		return 0;
	table_print(latency, file);
	footer_print(latency, file);
	histogram_close(latency);
	return 0;
}
