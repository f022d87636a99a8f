#include "delay_tables.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "measure/delays.h"
#include "measure/split.h"
#include "output/document.h"
#include "stack.h"
#include "words.h"

struct times_column {
	const char *key;
	const char *title;
};

/* The columns that irtt has, which people compare with. */
static const struct times_column delay_columns[] = {
	{ "min", "min" }, { "mean", "mean" }, { "p50", "median" },
	{ "p99", "p99" }, { "max", "max" },   { "stddev", "stddev" },
};

static const struct times_column split_columns[] = {
	{ "mean", "mean" }, { "min", "min" },	  { "p50", "p50" }, { "p90", "p90" },
	{ "p99", "p99" },   { "p99.9", "p99.9" }, { "max", "max" },
};

static void columns_add(struct grid *grid, const struct times_column *columns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		grid_column(grid, columns[i].title, true);
}

static void times_cells(struct grid *grid, const json_t *times, const struct times_column *columns,
			size_t count)
{
	double value;

	for (size_t i = 0; i < count; i++)
		if (member_number(times, columns[i].key, &value))
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
	columns_add(grid, delay_columns, ARRAY_SIZE(delay_columns));
	for (int kind = 0; kind < DELAY_KIND_COUNT; kind++) {
		const json_t *times = json_object_get(delays, delay_rows[kind].key);

		if (!json_is_object(times))
			continue;
		grid_cell(grid, MARK_NONE, "%s", delay_rows[kind].title);
		times_cells(grid, times, delay_columns, ARRAY_SIZE(delay_columns));
	}
	content_add_grid(content, BLOCK_TABLE, grid);
	clocks_add(content, delays);
	ways_add(content, delays);
}

/* A part as it is shown: one of the document's, or all that cross, as one. */
struct shown_part {
	const char *title;
	const json_t *times;
	double mean;
};

struct shown_split {
	struct stack stack;
	struct shown_part parts[STACK_PARTS_MAX];
	const json_t *list; /* the document's parts */
	bool together;	    /* are those that cross shown as one? */
};

static bool is_crossing(const json_t *part)
{
	return json_is_true(json_object_get(part, "crossing"));
}

/* The sum of a part over the round trips of a band. */
static double sum_of(const json_t *band, size_t index)
{
	return json_number_value(json_array_get(json_object_get(band, "sums_ns"), index));
}

/* Do the clocks not agree? Parts below 0 tell it, whatever the clocks say of themselves. */
static bool are_ways_together(const json_t *root, const json_t *split, const json_t *list)
{
	bool valid = !json_is_false(member(root, "delays/one_way_valid"));
	json_t *band, *part;
	size_t i, j;

	json_array_foreach (list, j, part) {
		if (!is_crossing(part))
			continue;
		if (!valid)
			return true;
		json_array_foreach (json_object_get(split, "bands"), i, band) {
			if (sum_of(band, j) < 0)
				return true;
		}
	}
	return false;
}

static void parts_choose(struct shown_split *shown, const json_t *split)
{
	bool has_ways = false;
	json_t *part;
	size_t i;

	json_array_foreach (shown->list, i, part) {
		const char *title = member_string(part, "title");
		bool way = shown->together && is_crossing(part);

		if (shown->stack.part_count == STACK_PARTS_MAX)
			break;
		if (way && has_ways)
			continue;
		has_ways |= way;
		shown->parts[shown->stack.part_count++] = (struct shown_part){
			.title = way ? "both ways" : text_or(title, "-"),
			.times = json_object_get(way ? split : part,
						 way ? "both_ways_ns" : "times_ns"),
		};
	}
	for (uint32_t j = 0; j < shown->stack.part_count; j++)
		shown->stack.titles[j] = shown->parts[j].title;
}

/* Add what a band has to a row, part by part. */
static void band_add_to(const struct shown_split *shown, const json_t *band, struct stack_row *row)
{
	int ways = -1, at = -1;
	json_t *part;
	size_t i;

	json_array_foreach (shown->list, i, part) {
		bool way = shown->together && is_crossing(part);
		int index = way && ways >= 0 ? ways : ++at;

		if (way)
			ways = index;
		if (index < STACK_PARTS_MAX)
			row->parts[index] += sum_of(band, i);
	}
}

static double row_end(const struct shown_split *shown, struct stack_row *row, double count)
{
	double mean = 0;

	for (uint32_t i = 0; i < shown->stack.part_count; i++) {
		row->parts[i] /= count;
		mean += row->parts[i];
		if (!isfinite(row->parts[i]) || row->parts[i] < 0)
			row->parts[i] = 0;
	}
	return mean;
}

