/* The ladder of latencies, compared with its text. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bar.h"
#include "load/ladder.h"

static const struct percentile_list none = { .count = 0 };

static char *text_of(const struct histogram *histogram, const struct percentile_list *percentiles,
		     bool unicode)
{
	struct page page = { .unicode = unicode };
	struct ladder ladder;
	size_t size;
	char *text;

	page.stream = open_memstream(&text, &size);
	cr_assert(page.stream);
	ladder_make(histogram, percentiles, &ladder);
	ladder_print(&ladder, &page);
	(void)fclose(page.stream);
	return text;
}

static void expect(const struct histogram *histogram, const struct percentile_list *percentiles,
		   bool unicode, const char *expected)
{
	char *text = text_of(histogram, percentiles, unicode);

	cr_expect_str_eq(text, expected, "%s", text);
	free(text);
}

/* 100 values, from 1 us up to 10 ms: three steps of ten, then one more. */
static struct histogram *example(void)
{
	struct histogram *histogram;

	cr_assert_eq(histogram_open(&histogram), 0);
	for (int i = 0; i < 60; i++)
		histogram_record(histogram, 1000);
	for (int i = 0; i < 34; i++)
		histogram_record(histogram, 10000);
	for (int i = 0; i < 5; i++)
		histogram_record(histogram, 100000);
	histogram_record(histogram, 10000000);
	return histogram;
}

Test(ladder, rungs_have_a_name_a_value_and_a_bar)
{
	struct histogram *histogram = example();

	expect(histogram, &none, false,
	       "  min           1.00 us\n"
	       "  p50           1.00 us\n"
	       "  p75           10.0 us  ##########\n"
	       "  p90           10.0 us  ##########\n"
	       "  p95            100 us  ####################\n"
	       "  p99            100 us  ####################\n"
	       "  p99.9         10.0 ms  ########################################\n"
	       "  p99.99        10.0 ms  ########################################\n"
	       "  max           10.0 ms  ########################################\n");
	histogram_close(histogram);
}

Test(ladder, utf8_has_blocks)
{
	struct histogram *histogram = example();
	char *text = text_of(histogram, &none, true);

	cr_expect(strstr(text, "  p95            100 us  ████████████████████\n"), "%s", text);
	histogram_close(histogram);
	free(text);
}

/* What is asked for stands where it belongs, and nothing stands there twice. */
Test(ladder, further_percentiles_are_rungs_too)
{
	const struct percentile_list wanted = { .count = 3, .percents = { 99.5, 25, 99 } };
	struct histogram *histogram = example();
	struct ladder ladder;
	static const char *const names[] = { "min", "p25",   "p50",   "p75",	"p90", "p95",
					     "p99", "p99.5", "p99.9", "p99.99", "max" };

	ladder_make(histogram, &wanted, &ladder);
	cr_assert_eq(ladder.count, sizeof(names) / sizeof(names[0]));
	for (uint32_t i = 0; i < ladder.count; i++)
		cr_expect_str_eq(ladder.rungs[i].name.text, names[i]);
	histogram_close(histogram);
}

Test(ladder, nothing_recorded_makes_no_rung)
{
	struct histogram *histogram;

	cr_assert_eq(histogram_open(&histogram), 0);
	expect(histogram, &none, true, "");
	histogram_close(histogram);
}

/* One value alone is neither long nor short. */
Test(ladder, equal_values_have_no_bars)
{
	struct histogram *histogram;
	char *text;

	cr_assert_eq(histogram_open(&histogram), 0);
	histogram_record(histogram, 1000);
	text = text_of(histogram, &none, false);
	cr_expect_not(strchr(text, '#'), "%s", text);
	histogram_close(histogram);
	free(text);
}

static void expect_bar(double share, bool unicode, const char *text)
{
	struct bar bar = bar_draw(share, unicode);

	cr_expect_str_eq(bar.text, text, "%g: %s", share, bar.text);
}

Test(bar, is_drawn_down_to_an_eighth)
{
	expect_bar(0, true, "");
	expect_bar(1.0 / 320, true, "▏");
	expect_bar(4.0 / 320, true, "▌");
	expect_bar(7.0 / 320, true, "▉");
	expect_bar(8.0 / 320, true, "█");
	expect_bar(17.0 / 320, true, "██▏");
	cr_expect_eq(strlen(bar_draw(1, true).text), 3 * BAR_COLUMNS);
}

Test(bar, is_drawn_in_ascii_to_the_nearest_column)
{
	expect_bar(0.01, false, "");
	expect_bar(0.02, false, "#");
	expect_bar(0.05, false, "##");
	cr_expect_eq(strlen(bar_draw(1, false).text), BAR_COLUMNS);
}

Test(bar, is_never_longer_than_it_may_be)
{
	cr_expect_eq(strlen(bar_draw(7, false).text), BAR_COLUMNS);
	cr_expect_eq(strlen(bar_draw(1e30, true).text), 3 * BAR_COLUMNS);
	expect_bar(-1, true, "");
	expect_bar(0.0 / 0.0, true, "");
}
