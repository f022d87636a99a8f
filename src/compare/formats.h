/* Comparisons in the formats of others: -o FORMAT=FILE, several at once. */
#ifndef COMPARE_FORMATS_H
#define COMPARE_FORMATS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define FORMATS_MAX 16

struct duel;
struct format;

struct format_output {
	const struct format *format;
	const char *path; /* of the command line, not copied; "-": standard output */
};

struct format_list {
	uint32_t count;
	struct format_output items[FORMATS_MAX];
};

/* For option rows of type OPTION_CUSTOM: FORMAT=FILE, every time one more. */
int format_parse(const char *text, void *ret_list, struct error *ret_error);
/* An array of strings FORMAT=FILE. */
json_t *formats_to_json(const void *list);

#define FORMAT_ROW(AT)                                                                             \
	{                                                                                          \
		.name = "output", .key = 'o', .argument = "FORMAT=FILE", .type = OPTION_CUSTOM,    \
		.at = AT(outputs), .parse = format_parse, .to_json = formats_to_json,              \
		.help = "write the result in another format, listed below; - is standard output; " \
			"can be repeated"                                                          \
	}

/* The formats, for --help. */
void formats_print(FILE *stream);

/* Does one of them go to this path? */
bool formats_have(const struct format_list *list, const char *path);

/* Could each be written? Errors: those of open, with a sentence. */
int formats_try(const struct format_list *list, struct error *ret_error);

/* Write each; what follows one that failed is written nevertheless. Errors: those of the first that
 * failed, with a sentence. */
int formats_save(const struct duel *duel, struct error *ret_error);

/* JUnit XML. Errors: those of the stream are found without it. */
int junit_print(const void *duel, FILE *file);

#endif
