#include "delay_tables.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "measure/delays.h"
#include "measure/split_view.h"
#include "output/document.h"
#include "stack.h"
#include "words.h"

/* The columns that irtt has, which people compare with, and how far the slow ones are. */
static const struct {
	const char *key;
	const char *title;
} delay_columns[] = {
	{ "min", "min" }, { "mean", "mean" },	{ "p50", "median" }, { "p90", "p90" },
	{ "p99", "p99" }, { "p99.9", "p99.9" }, { "max", "max" },    { "stddev", "stddev" },
};

static void delay_row(struct grid *grid, const char *title, const json_t *times)
{
	double value;

	grid_cell(grid, MARK_NONE, "%s", title);
	for (size_t i = 0; i < ARRAY_SIZE(delay_columns); i++)
		if (member_number(times, delay_columns[i].key, &value))
			grid_cell(grid, MARK_NONE, "%s", words_duration(value).text);
		else
			grid_cell(grid, MARK_NONE, "-");
}

static void clocks_add(struct content *content, const json_t *delays)
{
	struct clock_sentence sentence;
	struct clock_pair clocks;
	bool same_host;

	clock_pair_from_json(json_object_get(delays, "clocks"), &clocks, &same_host);
	sentence = clock_pair_sentence(&clocks, same_host);
	content_add(content, clock_pair_is_one(&clocks, same_host) ? BLOCK_TEXT : BLOCK_NOTE,
		    "%c%s.", toupper((unsigned char)sentence.text[0]), &sentence.text[1]);
}

static void ways_add(struct content *content, const json_t *delays)
{
	double known = member_count(delays, "lost_known");
	double missing = member_count(delays, "stamps_missing");

	if (known > 0)
		content_add(content, BLOCK_TEXT,
			    "By the peer's counts, %.0f of %.0f lost packets were lost on the way "
			    "there, %.0f on the way back.",
			    member_count(delays, "lost_up"), known,
			    member_count(delays, "lost_down"));
	if (missing > 0)
		content_add(content, BLOCK_NOTE,
			    "%.0f round trip%s left out: the kernel told no time of %s.", missing,
			    missing == 1 ? " was" : "s were", missing == 1 ? "it" : "them");
}

void delays_add(struct content *content, const json_t *root)
{
	const json_t *delays = json_object_get(root, "delays");
	struct grid *grid;

	if (!json_is_object(delays))
		return;
	content_add(content, BLOCK_SECTION, "Delays of each way");
	grid = grid_open("By the times of both ends");
	grid_column(grid, "delay", false);
	for (size_t i = 0; i < ARRAY_SIZE(delay_columns); i++)
		grid_column(grid, delay_columns[i].title, true);
	for (int kind = 0; kind < DELAY_KIND_COUNT; kind++) {
		const json_t *times = json_object_get(delays, delay_rows[kind].key);

		if (json_is_object(times))
			delay_row(grid, delay_rows[kind].title, times);
	}
	content_add_grid(content, BLOCK_TABLE, grid);
	clocks_add(content, delays);
	ways_add(content, delays);
}

/* A row of the figure; returns the mean of the whole. */
static double row_fill(const struct split_view *view, const struct split_band *band,
		       struct stack_row *row)
{
	double mean = 0;

	for (uint32_t i = 0; i < view->count; i++) {
		row->parts[i] = split_view_mean(&view->parts[i], band);
		mean += row->parts[i];
	}
	return mean;
}

/* The first row is that of all. */
static void stack_fill(const struct split *split, const struct split_view *view,
		       struct stack *stack)
{
	struct split_band total = split_total(split);
	double mean = row_fill(view, &total, &stack->rows[0]);

	(void)snprintf(stack->rows[0].label, sizeof(stack->rows[0].label), "all, mean %s",
		       words_duration(mean).text);
	stack->row_count = 1;
	stack->part_count = view->count;
	for (uint32_t i = 0; i < view->count; i++)
		stack->titles[i] = view->parts[i].title.text;
	for (int i = 0; i < SPLIT_BANDS; i++) {
		const struct split_band *band = &split->bands[i];
		struct stack_row *row = &stack->rows[stack->row_count];

		if (band->round_trips == 0)
			continue;
		(void)row_fill(view, band, row);
		(void)snprintf(row->label, sizeof(row->label), "%s to %s (%.3g %%)",
			       words_duration(i > 0 ? ldexp(1, i) : 0).text,
			       words_duration(ldexp(1, i + 1)).text,
			       100 * (double)band->round_trips / (double)total.round_trips);
		stack->row_count++;
	}
}

