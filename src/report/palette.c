#include "palette.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct colour {
	const char *light;
	const char *dark;
};

static const struct colour curves[PALETTE_CURVES] = {
	{ "#1161c9", "#6cb0ff" }, { "#c4500f", "#ff9f5f" }, { "#0f7f5f", "#4fd3a8" },
	{ "#8646b8", "#cfa1ff" }, { "#8a6a00", "#e5c44d" }, { "#b52b78", "#ff8fc6" },
	{ "#00788f", "#5ad1e6" }, { "#5c6675", "#aab5c3" },
};

static const struct colour others[] = {
	{ PALETTE_TEXT, "#e7ebf1" },	{ PALETTE_MUTED, "#a2adbb" },
	{ PALETTE_GRID, "#333d4b" },	{ PALETTE_BAND, "#242d39" },
	{ PALETTE_GOOD, "#4fd08f" },	{ PALETTE_BAD, "#ff7f78" },
	{ PALETTE_WARNING, "#f0b84a" }, { NULL, NULL },
};

const char *palette_curve(unsigned int index)
{
	return curves[index % PALETTE_CURVES].light;
}

static bool is_colour(const struct colour *colour, unsigned long value)
{
	return strtoul(colour->light + 1, NULL, 16) == value;
}

const char *palette_find(const char *rgb)
{
	unsigned int red, green, blue;
	unsigned long value;

	if (sscanf(rgb, "rgb(%u,%u,%u)", &red, &green, &blue) != 3)
		return NULL;
	value = (unsigned long)red << 16 | green << 8 | blue;
	for (size_t i = 0; i < PALETTE_CURVES; i++)
		if (is_colour(&curves[i], value))
			return curves[i].light;
	for (const struct colour *colour = others; colour->light; colour++)
		if (is_colour(colour, value))
			return colour->light;
	return NULL;
}

static void rule_write(const struct colour *colour, FILE *stream)
{
	static const char *const properties[] = { "stroke", "fill", "color" };

	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		(void)fprintf(stream, "svg [%s='%s']{%s:%s}", properties[i], colour->light,
			      properties[i], colour->dark);
	(void)fputc('\n', stream);
}

void palette_write(FILE *stream)
{
	(void)fputs("svg text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,"
		    "sans-serif}\n@media screen and (prefers-color-scheme:dark){\n",
		    stream);
	for (size_t i = 0; i < PALETTE_CURVES; i++)
		rule_write(&curves[i], stream);
	for (const struct colour *colour = others; colour->light; colour++)
		rule_write(colour, stream);
	(void)fputs("}\n", stream);
}
