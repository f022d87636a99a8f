#include "delay_table.h"

#include <inttypes.h>

#include "base/array.h"
#include "base/unit.h"
#include "measure/delays.h"
#include "phrase.h"

/* With two blanks before it; the label stands in the same columns. */
#define TITLE_COLUMNS 15
#define VALUE_COLUMNS 11
#define PERCENTILE_COLUMNS 10

struct row {
	double min, mean, median, max, stddev;
};

static void print_row(const char *title, const struct row *row, const struct page *page)
{
	const double values[] = { row->min, row->mean, row->median, row->max, row->stddev };

	(void)fprintf(page->stream, "  %-*s", TITLE_COLUMNS, title);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		(void)fprintf(page->stream, " %*s", VALUE_COLUMNS - 1,
			      duration_text(values[i]).text);
	(void)fputc('\n', page->stream);
}

static void print_heading(const struct page *page)
{
	static const char *const columns[] = { "min", "mean", "median", "max", "stddev" };

	(void)fprintf(page->stream, "  %s%-*s", style_begin(STYLE_TITLE, page->colors),
		      TITLE_COLUMNS, "delays");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		(void)fprintf(page->stream, " %*s", VALUE_COLUMNS - 1, columns[i]);
	(void)fprintf(page->stream, "%s\n", style_end(STYLE_TITLE, page->colors));
}

/* The difference of two clocks that is in one-way delays may not be known. */
static double base_of(const struct signed_histogram *histogram, enum delay_kind kind, bool valid)
{
	return delay_rows[kind].one_way && !valid ? (double)signed_histogram_min(histogram) : 0;
}

static void print_delay(const struct delays *delays, enum delay_kind kind, bool valid,
			const struct page *page)
{
	const struct signed_histogram *histogram = &delays->delays[kind];
	double base = base_of(histogram, kind, valid);
	const struct row row = {
		.min = (double)signed_histogram_min(histogram) - base,
		.mean = signed_histogram_mean(histogram) - base,
		.median = (double)signed_histogram_percentile(histogram, 50) - base,
		.max = (double)signed_histogram_max(histogram) - base,
		.stddev = signed_histogram_stddev(histogram),
	};

	if (signed_histogram_count(histogram) > 0)
		print_row(delay_rows[kind].title, &row, page);
}

/* Beside the median: the ladder's, as many as fit. */
static const double percents[] = { 75, 90, 95, 99, 99.9, 99.99 };

static void print_percentiles_heading(const struct page *page)
{
	(void)fprintf(page->stream, "  %s%-*s", style_begin(STYLE_TITLE, page->colors),
		      TITLE_COLUMNS, "percentiles");
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++)
		(void)fprintf(page->stream, " %*s", PERCENTILE_COLUMNS - 1,
			      percentile_key(percents[i]).text);
	(void)fprintf(page->stream, "%s\n", style_end(STYLE_TITLE, page->colors));
}

static void print_percentiles(const struct delays *delays, enum delay_kind kind, bool valid,
			      const struct page *page)
{
	const struct signed_histogram *histogram = &delays->delays[kind];
	double base = base_of(histogram, kind, valid);

	if (signed_histogram_count(histogram) == 0)
		return;
	(void)fprintf(page->stream, "  %-*s", TITLE_COLUMNS, delay_rows[kind].title);
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++) {
		double value = (double)signed_histogram_percentile(histogram, percents[i]);

		(void)fprintf(page->stream, " %*s", PERCENTILE_COLUMNS - 1,
			      duration_text(value - base).text);
	}
	(void)fputc('\n', page->stream);
}

/* What of a request's lateness was our own fault. */
static void print_timer_error(const struct histogram *histogram, const struct page *page)
{
	const struct row row = {
		.min = (double)histogram_min(histogram),
		.mean = (double)histogram_mean(histogram),
		.median = (double)histogram_percentile(histogram, 50),
		.max = (double)histogram_max(histogram),
		.stddev = histogram_stddev(histogram),
	};

	if (histogram_count(histogram) > 0)
		print_row("timer error", &row, page);
}

static void print_ways(const struct result *result, const struct page *page)
{
	const struct delays *delays = result->delays;
	uint64_t unknown = result->lost > delays->lost_known ? result->lost - delays->lost_known
							     : 0;
	struct phrase phrase = { .used = 0 };

	if (result->lost == 0)
		return;
	if (delays->lost_known > 0)
		phrase_add(&phrase, "%" PRIu64 " on the way there, %" PRIu64 " on the way back",
			   delays->lost_up, delays->lost_down);
	if (unknown > 0)
		phrase_add(&phrase, "%s%" PRIu64 " on a way that is not known%s",
			   phrase.used > 0 ? ", " : "", unknown,
			   delays->uncounted ? ": the reflector is stateless" : "");
	page_row(page, STYLE_BAD, "lost", "%s", phrase.text);
}

void delay_table_print(const struct session *session, const struct page *page)
{
	const struct result *result = &session->total.result;
	const struct delays *delays = result->delays;
	bool same_host = session->same_host, valid;

	if (!delays)
		return;
	valid = clock_pair_is_one(&delays->clocks, same_host);
	if (delays_count(delays) > 0) {
		print_heading(page);
		for (int kind = 0; kind < DELAY_KIND_COUNT; kind++)
			print_delay(delays, (enum delay_kind)kind, valid, page);
		print_timer_error(result->timer_error, page);
		print_percentiles_heading(page);
		for (int kind = 0; kind < DELAY_KIND_COUNT; kind++)
			print_percentiles(delays, (enum delay_kind)kind, valid, page);
		page_row(page, valid ? STYLE_PLAIN : STYLE_BAD, "clocks", "%s",
			 clock_pair_sentence(&delays->clocks, same_host).text);
	}
	if (delays->stamps_missing > 0)
		page_row(page, STYLE_BAD, "stamps",
			 "%" PRIu64 " round trip%s left out: the kernel told no time of %s",
			 delays->stamps_missing, delays->stamps_missing == 1 ? " was" : "s were",
			 delays->stamps_missing == 1 ? "it" : "them");
	print_ways(result, page);
}
