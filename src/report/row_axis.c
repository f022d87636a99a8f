#include "row_axis.h"

#include <stddef.h>

#include "plot.h"

#define LABEL_WIDE 48
#define LABEL_NARROW 22
#define CHARACTER_SHARE 0.86

/* In characters as gnuplot takes them to be, which is wider than those of text are. */
static double margin_of(const char *const *labels, uint32_t count, size_t length_max)
{
	size_t longest = 0;

	for (uint32_t i = 0; i < count; i++) {
		size_t length = 0;

		for (const char *at = labels[i]; *at; at++)
			length += ((unsigned char)*at & 0xc0) != 0x80 ? 1 : 0;
		longest = length > longest ? length : longest;
	}
	return 2 + CHARACTER_SHARE * (double)(longest < length_max ? longest : length_max);
}

void row_axis_write(const char *const *labels, uint32_t count, FILE *script)
{
	for (int narrow = 0; narrow < 2; narrow++) {
		(void)fprintf(script, "if (narrow == %d) { set ytics (", narrow);
		for (uint32_t i = 0; i < count; i++)
			(void)fprintf(script, "%s%s %u", i > 0 ? ", " : "",
				      plot_name(labels[i], narrow ? LABEL_NARROW : LABEL_WIDE).text,
				      count - i);
		(void)fputs(") }\n", script);
	}
	(void)fprintf(script,
		      "set lmargin (narrow ? %.1f : %.1f)\n"
		      "set yrange [0.4:%u.6]\nset grid noytics\nset border 1\nset ytics scale 0\n",
		      margin_of(labels, count, LABEL_NARROW), margin_of(labels, count, LABEL_WIDE),
		      count);
}