static_assert(STACK_ROWS_MAX > SPLIT_BANDS && STACK_PARTS_MAX >= SPLIT_POINT_COUNT,
	      "a split fits into its figure");

static const double split_percents[] = { 0, 50, 90, 99, 99.9, 100 };

static void split_row(struct grid *grid, const char *title, double share,
		      const struct signed_histogram *times)
{
	grid_cell(grid, MARK_NONE, "%s", title);
	grid_cell(grid, MARK_NONE, "%.3g %%", 100 * share);
	grid_cell(grid, MARK_NONE, "%s", words_duration(signed_histogram_mean(times)).text);
	for (size_t i = 0; i < ARRAY_SIZE(split_percents); i++)
		grid_cell(grid, MARK_NONE, "%s",
			  words_duration(
				  (double)signed_histogram_percentile(times, split_percents[i]))
				  .text);
}

static void split_table_add(struct content *content, const struct split *split,
			    const struct split_view *view, const struct stack_row *all)
{
	static const char *const titles[] = { "share", "mean", "min",	"p50",
					      "p90",   "p99",  "p99.9", "max" };
	struct grid *grid = grid_open("Each part of the round trips");
	double mean = 0;

	grid_column(grid, "part", false);
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		grid_column(grid, titles[i], true);
	for (uint32_t i = 0; i < view->count; i++)
		mean += all->parts[i];
	for (uint32_t i = 0; i < view->count; i++)
		split_row(grid, view->parts[i].title.text, mean > 0 ? all->parts[i] / mean : 0,
			  view->parts[i].times);
	split_row(grid, "whole", 1, &split->whole);
	content_add_grid(content, BLOCK_TABLE, grid);
}

static void split_remarks_add(struct content *content, const struct split *split,
			      const struct split_view *view)
{
	const struct {
		uint64_t count;
		const char *text;
	} remarks[] = {
		{ split->incomplete, "left out, being without one of the times" },
		{ split->mismatched, "left out, because the clock was set meanwhile" },
		{ view->together ? 0 : split->unordered,
		  "divided into parts of which one took less than no time" },
	};

	if (view->together)
		content_add(content, BLOCK_NOTE,
			    "The two hosts' clocks do not agree: the way there and the way back "
			    "are known together only.");
	for (size_t i = 0; i < ARRAY_SIZE(remarks); i++)
		if (remarks[i].count > 0)
			content_add(content, BLOCK_NOTE, "%" PRIu64 " round trip%s %s.",
				    remarks[i].count, remarks[i].count == 1 ? " was" : "s were",
				    remarks[i].text);
}

static void split_show(struct content *content, const struct split *split, bool clocks_agree)
{
	struct stack *stack = calloc(1, sizeof(*stack));
	struct split_view view;

	if (!stack) {
		content->error = -ENOMEM;
		return;
	}
	split_view_make(split, clocks_agree, &view);
	stack_fill(split, &view, stack);
	content_add_plot(content,
			 stack_plot(stack, "Where the time of round trips went",
				    "share of the time",
				    "Means of the parts, which add up to the mean of the whole as "
				    "percentiles do not: of all round trips, and of those alone "
				    "that took so long altogether."));
	split_table_add(content, split, &view, &stack->rows[0]);
	split_remarks_add(content, split, &view);
	free(stack);
}

void split_add(struct content *content, const json_t *root)
{
	const json_t *json = json_object_get(root, "split");
	struct error why = { "" };
	struct split split;
	int error;

	if (!json_is_object(json))
		return;
	content_add(content, BLOCK_SECTION, "Where the time went");
	error = split_from_json(json, &split, &why);
	if (error == -EINVAL)
		content_add(content, BLOCK_NOTE, "Its \"split\" %s.", why.text);
	else if (error)
		content->error = error;
	if (error)
		return;
	if (split_count(&split) == 0)
		content_add(content, BLOCK_TEXT, "No round trip could be divided.");
	else
		split_show(content, &split, !json_is_false(member(root, "delays/one_way_valid")));
	split_finish(&split);
}
