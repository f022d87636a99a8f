#include "html.h"

#include <stdbool.h>
#include <string.h>

#include "markup.h"

/* What the page may load: nothing, but for its own styles and its empty icon. */
#define POLICY "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

static const char *const mark_classes[] = {
	[MARK_NONE] = "",
	[MARK_GOOD] = "good",
	[MARK_BAD] = "bad",
	[MARK_WARNING] = "warning",
};

/* Where in the page the writing is. */
struct place {
	bool alone;
	size_t chapter;
	const char *heading; /* above, the last one; "": none */
};

static void element(const char *name, const char *text, FILE *stream)
{
	(void)fprintf(stream, "<%s>", name);
	markup_text(text, stream);
	(void)fprintf(stream, "</%s>\n", name);
}

static void head_write(const struct html_page *page, FILE *stream)
{
	(void)fputs("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n"
		    "<head>\n<meta charset=\"utf-8\"/>\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
		    "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
		    "<meta name=\"generator\" content=\"ringside " RINGSIDE_VERSION "\"/>\n"
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\"/>\n"
		    "<link rel=\"icon\" href=\"data:,\"/>\n",
		    stream);
	element("title", page->title, stream);
	(void)fputs("<style>\n", stream);
	stylesheet_write(stream);
	(void)fputs("</style>\n</head>\n<body>\n<header>\n", stream);
	element("h1", page->title, stream);
	if (page->subtitle[0])
		element("p", page->subtitle, stream);
	(void)fputs("</header>\n", stream);
}

/* Links to the chapters, where there are several. */
static void navigation_write(const struct content *content, FILE *stream)
{
	size_t number = 0;

	if (content_chapter_count(content) < 2)
		return;
	(void)fputs("<nav aria-label=\"Chapters\"><ul>\n", stream);
	for (size_t i = 0; i < content->count; i++) {
		if (content->blocks[i].kind != BLOCK_CHAPTER)
			continue;
		(void)fprintf(stream, "<li><a href=\"#chapter-%zu\">", ++number);
		markup_text(content->blocks[i].text, stream);
		(void)fputs("</a></li>\n", stream);
	}
	(void)fputs("</ul></nav>\n", stream);
}

/* The first line, and the second one as a remark. */
static void lines_write(const char *text, FILE *stream)
{
	size_t first = strcspn(text, "\n");

	markup_part(text, first, stream);
	if (!text[first] || !text[first + 1])
		return;
	(void)fputs(" <small>", stream);
	markup_text(text + first + 1, stream);
	(void)fputs("</small>", stream);
}

static void cell_write(const struct grid *grid, size_t row, size_t column, FILE *stream)
{
	const struct grid_cell *cell = grid_at(grid, row, column);
	const char *name = column == 0 ? "th scope=\"row\"" : "td";
	bool number = grid->columns[column].number;

	(void)fprintf(stream, "<%s", name);
	if (number || cell->mark != MARK_NONE)
		(void)fprintf(stream, " class=\"%s%s%s\"", number ? "number" : "",
			      number && cell->mark != MARK_NONE ? " " : "",
			      mark_classes[cell->mark]);
	(void)fputc('>', stream);
	lines_write(cell->text, stream);
	(void)fputs(column == 0 ? "</th>" : "</td>", stream);
}

/* It scrolls by itself where it is too wide, and the keyboard reaches it. */
static void table_write(const struct grid *grid, const struct place *place, FILE *stream)
{
	(void)fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", stream);
	markup_text(grid->caption, stream);
	(void)fputs("\">\n<table>\n", stream);
	if (strcmp(grid->caption, place->heading) != 0)
		element("caption", grid->caption, stream);
	(void)fputs("<thead><tr>", stream);
	for (uint32_t i = 0; i < grid->column_count; i++) {
		(void)fprintf(stream, "<th scope=\"col\"%s>",
			      grid->columns[i].number ? " class=\"number\"" : "");
		markup_text(grid->columns[i].title, stream);
		(void)fputs("</th>", stream);
	}
	(void)fputs("</tr></thead>\n<tbody>\n", stream);
	for (size_t row = 0; row < grid_row_count(grid); row++) {
		(void)fputs("<tr>", stream);
		for (size_t column = 0; column < grid->column_count; column++)
			cell_write(grid, row, column, stream);
		(void)fputs("</tr>\n", stream);
	}
	(void)fputs("</tbody>\n</table>\n</div>\n", stream);
}

