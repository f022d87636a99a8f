#include "split_table.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "base/bar.h"
#include "base/unit.h"
#include "measure/split_view.h"
#include "phrase.h"

/* With two blanks and a letter before it. */
#define TITLE_COLUMNS 15
#define VALUE_COLUMNS 9
#define BAND_COLUMNS 28

/* Less of all round trips than this would make a row of nothing. */
#define BAND_SHARE_MIN 0.001

static char letter_of(uint32_t part)
{
	return (char)('A' + part);
}

static const struct {
	const char *title;
	double percent;
} columns[] = {
	{ "p50", 50 }, { "p90", 90 }, { "p99", 99 }, { "p99.9", 99.9 }, { "max", 100 },
};

static void print_heading(const struct page *page)
{
	(void)fprintf(page->stream, "  %s%-*s %6s %*s", style_begin(STYLE_TITLE, page->colors),
		      2 + TITLE_COLUMNS, "part", "share", VALUE_COLUMNS - 1, "mean");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		(void)fprintf(page->stream, " %*s", VALUE_COLUMNS - 1, columns[i].title);
	(void)fprintf(page->stream, "%s\n", style_end(STYLE_TITLE, page->colors));
}

/* A title that is too long has a line of its own. */
static void print_row(char letter, const char *title, double share,
		      const struct signed_histogram *times, const struct page *page)
{
	bool is_long = strlen(title) > TITLE_COLUMNS;

	if (is_long)
		page_line(page, STYLE_PLAIN, "  %c %s", letter, title);
	(void)fprintf(page->stream, "  %c %-*s %5.1f%% %*s", is_long ? ' ' : letter, TITLE_COLUMNS,
		      is_long ? "" : title, 100 * share, VALUE_COLUMNS - 1,
		      duration_text(signed_histogram_mean(times)).text);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		(void)fprintf(page->stream, " %*s", VALUE_COLUMNS - 1,
			      duration_text((double)signed_histogram_percentile(times,
										columns[i].percent))
				      .text);
	(void)fputc('\n', page->stream);
}

/* The mean of each part as a share of them all. */
static void shares_find(const struct split_view *view, const struct split_band *band,
			double ret_shares[static SPLIT_POINT_COUNT])
{
	double whole = 0;

	for (uint32_t i = 0; i < view->count; i++) {
		ret_shares[i] = split_view_mean(&view->parts[i], band);
		whole += ret_shares[i];
	}
	for (uint32_t i = 0; i < view->count; i++)
		ret_shares[i] = whole > 0 ? ret_shares[i] / whole : 0;
}

static void print_bar(const char *label, const struct split_view *view,
		      const struct split_band *band, const struct page *page)
{
	double shares[SPLIT_POINT_COUNT];

	shares_find(view, band, shares);
	(void)fprintf(page->stream, "  %-*s %s%s%s\n", BAND_COLUMNS, label,
		      style_begin(STYLE_BAR, page->colors), bar_stack(shares, view->count).text,
		      style_end(STYLE_BAR, page->colors));
}

static void print_bars(const struct split *split, const struct split_view *view,
		       const struct split_band *total, const struct page *page)
{
	print_bar("all", view, total, page);
	for (int i = 0; i < SPLIT_BANDS; i++) {
		const struct split_band *band = &split->bands[i];
		double share = (double)band->round_trips / (double)total->round_trips;
		struct phrase label = { .used = 0 };

		if (share < BAND_SHARE_MIN)
			continue;
		phrase_add(&label, "%s to %s: %.1f %%",
			   duration_text(i > 0 ? (double)(UINT64_C(1) << i) : 0).text,
			   duration_text((double)(UINT64_C(2) << i)).text, 100 * share);
		print_bar(label.text, view, band, page);
	}
}

static void print_parts(const struct split *split, const struct split_view *view,
			const struct split_band *total, const struct page *page)
{
	double shares[SPLIT_POINT_COUNT];

	shares_find(view, total, shares);
	print_heading(page);
	for (uint32_t i = 0; i < view->count; i++)
		print_row(letter_of(i), view->parts[i].title.text, shares[i], view->parts[i].times,
			  page);
	print_row(' ', "whole", 1, &split->whole, page);
}

static void print_sender(const struct split *split, const struct page *page)
{
	if (split->followed_up > 0)
		page_row(page, STYLE_PLAIN, "",
			 "when the server sent was told by its kernel (Follow-Up Telemetry)");
}

static void print_remarks(const struct split *split, const struct split_view *view,
			  const struct page *page)
{
	const struct {
		uint64_t count;
		const char *text;
	} remarks[] = {
		{ split->incomplete, "left out, without one of the times" },
		{ split->mismatched, "left out, because the clock was set meanwhile" },
		{ view->together ? 0 : split->unordered,
		  "with a part that took less than no time" },
	};

	if (view->together)
		page_row(page, STYLE_BAD, "",
			 "the two clocks do not agree: the ways are known together only");
	for (size_t i = 0; i < ARRAY_SIZE(remarks); i++)
		if (remarks[i].count > 0)
			page_row(page, STYLE_BAD, "", "%" PRIu64 " %s", remarks[i].count,
				 remarks[i].text);
}

static bool do_clocks_agree(const struct session *session)
{
	const struct delays *delays = session->total.result.delays;

	return !delays || clock_pair_is_one(&delays->clocks, session->same_host);
}

void split_table_print(const struct session *session, const struct page *page)
{
	const struct split *split = session->total.result.split;
	struct split_band total;
	struct split_view view;

	if (!split)
		return;
	split_view_make(split, do_clocks_agree(session), &view);
	total = split_total(split);
	if (total.round_trips == 0) {
		page_row(page, STYLE_BAD, "split", "no round trip could be divided");
	} else {
		page_row(page, STYLE_TITLE, "split",
			 "of %" PRIu64 " round trips; bars are of means, by how long they took",
			 total.round_trips);
		print_bars(split, &view, &total, page);
		print_parts(split, &view, &total, page);
		print_sender(split, page);
	}
	print_remarks(split, &view, page);
}
