#include "parameter.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "axis.h"
#include "base/array.h"
#include "output/document.h"
#include "output/figure.h"
#include "palette.h"
#include "words.h"

#define CURVES_MAX 64
#define GROUPS_MAX 6
#define VALUES_MAX 64
#define TICS_MAX 7
#define NAME_MAX_LENGTH 200
/* From this factor between the least value and the largest one on. */
#define LOG_FACTOR 8
/* Latencies from this factor between the least one and the largest one on. */
#define LATENCY_LOG_FACTOR 20
#define HEIGHT 320
#define HEIGHT_PER_CURVE 17

struct parameter {
	const char *path; /* in a series */
	const char *label;
	struct unit_text (*text)(double value);
};

static const struct parameter parameters[] = {
	{ "point/connections", "connections", count_text },
	{ "point/depth", "requests on each connection at a time", count_text },
	{ "point/size", "size of a request", size_text },
	{ "point/rate", "rate asked for", words_rate },
};

static const enum figure_id drawn[] = { FIGURE_RATE, FIGURE_SERVER_CPU, FIGURE_P50, FIGURE_P99 };

/* The series of one server that differ in one parameter only. */
struct curve {
	char server[NAME_MAX_LENGTH];
	char rest[NAME_MAX_LENGTH]; /* what they have in common apart from that */
	uint32_t values;
	bool drawn;
};

struct curve_list {
	const struct parameter *parameter;
	const json_t *series;
	struct curve curves[CURVES_MAX];
	uint32_t count;
};

/* What of a series is not the parameter: "tcp, 50 connections, 64 B". */
static void rest_of(const json_t *series, const struct parameter *parameter, char *text)
{
	const char *transport = member_string(series, "point/transport");
	size_t used = (size_t)snprintf(text, NAME_MAX_LENGTH, "%.32s", transport ? transport : "");

	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		double value = member_count(series, parameters[i].path);

		if (&parameters[i] == parameter || (value == 0 && i + 1 == ARRAY_SIZE(parameters)))
			continue;
		if (used < NAME_MAX_LENGTH)
			used += (size_t)snprintf(text + used, NAME_MAX_LENGTH - used, ", %s%s%s",
						 i == 1 ? "depth " : "",
						 parameters[i].text(value).text,
						 i == 0 ? " connections" : "");
	}
	if (json_is_true(member(series, "point/reconnects")) && used < NAME_MAX_LENGTH)
		used += (size_t)snprintf(text + used, NAME_MAX_LENGTH - used, ", reconnecting");
	if (json_is_true(member(series, "point/asleep")) && used < NAME_MAX_LENGTH)
		(void)snprintf(text + used, NAME_MAX_LENGTH - used, ", client sleeps");
}

static bool belongs(const json_t *series, const struct curve_list *list, const struct curve *curve)
{
	const char *server = member_string(series, "server/name");
	char rest[NAME_MAX_LENGTH];

	rest_of(series, list->parameter, rest);
	return member_count(series, list->parameter->path) > 0 &&
	       strncmp(server ? server : "", curve->server, sizeof(curve->server) - 1) == 0 &&
	       strcmp(rest, curve->rest) == 0;
}

/* The curve of a series, made if there is none yet; NULL: no room, or it has no such value. */
static struct curve *curve_of(struct curve_list *list, const json_t *series)
{
	const char *server = member_string(series, "server/name");
	struct curve *curve;

	if (member_count(series, list->parameter->path) <= 0)
		return NULL;
	for (uint32_t i = 0; i < list->count; i++)
		if (belongs(series, list, &list->curves[i]))
			return &list->curves[i];
	if (list->count == CURVES_MAX)
		return NULL;
	curve = &list->curves[list->count++];
	(void)snprintf(curve->server, sizeof(curve->server), "%s", server ? server : "");
	rest_of(series, list->parameter, curve->rest);
	return curve;
}

/* Curves of at least two values; the others tell nothing of the parameter. */
static void curves_find(struct curve_list *list)
{
	uint32_t kept = 0;
	json_t *series;
	size_t i;

	json_array_foreach (list->series, i, series) {
		struct curve *curve = curve_of(list, series);

		if (curve)
			curve->values++;
	}
	for (uint32_t c = 0; c < list->count; c++)
		if (list->curves[c].values > 1)
			list->curves[kept++] = list->curves[c];
	list->count = kept;
}

