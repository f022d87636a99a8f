/* A report as Markdown, of GitHub's kind: tables, and links to figures where these are files. */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include <stdio.h>

#include "content.h"

struct markdown_page {
	const char *title;
	const char *subtitle; /* "": none */
	const char *figures;  /* where they are, seen from the page; NULL: they are left out */
	const struct content *content;
};

/* For save_file(): what is a struct markdown_page. Errors: none of its own. */
int markdown_print(const void *what, FILE *stream);

#endif
