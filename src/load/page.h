/* A page of text for people, 80 columns wide: lines, and rows of a label and what it says. */
#ifndef LOAD_PAGE_H
#define LOAD_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/style.h"

#define PAGE_COLUMNS 80
#define PAGE_LABEL_COLUMNS 11 /* with two blanks before it and one after it */

struct page {
	FILE *stream;
	bool colors;
	bool unicode;
};

/* Find out what the stream can show. */
void page_init(struct page *ret_page, FILE *stream);

/* A line from the first column on; what is too long for it goes on in the next one, indented. */
__attribute__((format(printf, 3, 4))) void page_line(const struct page *page, enum style style,
						     const char *format, ...);

/* A label and what it says, in a column of its own, in as many lines as that takes. A label that
 * is empty goes on with the one before. */
__attribute__((format(printf, 4, 5))) void page_row(const struct page *page, enum style style,
						    const char *label, const char *format, ...);

/* An empty line. */
void page_space(const struct page *page);

#endif
