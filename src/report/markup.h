/* Texts within HTML, SVG and XML. */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include <stddef.h>
#include <stdio.h>

/* Print a text so that nothing in it is markup, in content and in attributes alike. Control
 * characters, which XML has no way to write, become spaces. */
void markup_text(const char *text, FILE *stream);

/* The first bytes of it; they end between two characters. */
void markup_part(const char *text, size_t length, FILE *stream);

/* One byte of it. */
void markup_sign(char sign, FILE *stream);

#endif