static bool all_share(const struct curve_list *list, bool servers)
{
	for (uint32_t i = 1; i < list->count; i++)
		if (strcmp(servers ? list->curves[0].server : list->curves[0].rest,
			   servers ? list->curves[i].server : list->curves[i].rest) != 0)
			return false;
	return true;
}

struct point {
	double x, y, low, high;
};

static int compare_points(const void *a, const void *b)
{
	const struct point *first = a, *second = b;

	return first->x < second->x ? -1 : first->x > second->x;
}

/* Points of a curve, by the parameter; returns how many have no figure. */
static uint32_t points_of(const struct curve_list *list, const struct curve *curve,
			  const struct figure *figure, struct point *points, uint32_t *ret_count)
{
	uint32_t count = 0, missing = 0;
	json_t *series;
	size_t i;

	json_array_foreach (list->series, i, series) {
		const json_t *estimate = json_object_get(json_object_get(series, "median"),
							 figure->key);
		struct point point = { .x = member_count(series, list->parameter->path) };

		if (!belongs(series, list, curve) || count == VALUES_MAX)
			continue;
		if (!member_number(estimate, "median", &point.y)) {
			missing++;
			continue;
		}
		point.low = point.high = point.y;
		(void)member_number(estimate, "low", &point.low);
		(void)member_number(estimate, "high", &point.high);
		points[count++] = point;
	}
	qsort(points, count, sizeof(*points), compare_points);
	*ret_count = count;
	return missing;
}

struct drawing {
	struct plot *plot;
	const struct figure *figure;
	struct axis x, y;
	double values[VALUES_MAX]; /* of the parameter */
	uint32_t value_count;
	uint32_t missing;
	uint32_t drawn[CURVES_MAX]; /* curves with anything to draw */
	uint32_t drawn_count;
};

static void value_take(struct drawing *drawing, double value)
{
	axis_take(&drawing->x, value);
	for (uint32_t i = 0; i < drawing->value_count; i++)
		if (drawing->values[i] == value)
			return;
	if (drawing->value_count < VALUES_MAX)
		drawing->values[drawing->value_count++] = value;
}

static void curve_write(struct drawing *drawing, const struct curve_list *list, uint32_t index)
{
	struct point points[VALUES_MAX];
	uint32_t count;

	drawing->missing += points_of(list, &list->curves[index], drawing->figure, points, &count);
	if (count == 0)
		return;
	(void)fprintf(drawing->plot->script, "$d%u << EOD\n", index);
	for (uint32_t i = 0; i < count; i++) {
		(void)fprintf(drawing->plot->script, "%.9g %.9g %.9g %.9g\n", points[i].x,
			      points[i].y, points[i].low, points[i].high);
		value_take(drawing, points[i].x);
		axis_take(&drawing->y, points[i].low);
		axis_take(&drawing->y, points[i].high);
	}
	(void)fputs("EOD\n", drawing->plot->script);
	drawing->drawn[drawing->drawn_count++] = index;
}

/* A tic for each value, where they are few. */
static void x_axis_write(struct drawing *drawing)
{
	FILE *script = drawing->plot->script;

	axis_choose(&drawing->x, LOG_FACTOR - 0.001);
	axis_write(&drawing->x, script);
	if (drawing->x.logarithmic)
		(void)fprintf(script, "set xrange [%.9g:%.9g]\n", drawing->x.low / 1.15,
			      drawing->x.high * 1.15);
	if (drawing->value_count <= TICS_MAX)
		axis_tics_write(&drawing->x, drawing->values, drawing->value_count, script);
}

static void curves_write(const struct drawing *drawing, const struct curve_list *list)
{
	static const unsigned int shapes[] = { 7, 5, 9, 11, 13, 6, 4, 8 };
	bool one_server = all_share(list, true), one_rest = all_share(list, false);
	FILE *script = drawing->plot->script;

	(void)fputs("set key below left vertical maxcols 1\nplot ", script);
	for (uint32_t i = 0; i < drawing->drawn_count; i++) {
		const struct curve *curve = &list->curves[drawing->drawn[i]];
		char name[2 * NAME_MAX_LENGTH + 4];

		(void)snprintf(name, sizeof(name), "%s%s%s",
			       one_server && !one_rest ? "" : curve->server,
			       one_server || one_rest ? "" : ": ", one_rest ? "" : curve->rest);
		(void)fprintf(script,
			      "%s$d%u using 1:2:3:4 with yerrorlines lw 2 pt %u ps 0.8 "
			      "lc rgb '%s' title %s",
			      i > 0 ? ", " : "", drawing->drawn[i],
			      shapes[drawing->drawn[i] % ARRAY_SIZE(shapes)],
			      palette_curve(drawing->drawn[i]), plot_name(name, 44).text);
	}
	(void)fputc('\n', script);
}

