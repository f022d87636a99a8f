/* A load: what was asked, what came of it, and how it went over time. */
#include "chapter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "delay_tables.h"
#include "environment.h"
#include "load_tables.h"
#include "output/document.h"
#include "output/figure.h"
#include "percentiles.h"
#include "timeline.h"
#include "words.h"

/* More lines for single runs than this hide each other. */
#define RUN_CURVES_MAX 10

/* "8 connections, 1 request at a time on each, size 64; closed loop"; what is not known is left
 * out. */
static void work_print(const json_t *root, FILE *stream)
{
	const json_t *size = member(root, "options/size");
	char *size_text = size && !json_is_null(size) ? words_scalar(size) : NULL;
	double number;

	if (member_number(root, "options/connections", &number))
		(void)fprintf(stream, ": %.0f connection%s", number, words_plural(number));
	if (member_number(root, "options/depth", &number) && number > 0)
		(void)fprintf(stream, ", %.0f request%s at a time on each", number,
			      words_plural(number));
	if (size_text)
		(void)fprintf(stream, ", size %s", size_text);
	if (member_number(root, "options/rate", &number))
		(void)fprintf(stream, "%s%s", number > 0 ? "; open loop at " : "; closed loop",
			      number > 0 ? words_rate(number).text : "");
	free(size_text);
}

static void asked_add(struct content *content, const json_t *root)
{
	const struct document document = { root };
	size_t runs = document_run_count(&document), length;
	struct unit_text started = words_time(json_object_get(root, "started_unix_ns"));
	char *work = NULL;
	FILE *stream = open_memstream(&work, &length);
	double duration_ns;

	if (!stream) {
		content->error = -ENOMEM;
		return;
	}
	work_print(root, stream);
	(void)fprintf(stream, ". Measured ");
	if (member_number(root, "duration_ns", &duration_ns))
		(void)fprintf(stream, "for %s ", words_duration(duration_ns).text);
	(void)fprintf(stream, "in %zu run%s%s%s.", runs, words_plural((double)runs),
		      started.text[0] ? ", from " : "", started.text);
	if (fclose(stream) == 0)
		content_add(content, BLOCK_TEXT, "%s%s",
			    text_or(member_string(root, "target"), "Target not known"), work);
	else
		content->error = -ENOMEM;
	free(work);
}

static void tile_add(struct grid *grid, const char *name, const json_t *root, enum figure_id id,
		     const char *remark)
{
	const struct figure *figure = &figures[id];
	double value;

	if (!figure_get(figure, root, &value))
		return;
	grid_cell(grid, MARK_NONE, "%s", name);
	grid_cell(grid, MARK_NONE, "%s", words_figure(figure, value).text);
	grid_cell(grid, MARK_NONE, "%s", remark);
}

static void failures_tile_add(struct grid *grid, const json_t *root)
{
	double errors = member_count(root, "errors/total"), lost = member_count(root, "lost");

	grid_cell(grid, MARK_NONE, "errors and lost");
	grid_cell(grid, errors + lost > 0 ? MARK_BAD : MARK_GOOD, "%s",
		  count_text(errors + lost).text);
	grid_cell(grid, MARK_NONE, "%.0f error%s, %.0f of %.0f requests lost", errors,
		  words_plural(errors), lost, member_count(root, "sent"));
}

static void tiles_add(struct content *content, const json_t *root)
{
	struct grid *grid = grid_open("Headline");

	grid_column(grid, "what", false);
	grid_column(grid, "figure", true);
	grid_column(grid, "remark", false);
	tile_add(grid, "throughput", root, FIGURE_RATE, "requests answered a second");
	tile_add(grid, "p50 latency", root, FIGURE_P50, "half of all answers came within");
	tile_add(grid, "p99 latency", root, FIGURE_P99, "99 of 100 came within");
	tile_add(grid, "p99.9 latency", root, FIGURE_P999, "999 of 1000 came within");
	tile_add(grid, "server CPU", root, FIGURE_SERVER_CPU, "a request");
	tile_add(grid, "load CPU", root, FIGURE_CPU, "a request, of the generator");
	failures_tile_add(grid, root);
	content_add_grid(content, BLOCK_TILES, grid);
}