/* The first row is that of all. */
static void rows_make(struct shown_split *shown, const json_t *split)
{
	struct stack_row *all = &shown->stack.rows[shown->stack.row_count++];
	double total = member_count(split, "round_trips"), mean;
	json_t *band;
	size_t i;

	json_array_foreach (json_object_get(split, "bands"), i, band) {
		double count = member_count(band, "round_trips");
		struct stack_row *row = &shown->stack.rows[shown->stack.row_count];

		if (count <= 0 || shown->stack.row_count == STACK_ROWS_MAX)
			continue;
		band_add_to(shown, band, all);
		band_add_to(shown, band, row);
		(void)row_end(shown, row, count);
		(void)snprintf(row->label, sizeof(row->label), "%s to %s (%.3g %%)",
			       words_duration(member_count(band, "from_ns")).text,
			       words_duration(member_count(band, "to_ns")).text,
			       100 * count / total);
		shown->stack.row_count++;
	}
	mean = row_end(shown, all, total);
	(void)snprintf(all->label, sizeof(all->label), "all, mean %s", words_duration(mean).text);
	for (uint32_t j = 0; j < shown->stack.part_count; j++)
		shown->parts[j].mean = all->parts[j] / (mean > 0 ? mean : 1);
}

static void split_table_add(struct content *content, const struct shown_split *shown,
			    const json_t *split)
{
	struct grid *grid = grid_open("Each part of the round trips");

	grid_column(grid, "part", false);
	grid_column(grid, "share", true);
	columns_add(grid, split_columns, ARRAY_SIZE(split_columns));
	for (uint32_t i = 0; i < shown->stack.part_count; i++) {
		grid_cell(grid, MARK_NONE, "%s", shown->parts[i].title);
		grid_cell(grid, MARK_NONE, "%.3g %%", 100 * shown->parts[i].mean);
		times_cells(grid, shown->parts[i].times, split_columns, ARRAY_SIZE(split_columns));
	}
	grid_cell(grid, MARK_NONE, "whole");
	grid_cell(grid, MARK_NONE, "100 %%");
	times_cells(grid, json_object_get(split, "whole_ns"), split_columns,
		    ARRAY_SIZE(split_columns));
	content_add_grid(content, BLOCK_TABLE, grid);
}

static const struct {
	const char *key;
	const char *text;
	bool expected; /* of clocks that do not agree */
} split_remarks[] = {
	{ "incomplete", "left out, being without one of the times", false },
	{ "mismatched", "left out, because the clock was set meanwhile", false },
	{ "unordered", "divided into parts of which one took less than no time", true },
};

static void split_remarks_add(struct content *content, const struct shown_split *shown,
			      const json_t *split)
{
	if (shown->together)
		content_add(content, BLOCK_NOTE,
			    "The two hosts' clocks do not agree: the way there and the way back "
			    "are known together only.");
	for (size_t i = 0; i < ARRAY_SIZE(split_remarks); i++) {
		double count = member_count(split, split_remarks[i].key);

		if (count > 0 && !(shown->together && split_remarks[i].expected))
			content_add(content, BLOCK_NOTE, "%.0f round trip%s %s.", count,
				    count == 1 ? " was" : "s were", split_remarks[i].text);
	}
}

void split_add(struct content *content, const json_t *root)
{
	const json_t *split = json_object_get(root, "split");
	struct shown_split *shown;

	if (!json_is_object(split))
		return;
	content_add(content, BLOCK_SECTION, "Where the time went");
	if (member_count(split, "round_trips") <= 0 ||
	    json_array_size(json_object_get(split, "parts")) == 0) {
		content_add(content, BLOCK_TEXT, "No round trip could be divided.");
		return;
	}
	shown = calloc(1, sizeof(*shown));
	if (!shown) {
		content->error = -ENOMEM;
		return;
	}
	shown->list = json_object_get(split, "parts");
	shown->together = are_ways_together(root, split, shown->list);
	parts_choose(shown, split);
	rows_make(shown, split);
	content_add_plot(content,
			 stack_plot(&shown->stack, "Where the time of round trips went",
				    "share of the time",
				    "Means of the parts, which add up to the mean of the whole as "
				    "percentiles do not: of all round trips, and of those alone "
				    "that took so long altogether."));
	split_table_add(content, shown, split);
	split_remarks_add(content, shown, split);
	free(shown);
}
