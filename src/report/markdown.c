#include "markdown.h"

#include <stdbool.h>
#include <string.h>

#include "figure_file.h"
#include "markup.h"

#define FENCE_LEAST 3

/* Where in the page the writing is. */
struct place {
	bool alone;
	size_t figure;	     /* the last one, counted from 1 */
	const char *heading; /* above, the last one */
};

/* Signs that could begin markup are escaped, and a line stays a line. */
static void sign_write(char sign, FILE *stream)
{
	if (strchr("\\`*_[]#|~$!", sign))
		(void)fputc('\\', stream);
	if (sign == '\n')
		(void)fputc(' ', stream);
	else if (strchr("\"'", sign))
		(void)fputc(sign, stream);
	else
		markup_sign(sign, stream);
}

static void text_write(const char *text, FILE *stream)
{
	for (; *text; text++)
		sign_write(*text, stream);
}

static void paragraph_write(const char *before, const char *text, const char *after, FILE *stream)
{
	(void)fputs(before, stream);
	text_write(text, stream);
	(void)fprintf(stream, "%s\n\n", after);
}

/* The second line is a remark on the first. */
static void cell_write(const char *text, FILE *stream)
{
	size_t first = strcspn(text, "\n");

	for (size_t i = 0; i < first; i++)
		sign_write(text[i], stream);
	if (!text[first] || !text[first + 1])
		return;
	(void)fputs(" (", stream);
	text_write(text + first + 1, stream);
	(void)fputc(')', stream);
}

static void table_write(const struct grid *grid, const struct place *place, FILE *stream)
{
	if (strcmp(grid->caption, place->heading) != 0)
		paragraph_write("**", grid->caption, "**", stream);
	(void)fputc('|', stream);
	for (uint32_t i = 0; i < grid->column_count; i++) {
		(void)fputc(' ', stream);
		text_write(grid->columns[i].title, stream);
		(void)fputs(" |", stream);
	}
	(void)fputs("\n|", stream);
	for (uint32_t i = 0; i < grid->column_count; i++)
		(void)fputs(grid->columns[i].number ? "---:|" : "---|", stream);
	(void)fputc('\n', stream);
	for (size_t row = 0; row < grid_row_count(grid); row++) {
		(void)fputc('|', stream);
		for (size_t column = 0; column < grid->column_count; column++) {
			(void)fputc(' ', stream);
			cell_write(grid_at(grid, row, column)->text, stream);
			(void)fputs(" |", stream);
		}
		(void)fputc('\n', stream);
	}
	(void)fputc('\n', stream);
}

/* A fence is longer than any row of backquotes within. */
static void code_write(const char *text, FILE *stream)
{
	size_t longest = FENCE_LEAST - 1;

	for (const char *at = text; *at; at++) {
		size_t length = strspn(at, "`");

		longest = length > longest ? length : longest;
	}
	for (size_t i = 0; i <= longest; i++)
		(void)fputc('`', stream);
	(void)fprintf(stream, "sh\n%s\n", text);
	for (size_t i = 0; i <= longest; i++)
		(void)fputc('`', stream);
	(void)fputs("\n\n", stream);
}

static void plot_write(const struct plot *plot, size_t number, const char *folder, FILE *stream)
{
	(void)fputs("![", stream);
	text_write(plot->title, stream);
	(void)fprintf(stream, "](<%s/%s>)\n\n", folder, figure_file_name(plot, number).text);
}

/* Has a heading nothing below it but figures that are left out? */
static bool is_empty(const struct markdown_page *page, size_t index)
{
	const struct content *content = page->content;
	size_t next = index + 1;

	while (!page->figures && next < content->count && content->blocks[next].kind == BLOCK_PLOT)
		next++;
	return next == content->count || content->blocks[next].kind == BLOCK_SECTION ||
	       content->blocks[next].kind == BLOCK_CHAPTER;
}

static void heading_write(const struct markdown_page *page, size_t index, struct place *place,
			  FILE *stream)
{
	const struct block *block = &page->content->blocks[index];
	bool chapter = block->kind == BLOCK_CHAPTER;

	place->heading = block->text;
	if (chapter ? place->alone : is_empty(page, index))
		return;
	paragraph_write(chapter || place->alone ? "## " : "### ", block->text, "", stream);
}

static void block_write(const struct markdown_page *page, size_t index, struct place *place,
			FILE *stream)
{
	const struct block *block = &page->content->blocks[index];

	switch (block->kind) {
	case BLOCK_CHAPTER:
	case BLOCK_SECTION:
		heading_write(page, index, place, stream);
		break;
	case BLOCK_TEXT:
		paragraph_write("", block->text, "", stream);
		break;
	case BLOCK_NOTE:
		paragraph_write("> **Note:** ", block->text, "", stream);
		break;
	case BLOCK_CODE:
		code_write(block->text, stream);
		break;
	case BLOCK_TILES:
	case BLOCK_TABLE:
		table_write(block->grid, place, stream);
		break;
	case BLOCK_PLOT:
		place->figure++;
		if (page->figures)
			plot_write(block->plot, place->figure, page->figures, stream);
		break;
	}
}

int markdown_print(const void *what, FILE *stream)
{
	const struct markdown_page *page = what;
	struct place place = {
		.alone = content_is_alone(page->content, page->title),
		.heading = "",
	};

	paragraph_write("# ", page->title, "", stream);
	if (page->subtitle[0])
		paragraph_write("", page->subtitle, "", stream);
	for (size_t i = 0; i < page->content->count; i++)
		block_write(page, i, &place, stream);
	(void)fprintf(stream, "Made by ringside report, version %s%s\n", RINGSIDE_VERSION,
		      page->figures || place.figure == 0
			      ? "."
			      : "; figures are left out: with --svg they are files, and linked.");
	return 0;
}
