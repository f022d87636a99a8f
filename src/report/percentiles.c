#include "percentiles.h"

#include <math.h>
#include <string.h>

#include "axis.h"
#include "base/array.h"
#include "output/document.h"
#include "palette.h"
#include "words.h"

/* Levels between two that halve the distance to 100 %. */
#define STEPS_PER_HALF 16
#define LOG_FACTOR 20
#define DECADES_NARROW 4
#define HEIGHT 400
#define HEIGHT_PER_CURVE 14
#define NAME_WIDE 60
#define NAME_NARROW 32

struct drawing {
	struct axis latency;
	double reach; /* 1 / (1 - percentile) of the last value */
	FILE *script;
};

bool percentiles_known(const json_t *times)
{
	return member_string(times, "histogram") != NULL;
}

static void point_write(struct drawing *drawing, double reach, double latency_ns)
{
	(void)fprintf(drawing->script, "%.9g %.9g\n", reach, latency_ns);
	axis_take(&drawing->latency, latency_ns);
	if (reach > drawing->reach)
		drawing->reach = reach;
}

/* A point for each level up to the last but one value; the maximum stands where one value of all
 * lies beyond, since nothing is known of what would be rarer. */
static void data_write(struct drawing *drawing, const struct histogram *histogram)
{
	double count = (double)histogram_count(histogram);
	double reach = 1;

	while (reach < count) {
		point_write(drawing, reach,
			    (double)histogram_percentile(histogram, 100 * (1 - 1 / reach)));
		reach *= exp2(1.0 / STEPS_PER_HALF);
	}
	point_write(drawing, count > 1 ? count : 2, (double)histogram_max(histogram));
}

static void curve_data_write(struct drawing *drawing, const struct percentile_curve *curve,
			     uint32_t index)
{
	struct histogram *histogram;

	(void)fprintf(drawing->script, "$d%u << EOD\n", index);
	if (histogram_from_json(curve->times, &histogram, NULL) == 0) {
		if (histogram_count(histogram) > 0)
			data_write(drawing, histogram);
		histogram_close(histogram);
	}
	(void)fputs("EOD\n", drawing->script);
}

static void percent_tics_write(int decades, int step, FILE *script)
{
	(void)fputs("set xtics ('0 %%' 1", script);
	for (int i = 1; i <= decades; i++) {
		if (i == 1 || i % step == 0)
			(void)fprintf(script, ", '%.*f %%%%' 1e%d", i > 2 ? i - 2 : 0,
				      100 - 100 * pow(10, -i), i);
		else
			(void)fprintf(script, ", '' 1e%d", i);
	}
	(void)fputs(")\n", script);
}

/* A narrow picture has no room for all labels. */
static void percent_axis_write(const struct drawing *drawing)
{
	double reach = drawing->reach > 100 ? drawing->reach : 100;
	FILE *script = drawing->script;
	int decades = (int)ceil(log10(reach) - 1e-9);

	(void)fprintf(script, "set logscale x\nset xrange [1:%.9g]\n", reach);
	percent_tics_write(decades, 1, script);
	(void)fputs("if (narrow) {\n", script);
	percent_tics_write(decades, decades > DECADES_NARROW ? 2 : 1, script);
	(void)fputs(
		"}\nset xlabel 'percentile, logarithmic towards 100 %' offset 0,0.5 textcolor rgb "
		"'" PALETTE_MUTED "'\n",
		script);
}

/* Those that are summed up lie below the rest. */
static void curves_write(const struct percentile_curve *curves, uint32_t count, FILE *script)
{
	unsigned int colour = 0;

	(void)fputs("plot ", script);
	for (uint32_t i = 0; i < count; i++) {
		const char *shade = curves[i].faint ? PALETTE_MUTED : palette_curve(colour);

		(void)fprintf(script,
			      "%s$d%u using 1:2 with lines lw %s dt %u lc rgb '%s' title "
			      "(narrow ? %s : %s)",
			      i > 0 ? ", " : "", i, curves[i].faint ? "0.8" : "2.2",
			      curves[i].faint ? 1 : colour % 5 + 1, shade,
			      plot_name(curves[i].name, NAME_NARROW).text,
			      plot_name(curves[i].name, NAME_WIDE).text);
		colour += curves[i].faint ? 0 : 1;
	}
	(void)fputc('\n', script);
}

/* By the histogram, as the curve: a document may lack the percentiles. */
static void describe_curve(const struct percentile_curve *curve, bool first, FILE *stream)
{
	static const struct {
		const char *name;
		double percent;
	} told[] = { { "p50", 50 }, { "p99", 99 }, { "p99.9", 99.9 } };
	struct histogram *histogram;

	if (histogram_from_json(curve->times, &histogram, NULL) < 0)
		return;
	(void)fprintf(stream, "%s%s: ", first ? "" : "; ", curve->name);
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		(void)fprintf(
			stream, "%s %s, ", told[i].name,
			words_duration((double)histogram_percentile(histogram, told[i].percent))
				.text);
	(void)fprintf(stream, "largest %s", words_duration((double)histogram_max(histogram)).text);
	histogram_close(histogram);
}

static void describe(struct plot *plot, const struct percentile_curve *curves, uint32_t count,
		     const char *title)
{
	size_t length;
	FILE *stream = open_memstream(&plot->description, &length);

	plot->title = strdup(title);
	if (!plot->half)
		plot->caption = strdup("The further to the right, the rarer: at 99.9 % one request "
				       "of 1000 took longer. A curve ends at the largest latency.");
	if (!stream)
		return;
	for (uint32_t i = 0; i < count; i++)
		describe_curve(&curves[i], i == 0, stream);
	(void)fputs(".", stream);
	(void)fclose(stream);
}

struct plot *percentiles_plot(const struct percentile_curve *curves, uint32_t count, bool half,
			      const char *title)
{
	struct plot *plot = plot_open("percentiles", HEIGHT + HEIGHT_PER_CURVE * count);
	struct drawing drawing = {
		.latency = { .letter = 'y', .label = "latency", .text = words_duration },
	};

	if (!plot)
		return NULL;
	plot->half = half;
	drawing.script = plot->script;
	for (uint32_t i = 0; i < count; i++)
		curve_data_write(&drawing, &curves[i], i);
	axis_choose(&drawing.latency, LOG_FACTOR);
	axis_write(&drawing.latency, plot->script);
	percent_axis_write(&drawing);
	(void)fputs("set key below left vertical maxcols 1\n", plot->script);
	curves_write(curves, count, plot->script);
	describe(plot, curves, count, title);
	return plot_end(plot);
}
