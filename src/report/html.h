/* A report as one HTML page that needs nothing else: styles and figures are in it. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <stdio.h>

#include "content.h"

struct html_page {
	const char *title;
	const char *subtitle; /* "": none */
	const struct content *content;
};

/* For save_file(): what is a struct html_page, its figures drawn. The page is well-formed XML too.
 * Errors: none of its own. */
int html_print(const void *what, FILE *stream);

/* The style sheet. */
void stylesheet_write(FILE *stream);

#endif
