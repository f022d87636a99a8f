#include "page.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#define TEXT_MAX 2048
#define LINE_INDENT 2
#define ROW_INDENT (2 + PAGE_LABEL_COLUMNS + 1)

void page_init(struct page *ret_page, FILE *stream)
{
	*ret_page = (struct page){ .stream = stream,
				   .colors = style_wanted(stream),
				   .unicode = style_unicode() };
}

/* In UTF-8 the bytes after a character's first one take no column. */
static bool takes_column(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

/* How many bytes of the text stand on a line with so many columns: up to a blank, if there is one,
 * since a word that is too long can only be cut. */
static size_t line_length(const char *text, size_t columns)
{
	size_t length = 0, blank = 0, used = 0;

	for (; text[length]; length++) {
		used += takes_column(text[length]);
		if (text[length] == ' ' && used <= columns + 1)
			blank = length;
		if (used > columns)
			return blank > 0 ? blank : length;
	}
	return length;
}

/* The first line begins where the cursor is, column `indent`, and so do the others: `rest` columns
 * from the edge. */
static void put_text(const struct page *page, enum style style, const char *text, int first,
		     int rest)
{
	int indent = first;

	for (;;) {
		size_t length = line_length(text, (size_t)(PAGE_COLUMNS - indent));

		(void)fprintf(page->stream, "%s%.*s%s\n", style_begin(style, page->colors),
			      (int)length, text, style_end(style, page->colors));
		text += length;
		text += strspn(text, " ");
		if (!*text)
			return;
		indent = rest;
		(void)fprintf(page->stream, "%*s", indent, "");
	}
}

void page_line(const struct page *page, enum style style, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	put_text(page, style, text, 0, LINE_INDENT);
}

void page_row(const struct page *page, enum style style, const char *label, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)fprintf(page->stream, "  %-*s ", PAGE_LABEL_COLUMNS, label);
	put_text(page, style, text, ROW_INDENT, ROW_INDENT);
}

void page_space(const struct page *page)
{
	(void)fputc('\n', page->stream);
}