/* Rows of name, figure and remark. */
static void tiles_write(const struct grid *grid, FILE *stream)
{
	(void)fputs("<dl class=\"tiles\">\n", stream);
	for (size_t i = 0; i < grid_row_count(grid); i++) {
		const struct grid_cell *row = grid_at(grid, i, 0);

		(void)fputs("<div><dt>", stream);
		markup_text(row[0].text, stream);
		(void)fprintf(stream, "</dt><dd class=\"figure %s\">", mark_classes[row[1].mark]);
		markup_text(row[1].text, stream);
		(void)fputs("</dd><dd>", stream);
		markup_text(row[2].text, stream);
		(void)fputs("</dd></div>\n", stream);
	}
	(void)fputs("</dl>\n", stream);
}

static void picture_write(const char *class_name, const char *svg, FILE *stream)
{
	if (svg)
		(void)fprintf(stream, "<div class=\"%s\">%s</div>\n", class_name, svg);
}

static void plot_write(const struct plot *plot, FILE *stream)
{
	(void)fputs("<figure>\n<figcaption><strong>", stream);
	markup_text(plot->title, stream);
	(void)fputs("</strong>", stream);
	if (plot->caption) {
		(void)fputs(" <small>", stream);
		markup_text(plot->caption, stream);
		(void)fputs("</small>", stream);
	}
	(void)fputs("</figcaption>\n", stream);
	picture_write("large", plot->wide, stream);
	picture_write(plot->wide ? "small" : "only", plot->narrow, stream);
	(void)fputs("</figure>\n", stream);
}

static void heading_write(const struct block *block, struct place *place, FILE *stream)
{
	bool chapter = block->kind == BLOCK_CHAPTER;

	place->heading = block->text;
	if (chapter && place->alone)
		return;
	if (chapter)
		(void)fprintf(stream, "<h2 id=\"chapter-%zu\">", ++place->chapter);
	else
		(void)fputs(place->alone ? "<h2 class=\"section\">" : "<h3>", stream);
	markup_text(block->text, stream);
	(void)fputs(chapter || place->alone ? "</h2>\n" : "</h3>\n", stream);
}

static void note_write(const char *text, FILE *stream)
{
	(void)fputs("<p class=\"note\"><strong>Note:</strong> ", stream);
	markup_text(text, stream);
	(void)fputs("</p>\n", stream);
}

static void code_write(const char *text, FILE *stream)
{
	(void)fputs("<pre tabindex=\"0\"><code>", stream);
	markup_text(text, stream);
	(void)fputs("</code></pre>\n", stream);
}

static void block_write(const struct block *block, struct place *place, FILE *stream)
{
	switch (block->kind) {
	case BLOCK_CHAPTER:
	case BLOCK_SECTION:
		heading_write(block, place, stream);
		break;
	case BLOCK_TEXT:
		element("p", block->text, stream);
		break;
	case BLOCK_NOTE:
		note_write(block->text, stream);
		break;
	case BLOCK_CODE:
		code_write(block->text, stream);
		break;
	case BLOCK_TILES:
		tiles_write(block->grid, stream);
		break;
	case BLOCK_TABLE:
		table_write(block->grid, place, stream);
		break;
	case BLOCK_PLOT:
		plot_write(block->plot, stream);
		break;
	}
}

/* Small figures that follow each other stand side by side. */
static bool is_half(const struct content *content, size_t index)
{
	return index < content->count && content->blocks[index].kind == BLOCK_PLOT &&
	       content->blocks[index].plot->half;
}

int html_print(const void *what, FILE *stream)
{
	const struct html_page *page = what;
	const struct content *content = page->content;
	struct place place = { .heading = "", .alone = content_is_alone(content, page->title) };
	bool inside = false;

	head_write(page, stream);
	navigation_write(content, stream);
	(void)fputs("<main>\n", stream);
	for (size_t i = 0; i < content->count; i++) {
		if (is_half(content, i) && !inside)
			(void)fputs("<div class=\"halves\">\n", stream);
		inside = is_half(content, i);
		block_write(&content->blocks[i], &place, stream);
		if (inside && !is_half(content, i + 1)) {
			(void)fputs("</div>\n", stream);
			inside = false;
		}
	}
	(void)fputs("</main>\n<footer><p>Made by ringside report, version " RINGSIDE_VERSION
		    ".</p></footer>\n</body>\n</html>\n",
		    stream);
	return 0;
}
