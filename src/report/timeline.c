#include "timeline.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "axis.h"
#include "base/array.h"
#include "base/clock.h"
#include "output/document.h"
#include "palette.h"
#include "words.h"

/* More points than there are pixels tell no more. */
#define POINTS_MAX 900
#define LOG_FACTOR 20
#define HEIGHT_LATENCY 380
#define HEIGHT_RATE 260

struct curve {
	const char *name;
	const char *path; /* in an interval */
	int colour;	  /* of a curve */
	const char *dash;
};

/* Several intervals in one point: the largest latency, and the rate of all. */
struct point {
	double start_s, end_s;
	double value; /* below 0: there is none */
	double requests;
};

struct drawing {
	struct axis value, time;
	FILE *script;
	const struct curve *curve; /* NULL: the rate */
	size_t per_point;
};

static const struct curve latencies[] = {
	{ "largest", "latency_ns/max", 1, "3" },
	{ "p99", "latency_ns/p99", 3, "2" },
	{ "p50", "latency_ns/p50", 0, "1" },
};

static const json_t *intervals_of(const json_t *run)
{
	return json_object_get(run, "intervals");
}

struct timeline timeline_of(const json_t *root)
{
	const struct document document = { root };
	struct timeline timeline = { .per_point = 1 };

	for (size_t i = 0; i < document_run_count(&document); i++) {
		json_t *interval;
		size_t j;

		json_array_foreach (intervals_of(document_run(&document, i)), j, interval) {
			timeline.intervals++;
			timeline.silent += member_count(interval, "requests") > 0 ? 0 : 1;
		}
	}
	timeline.per_point += timeline.intervals / POINTS_MAX;
	return timeline;
}

/* A point without a value parts the line, rather than to draw it as 0. */
static void point_write(struct drawing *drawing, const struct point *point)
{
	double middle = (point->start_s + point->end_s) / 2;
	double value = point->value;

	if (!drawing->curve)
		value = point->end_s > point->start_s
				? point->requests / (point->end_s - point->start_s)
				: -1;
	axis_take(&drawing->time, point->start_s);
	axis_take(&drawing->time, point->end_s);
	if (value < 0) {
		(void)fputc('\n', drawing->script);
		return;
	}
	axis_take(&drawing->value, value);
	(void)fprintf(drawing->script, "%.9g %.9g\n", middle, value);
}

static void point_add(struct point *point, const json_t *interval, double start_s, const char *path)
{
	double value;

	point->end_s = start_s + (member_count(interval, "start_ns") +
				  member_count(interval, "duration_ns")) /
					 (double)NS_PER_S;
	point->requests += member_count(interval, "requests");
	if (path && member_number(interval, path, &value) && value > point->value)
		point->value = value;
}

/* Where a run ends that begins at 0: behind its last interval, if that reaches farther. */
static double run_length_s(const json_t *run)
{
	const json_t *intervals = intervals_of(run);
	size_t count = json_array_size(intervals);
	const json_t *last = count > 0 ? json_array_get(intervals, count - 1) : NULL;
	double end_ns = member_count(last, "start_ns") + member_count(last, "duration_ns");
	double run_ns = member_count(run, "duration_ns");

	return (end_ns > run_ns ? end_ns : run_ns) / (double)NS_PER_S;
}

/* Runs follow each other without the time between them. */
static void run_write(struct drawing *drawing, const json_t *run, double start_s)
{
	struct point point = { start_s, start_s, -1, 0 };
	json_t *interval;
	size_t i;

	json_array_foreach (intervals_of(run), i, interval) {
		point_add(&point, interval, start_s, drawing->curve ? drawing->curve->path : NULL);
		if ((i + 1) % drawing->per_point != 0)
			continue;
		point_write(drawing, &point);
		point = (struct point){ point.end_s, point.end_s, -1, 0 };
	}
	if (point.end_s > point.start_s)
		point_write(drawing, &point);
	(void)fputc('\n', drawing->script);
}

static void data_write(struct drawing *drawing, const json_t *root, size_t index)
{
	const struct document document = { root };
	double start_s = 0;

	(void)fprintf(drawing->script, "$d%zu << EOD\n", index);
	for (size_t i = 0; i < document_run_count(&document); i++) {
		run_write(drawing, document_run(&document, i), start_s);
		start_s += run_length_s(document_run(&document, i));
	}
	(void)fputs("EOD\n", drawing->script);
}