static struct plot *figure_plot(const struct curve_list *list, const struct figure *figure)
{
	struct drawing drawing = {
		.figure = figure,
		.x = { .letter = 'x',
		       .label = list->parameter->label,
		       .text = list->parameter->text },
		.y = { .letter = 'y',
		       .label = words_title(figure),
		       .text = figure->more_is_better ? words_rate : words_duration },
	};
	struct plot *plot = plot_open(figure->word, HEIGHT + HEIGHT_PER_CURVE * list->count);

	if (!plot)
		return NULL;
	drawing.plot = plot;
	plot->half = true;
	for (uint32_t i = 0; i < list->count; i++)
		curve_write(&drawing, list, i);
	if (drawing.drawn_count > 0) {
		if (strncmp(figure->key, "latency", strlen("latency")) == 0)
			axis_choose(&drawing.y, LATENCY_LOG_FACTOR);
		axis_write(&drawing.y, plot->script);
		x_axis_write(&drawing);
		curves_write(&drawing, list);
	}
	if (asprintf(&plot->title, "%s by %s", words_heading(figure).text, list->parameter->label) <
	    0)
		plot->title = NULL;
	if (all_share(list, false))
		plot->caption = strdup(list->curves[0].rest);
	if (asprintf(
		    &plot->description,
		    "Medians with their intervals. The numbers stand in the table of all series.%s",
		    drawing.missing > 0 ? " Where there is no such figure, nothing is drawn."
					: "") < 0)
		plot->description = NULL;
	plot->drawable = drawing.drawn_count > 0;
	return plot_end(plot);
}

/* Four figures of these curves. */
static void group_add(struct content *content, const struct curve_list *list)
{
	for (size_t i = 0; i < ARRAY_SIZE(drawn); i++) {
		const struct figure *figure = &figures[drawn[i]];
		struct plot *plot = figure_plot(list, figure);

		if (plot && !plot->drawable) {
			plot_close(plot);
			content_add(content, BLOCK_TEXT, "No series has the figure '%s'.",
				    words_title(figure));
			continue;
		}
		content_add_plot(content, plot);
	}
}

/* So many curves that a figure is for those which have all but the parameter in common. */
static void groups_add(struct content *content, const struct curve_list *list)
{
	unsigned int groups = 0, left_out = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		struct curve_list *group;
		bool earlier = false;

		for (uint32_t j = 0; j < i && !earlier; j++)
			earlier = strcmp(list->curves[j].rest, list->curves[i].rest) == 0;
		if (earlier)
			continue;
		if (groups++ >= GROUPS_MAX) {
			left_out++;
			continue;
		}
		group = malloc(sizeof(*group));
		if (!group) {
			content->error = -ENOMEM;
			return;
		}
		*group = (struct curve_list){ .parameter = list->parameter,
					      .series = list->series };
		for (uint32_t j = i; j < list->count && group->count < PALETTE_CURVES; j++)
			if (strcmp(list->curves[j].rest, list->curves[i].rest) == 0)
				group->curves[group->count++] = list->curves[j];
		group_add(content, group);
		free(group);
	}
	if (left_out > 0)
		content_add(content, BLOCK_TEXT, "%u more groups of curves are in the table only.",
			    left_out);
}

unsigned int parameters_add(struct content *content, const json_t *root)
{
	struct curve_list *list = malloc(sizeof(*list));
	unsigned int count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parameters) && list; i++) {
		*list = (struct curve_list){ .parameter = &parameters[i],
					     .series = json_object_get(root, "series") };
		curves_find(list);
		if (list->count == 0)
			continue;
		content_add(content, BLOCK_SECTION, "By %s", parameters[i].label);
		if (list->count <= PALETTE_CURVES)
			group_add(content, list);
		else
			groups_add(content, list);
		count++;
	}
	if (!list)
		content->error = -ENOMEM;
	free(list);
	return count;
}
