/* Text for people: within 80 columns, and in colours only where they are wanted. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "load/page.h"

struct sheet {
	struct page page;
	char *text;
	size_t size;
};

static void sheet_open(struct sheet *sheet, bool colors)
{
	*sheet = (struct sheet){ .page = { .colors = colors } };
	sheet->page.stream = open_memstream(&sheet->text, &sheet->size);
	cr_assert(sheet->page.stream);
}

static void sheet_expect(struct sheet *sheet, const char *text)
{
	(void)fclose(sheet->page.stream);
	cr_expect_str_eq(sheet->text, text, "%s", sheet->text);
	free(sheet->text);
}

Test(page, row_has_a_label_and_what_it_says)
{
	struct sheet sheet;

	sheet_open(&sheet, false);
	page_row(&sheet.page, STYLE_BAD, "errors", "%d", 3);
	page_space(&sheet.page);
	page_line(&sheet.page, STYLE_TITLE, "end");
	sheet_expect(&sheet, "  errors      3\n\nend\n");
}

/* 66 columns are left beside the label: what fits to the last one stays on its line. */
Test(page, row_is_folded_at_a_blank)
{
	struct sheet sheet;

	sheet_open(&sheet, false);
	page_row(&sheet.page, STYLE_PLAIN, "a", "%060d 12345 6", 0);
	page_row(&sheet.page, STYLE_PLAIN, "b", "%060d 123456 7", 0);
	sheet_expect(
		&sheet,
		"  a           000000000000000000000000000000000000000000000000000000000000 12345\n"
		"              6\n"
		"  b           000000000000000000000000000000000000000000000000000000000000\n"
		"              123456 7\n");
}

Test(page, word_that_is_too_long_is_cut)
{
	struct sheet sheet;

	sheet_open(&sheet, false);
	page_row(&sheet.page, STYLE_PLAIN, "a", "%067d", 1);
	sheet_expect(
		&sheet,
		"  a           000000000000000000000000000000000000000000000000000000000000000000\n"
		"              1\n");
}

Test(page, line_goes_on_indented)
{
	struct sheet sheet;

	sheet_open(&sheet, false);
	page_line(&sheet.page, STYLE_PLAIN, "%078d 12 3", 0);
	sheet_expect(&sheet, "000000000000000000000000000000000000000000000000000000000000000000000"
			     "000000000\n  12 3\n");
}

/* As many characters as fit, whatever bytes they take. */
Test(page, columns_are_counted_in_characters)
{
	struct sheet sheet;
	char text[2 * PAGE_COLUMNS + 1] = "";

	for (int i = 0; i < PAGE_COLUMNS; i++)
		memcpy(text + 2 * i, "ä", 2);
	sheet_open(&sheet, false);
	page_line(&sheet.page, STYLE_PLAIN, "%s", text);
	(void)fflush(sheet.page.stream);
	cr_expect_eq(strlen(sheet.text), sizeof(text), "%s", sheet.text);
	(void)fclose(sheet.page.stream);
	free(sheet.text);
}

/* A style ends with its line, so that the indentation is not styled. */
Test(page, every_line_of_a_style_begins_and_ends_it)
{
	struct sheet sheet;

	sheet_open(&sheet, true);
	page_row(&sheet.page, STYLE_GOOD, "a", "%060d 1234567", 0);
	page_row(&sheet.page, STYLE_PLAIN, "b", "c");
	sheet_expect(&sheet,
		     "  a           \033[32m000000000000000000000000000000000000000000000000000000"
		     "000000\033[0m\n"
		     "              \033[32m1234567\033[0m\n"
		     "  b           c\n");
}

Test(page, stream_that_is_no_terminal_has_no_colours)
{
	FILE *file = tmpfile();

	cr_assert(file);
	(void)unsetenv("NO_COLOR");
	(void)setenv("TERM", "xterm", 1);
	cr_expect_not(style_wanted(file));
	cr_expect_str_eq(style_begin(STYLE_BAD, false), "");
	cr_expect_str_eq(style_end(STYLE_BAD, false), "");
	(void)fclose(file);
}

/* Every style but the plain one is begun and ended. */
Test(page, styles_are_ended)
{
	for (int style = 0; style < STYLE_COUNT; style++) {
		bool plain = style == STYLE_PLAIN;

		cr_expect_eq(style_begin((enum style)style, true)[0] == '\0', plain, "%d", style);
		cr_expect_str_eq(style_end((enum style)style, true), plain ? "" : "\033[0m");
	}
}

Test(page, locale_says_whether_there_are_characters_beyond_ascii)
{
	(void)setenv("LC_ALL", "C", 1);
	cr_expect_not(style_unicode());
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	cr_expect(style_unicode());
}
