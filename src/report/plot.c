#include "plot.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "palette.h"
#include "svg.h"

#define WIDE_PX 920
#define NARROW_PX 420
/* A small picture is this much less high. */
#define NARROW_HEIGHT_MAX 360

struct plot *plot_open(const char *word, unsigned int height)
{
	struct plot *plot = calloc(1, sizeof(*plot));

	if (!plot)
		return NULL;
	plot->word = word;
	plot->height = height;
	plot->script = open_memstream(&plot->text, &plot->length);
	if (plot->script)
		return plot;
	free(plot);
	return NULL;
}

void plot_close(struct plot *plot)
{
	if (!plot)
		return;
	if (plot->script)
		(void)fclose(plot->script);
	free(plot->title);
	free(plot->caption);
	free(plot->description);
	free(plot->text);
	free(plot->wide);
	free(plot->narrow);
	free(plot);
}

struct plot *plot_end(struct plot *plot)
{
	bool failed = fclose(plot->script) == EOF;

	plot->script = NULL;
	if (!failed && plot->title && plot->description && plot->text)
		return plot;
	plot_close(plot);
	return NULL;
}

/* What all figures have in common. */
static void prelude_write(unsigned int width, unsigned int height, bool narrow, FILE *stream)
{
	(void)fprintf(stream,
		      "set encoding utf8\n"
		      "set terminal svg size %u,%u noenhanced font 'Arial,13'\n"
		      "narrow = %d\n"
		      "set border 3 lc rgb '" PALETTE_MUTED "'\n"
		      "set grid lt 1 lw 1 lc rgb '" PALETTE_GRID "'\n"
		      "set tics nomirror scale 0.5 textcolor rgb '" PALETTE_TEXT "'\n"
		      "set key spacing 1.1 noenhanced Left reverse textcolor rgb '" PALETTE_TEXT
		      "'\n"
		      "set datafile missing 'NaN'\n",
		      width, height, narrow);
}

static int picture_draw(const struct plot *plot, bool narrow, const struct svg_head *head,
			char **ret_svg, struct error *ret_error)
{
	unsigned int height = plot->height;
	char *script = NULL, *drawn;
	size_t length;
	FILE *stream = open_memstream(&script, &length);
	int error = -ENOMEM;

	if (!stream)
		return error_set(ret_error, error, "%s", strerror(ENOMEM));
	if (narrow && plot->half && height > NARROW_HEIGHT_MAX)
		height = NARROW_HEIGHT_MAX;
	prelude_write(narrow ? NARROW_PX : WIDE_PX, height, narrow, stream);
	(void)fwrite(plot->text, 1, plot->length, stream);
	if (fclose(stream) == 0)
		error = gnuplot_run(script, length, &drawn, ret_error);
	free(script);
	if (error)
		return error;
	error = svg_rewrite(drawn, head, ret_svg);
	free(drawn);
	return error ? error_set(ret_error, error, "gnuplot's picture of '%s' is no SVG: %s",
				 plot->title, strerror(-error))
		     : 0;
}

int plot_draw(struct plot *plot, unsigned int number, struct error *ret_error)
{
	char prefix[16];
	struct svg_head head = { prefix, plot->title, plot->description };
	int error = 0;

	if (!plot->half) {
		(void)snprintf(prefix, sizeof(prefix), "w%u-", number);
		error = picture_draw(plot, false, &head, &plot->wide, ret_error);
	}
	(void)snprintf(prefix, sizeof(prefix), "n%u-", number);
	return error ? error : picture_draw(plot, true, &head, &plot->narrow, ret_error);
}

/* Signs that mean nothing to gnuplot within single quotes, nor to XML. */
static bool is_harmless(unsigned char sign)
{
	return isalnum(sign) || strchr(" .,:;()/+-=*", sign) != NULL;
}

/* The length of the character that begins with this byte. */
static size_t character_length(unsigned char first)
{
	return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

/* U+E000 to U+E07F, of which a document could make any sign; U+FFFE and U+FFFF, which XML lacks. */
static bool is_refused(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;

	return (bytes[0] == 0xee && (bytes[1] == 0x80 || bytes[1] == 0x81)) ||
	       (bytes[0] == 0xef && bytes[1] == 0xbf && bytes[2] >= 0xbe);
}

static size_t sign_move(unsigned char sign, char *ret_bytes)
{
	ret_bytes[0] = (char)0xee;
	ret_bytes[1] = (char)(0x80 | sign >> 6);
	ret_bytes[2] = (char)(0x80 | (sign & 0x3f));
	return 3;
}

struct plot_name plot_name(const char *text, size_t length_max)
{
	struct plot_name name;
	size_t used = 0, characters = 0;

	name.text[used++] = '\'';
	for (; *text && used + 8 < sizeof(name.text); characters++) {
		size_t length = strnlen(text, character_length((unsigned char)*text));

		if (characters + 1 >= length_max && text[length]) {
			memcpy(name.text + used, "\u2026", 3);
			used += 3;
			break;
		}
		if (iscntrl((unsigned char)*text) || is_refused(text))
			name.text[used++] = ' ';
		else if (length == 1 && !is_harmless((unsigned char)*text))
			used += sign_move((unsigned char)*text, name.text + used);
		else
			for (size_t i = 0; i < length; i++)
				name.text[used++] = text[i];
		text += length;
	}
	name.text[used++] = '\'';
	name.text[used] = '\0';
	return name;
}