/* What a reader must know before the figures are believed. */
static void notes_add(struct content *content, const json_t *root)
{
	const char *bottleneck = member_string(root, "verdict/bottleneck");
	const char *reason = member_string(root, "verdict/reason");

	if (member_count(root, "requests") <= 0)
		content_add(content, BLOCK_NOTE, "Nothing was answered: there are no latencies.");
	if (bottleneck && strcmp(bottleneck, "generator") == 0)
		content_add(
			content, BLOCK_NOTE,
			"The load generator was the bottleneck (%s): these are not the limits of "
			"the server.",
			reason ? reason : "no reason is told");
	else if (reason)
		content_add(content, BLOCK_TEXT, "Bottleneck: %s; %s.",
			    bottleneck ? bottleneck : "not known", reason);
	if (json_is_false(member(root, "verdict/rate_held")))
		content_add(content, BLOCK_NOTE, "The rate that was asked for was not held.");
	if (json_is_true(json_object_get(root, "interrupted")))
		content_add(content, BLOCK_NOTE,
			    "It was interrupted: less was measured than asked.");
	if (json_is_true(json_object_get(root, "aborted")))
		content_add(content, BLOCK_NOTE, "It was aborted by a rule of its command line.");
}

/* All runs together, and each of them where they are few. */
static void percentiles_add(struct content *content, const json_t *root)
{
	const struct document document = { root };
	struct percentile_curve curves[RUN_CURVES_MAX + 1];
	size_t runs = document_run_count(&document);
	char names[RUN_CURVES_MAX][32];
	uint32_t count = 0;
	const json_t *times = json_object_get(root, "latency_ns");

	content_add(content, BLOCK_SECTION, "Latency");
	if (!percentiles_known(times)) {
		content_add(content, BLOCK_TEXT,
			    "The document has no histogram: there is no curve of percentiles.");
		return;
	}
	for (size_t i = 0; i < runs && runs > 1 && runs <= RUN_CURVES_MAX; i++) {
		const json_t *own = json_object_get(document_run(&document, i), "latency_ns");

		(void)snprintf(names[i], sizeof(names[i]), "run %zu alone", i + 1);
		if (percentiles_known(own))
			curves[count++] = (struct percentile_curve){ names[i], own, true };
	}
	curves[count] = (struct percentile_curve){ count > 0 ? "all runs" : "all requests", times,
						   false };
	count++;
	content_add_plot(content, percentiles_plot(curves, count, false, "Latency by percentile"));
}

static void timelines_add(struct content *content, const json_t *root)
{
	struct timeline timeline = timeline_of(root);

	content_add(content, BLOCK_SECTION, "Over time");
	if (timeline.intervals == 0) {
		content_add(content, BLOCK_TEXT,
			    "The document has no intervals: nothing is known of how it went over "
			    "time.");
		return;
	}
	if (timeline.silent < timeline.intervals)
		content_add_plot(content, timeline_latency(root, &timeline));
	if (timeline.silent > 0)
		content_add(content, BLOCK_TEXT,
			    "In %zu of %zu intervals nothing was answered; they have no latency%s.",
			    timeline.silent, timeline.intervals,
			    timeline.per_point > 1 ? "" : ", and the curves are broken there");
	content_add_plot(content, timeline_rate(root, &timeline));
}

void load_add(struct content *content, const struct input *input)
{
	const json_t *root = input->root;

	content_add(content, BLOCK_CHAPTER, "%s", input->name);
	asked_add(content, root);
	tiles_add(content, root);
	notes_add(content, root);
	thresholds_add(content, root);
	percentiles_add(content, root);
	times_add(content, root);
	delays_add(content, root);
	split_add(content, root);
	timelines_add(content, root);
	runs_add(content, root);
	hosts_add(content, root);
	cost_add(content, root);
	failures_add(content, root);
	environment_add(content, root);
	reproduction_add(content, root);
}
