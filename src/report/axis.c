#include "axis.h"

#include <math.h>
#include <string.h>

#include "palette.h"

/* Fewer than this many decades have tics at 2 and 5 too. */
#define DECADES_WITHOUT_PARTS 3
#define TICS_WANTED 5
#define TICS_MAX 20
#define TICS_NARROW 3
/* Against 3.0000000001 * step. */
#define SLACK 1e-9
/* A tic just on the end of a logarithmic axis would be lost to rounding. */
#define EDGE 1.0001

void axis_take(struct axis *axis, double value)
{
	if (!isfinite(value))
		return;
	if (!axis->drawn || value < axis->low)
		axis->low = value;
	if (!axis->drawn || value > axis->high)
		axis->high = value;
	axis->drawn = true;
}

void axis_choose(struct axis *axis, double factor)
{
	axis->logarithmic = axis->low > 0 && axis->high / axis->low > factor;
}

/* 1, 2 or 5 times a power of ten, so that there are some five tics. */
static double step_choose(double span)
{
	double raw = span / TICS_WANTED;
	double power = pow(10, floor(log10(raw)));
	double part = raw / power;

	return power * (part > 5 ? 10 : part > 2 ? 5 : part > 1 ? 2 : 1);
}

/* "10.0 ms" is "10 ms" on a tic; "2.50 s" is "2.5 s". */
static void zeros_drop(char *text)
{
	char *point = strchr(text, '.');
	char *end = point ? point + 1 + strspn(point + 1, "0123456789") : NULL;
	char *last = end;

	if (!point)
		return;
	while (last[-1] == '0')
		last--;
	last -= last[-1] == '.';
	memmove(last, end, strlen(end) + 1);
}

/* A label of a tic is a format to gnuplot. */
static void tic_write(const struct axis *axis, double value, bool first, FILE *script)
{
	struct unit_text text = axis->text(value);

	zeros_drop(text.text);
	(void)fputs(first ? "'" : ", '", script);
	for (const char *at = text.text; *at; at++)
		(void)fputs(*at == '%' ? "%%" : (char[]){ *at, '\0' }, script);
	(void)fprintf(script, "' %.15g", value);
}

void axis_tics_write(const struct axis *axis, const double *values, size_t count, FILE *script)
{
	(void)fprintf(script, "set %ctics (", axis->letter);
	for (size_t i = 0; i < count; i++)
		tic_write(axis, values[i], i == 0, script);
	(void)fputs(")\n", script);
}

/* Returns how many there are. */
static int linear_tics_write(const struct axis *axis, double low, double high, double step,
			     FILE *script)
{
	double first = ceil((low - axis->origin) / step - SLACK);
	double last = floor((high - axis->origin) / step + SLACK);
	int count;

	(void)fprintf(script, "set %ctics (", axis->letter);
	for (count = 0; count < TICS_MAX && first + count <= last; count++)
		tic_write(axis, axis->origin + (first + count) * step, count == 0, script);
	(void)fputs(")\n", script);
	return count;
}

/* A narrow picture has no room for many labels beside each other. */
static void linear_write(const struct axis *axis, FILE *script)
{
	double low = axis->tight || axis->low < 0 ? axis->low : 0;
	double high = axis->high > low ? axis->high : low + 1;
	double step = step_choose(high - low);

	if (!axis->tight) {
		low = floor(low / step + SLACK) * step;
		high = ceil(high / step - SLACK) * step;
	}
	(void)fprintf(script, "set %crange [%.15g:%.15g]\n", axis->letter, low, high);
	if (linear_tics_write(axis, low, high, step, script) <= TICS_NARROW || axis->letter != 'x')
		return;
	(void)fputs("if (narrow) {\n", script);
	(void)linear_tics_write(axis, low, high, 2 * step, script);
	(void)fputs("}\n", script);
}

static void logarithmic_write(const struct axis *axis, FILE *script)
{
	static const double parts[] = { 1, 2, 5 };
	double first = floor(log10(axis->low) + SLACK), last = ceil(log10(axis->high) - SLACK);
	bool whole = last - first >= DECADES_WITHOUT_PARTS;
	double low = pow(10, first), high = pow(10, last);
	bool begun = false;

	if (!whole)
		for (int i = 1; i < 3; i++) {
			low = pow(10, first) * parts[i] <= axis->low ? pow(10, first) * parts[i]
								     : low;
			high = pow(10, last - 1) * parts[3 - i] >= axis->high
				       ? pow(10, last - 1) * parts[3 - i]
				       : high;
		}
	(void)fprintf(script, "set logscale %c\nset %crange [%.15g:%.15g]\nset %ctics (",
		      axis->letter, axis->letter, low / EDGE, high * EDGE, axis->letter);
	for (int decade = (int)first; decade <= (int)last; decade++)
		for (int i = 0; i < (whole ? 1 : 3); i++) {
			double tic = pow(10, decade) * parts[i];

			if (tic < low * (1 - SLACK) || tic > high * (1 + SLACK))
				continue;
			tic_write(axis, tic, !begun, script);
			begun = true;
		}
	(void)fputs(")\n", script);
}

void axis_write(const struct axis *axis, FILE *script)
{
	if (axis->logarithmic)
		logarithmic_write(axis, script);
	else
		linear_write(axis, script);
	/* What lies below is not to touch it. */
	(void)fprintf(script, "set %clabel '%s%s'%s textcolor rgb '" PALETTE_MUTED "'\n",
		      axis->letter, axis->label, axis->logarithmic ? ", logarithmic" : "",
		      axis->letter == 'x' ? " offset 0,0.5" : "");
}
