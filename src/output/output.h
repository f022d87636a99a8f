/*
 * Results in the formats of others: -o FORMAT=FILE, several at once. A command has one option row,
 * tries the files before it works and saves them when it has:
 *
 *	OUTPUT_ROW(AT)			a struct output_list called outputs
 *	outputs_try(&options->outputs, &reason)
 *	outputs_save(&options->outputs, document, &reason)
 *
 * What is no load has samples, and outputs_check_samples() and outputs_save_samples() for the last.
 */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "measure/sample.h"
#include "output/document.h"

#define OUTPUTS_MAX 16

struct output_format {
	const char *name;
	const char *summary; /* what it is, and who reads it */
	/* Print all of a load's document. Errors: ENOMEM; those of the stream are found without it.
	 * NULL: its samples are all that is printed. */
	int (*write)(const struct document *document, FILE *file);
	/* The same of samples, which are complete. NULL: they have not what it needs. */
	int (*write_samples)(const struct sample_set *set, FILE *file);
	/* Have these samples what it needs? NULL: all have. */
	bool (*may_write)(const struct sample_set *set);
	const char *needs; /* what not all samples have */
};

struct output {
	const struct output_format *format;
	const char *path; /* of the command line, not copied; "-": standard output */
};

struct output_list {
	uint32_t count;
	struct output items[OUTPUTS_MAX];
};

/* For option rows of type OPTION_CUSTOM: FORMAT=FILE, every time one more. */
int output_parse(const char *text, void *ret_outputs, struct error *ret_error);
/* An array of strings FORMAT=FILE. */
json_t *outputs_to_json(const void *outputs);

/* A row for option tables; AT(member) gives the place of the field of that name. */
#define OUTPUT_ROW(AT)                                                                          \
	{                                                                                       \
		.name = "output", .key = 'o', .argument = "FORMAT=FILE", .type = OPTION_CUSTOM, \
		.at = AT(outputs), .parse = output_parse, .to_json = outputs_to_json,           \
		.help = "write the result in another format, listed below; - is standard "      \
			"output; can be repeated"                                               \
	}

/* The formats, for --help. */
void outputs_print(FILE *stream);

/* Does one of them go to this path? Standard output is "-". */
bool outputs_have(const struct output_list *outputs, const char *path);

/* Does none go where the JSON document goes? json: its path; NULL: there is none.
 * Errors: EINVAL with a sentence. */
int outputs_check_json(const struct output_list *outputs, const char *json,
		       struct error *ret_error);

/* Is standard output taken by one of them, or by the JSON document? */
bool outputs_silence(const struct output_list *outputs, const char *json);

/* Could each be written? Errors: those of open, with a sentence. */
int outputs_try(const struct output_list *outputs, struct error *ret_error);

/* Can each be made of samples? Errors: EINVAL, with a sentence. */
int outputs_check_samples(const struct output_list *outputs, const struct sample_set *set,
			  struct error *ret_error);

/* Write each from the document, which stays the caller's, as save_file() does. What follows one
 * that failed is written nevertheless. Errors: those of the first that failed, with a sentence. */
int outputs_save(const struct output_list *outputs, const json_t *document,
		 struct error *ret_error);

/* The same from samples that outputs_check_samples() has found to do, and that are complete. */
int outputs_save_samples(const struct output_list *outputs, const struct sample_set *set,
			 struct error *ret_error);

#endif