/* A line where a run begins. */
static void runs_write(const json_t *root, FILE *script)
{
	const struct document document = { root };
	double start_s = 0;

	for (size_t i = 0; i + 1 < document_run_count(&document); i++) {
		start_s += run_length_s(document_run(&document, i));
		(void)fprintf(script,
			      "set arrow from %.9g, graph 0 to %.9g, graph 1 nohead lc rgb "
			      "'" PALETTE_MUTED "'\n",
			      start_s, start_s);
	}
}

static struct unit_text seconds_text(double seconds)
{
	struct unit_text text;

	(void)snprintf(text.text, sizeof(text.text), "%.6g s", seconds);
	return text;
}

static void axes_write(struct drawing *drawing, const json_t *document)
{
	drawing->time.text = seconds_text;
	axis_write(&drawing->value, drawing->script);
	axis_write(&drawing->time, drawing->script);
	runs_write(document, drawing->script);
	(void)fputs("set key below left horizontal\n"
		    "if (narrow) { set key below left vertical maxcols 1 }\n",
		    drawing->script);
}

static void describe(struct plot *plot, const json_t *document, const char *what,
		     const char *points, const struct timeline *timeline)
{
	int length;

	plot->title = strdup(what);
	if (timeline->per_point > 1)
		length = asprintf(&plot->description,
				  "Each point stands for %zu intervals: %s. %zu intervals in all.",
				  timeline->per_point, points, timeline->intervals);
	else
		length = asprintf(&plot->description, "A point for each of %zu intervals.",
				  timeline->intervals);
	if (length < 0)
		plot->description = NULL;
	if (json_array_size(json_object_get(document, "runs")) > 1 && plot->description) {
		char *longer;

		length = asprintf(&longer, "%s Vertical lines part the runs.", plot->description);
		free(plot->description);
		plot->description = length < 0 ? NULL : longer;
	}
	plot->caption = plot->description ? strdup(plot->description) : NULL;
}

struct plot *timeline_latency(const json_t *document, const struct timeline *timeline)
{
	struct plot *plot = plot_open("latency-over-time", HEIGHT_LATENCY);
	struct drawing drawing = {
		.value = { .letter = 'y', .label = "latency", .text = words_duration },
		.time = { .letter = 'x', .label = "time measured", .tight = true },
		.per_point = timeline->per_point,
	};

	if (!plot)
		return NULL;
	drawing.script = plot->script;
	for (size_t i = 0; i < ARRAY_SIZE(latencies); i++) {
		drawing.curve = &latencies[i];
		data_write(&drawing, document, i);
	}
	axis_choose(&drawing.value, LOG_FACTOR);
	axes_write(&drawing, document);
	(void)fputs("plot ", plot->script);
	for (size_t i = 0; i < ARRAY_SIZE(latencies); i++)
		(void)fprintf(plot->script,
			      "%s$d%zu using 1:2 with lines lw 1.8 dt %s lc rgb '%s' title '%s'",
			      i > 0 ? ", " : "", i, latencies[i].dash,
			      palette_curve((unsigned int)latencies[i].colour), latencies[i].name);
	(void)fputc('\n', plot->script);
	describe(plot, document, "Latency over time", "the largest of each figure", timeline);
	return plot_end(plot);
}

struct plot *timeline_rate(const json_t *document, const struct timeline *timeline)
{
	struct plot *plot = plot_open("rate-over-time", HEIGHT_RATE);
	struct drawing drawing = {
		.value = { .letter = 'y', .label = "requests a second", .text = words_rate },
		.time = { .letter = 'x', .label = "time measured", .tight = true },
		.per_point = timeline->per_point,
	};

	if (!plot)
		return NULL;
	drawing.script = plot->script;
	data_write(&drawing, document, 0);
	axes_write(&drawing, document);
	(void)fprintf(plot->script,
		      "plot $d0 using 1:2 with lines lw 2 lc rgb '%s' title 'answered'\n",
		      palette_curve(0));
	describe(plot, document, "Throughput over time", "their mean rate", timeline);
	return plot_end(plot);
}
