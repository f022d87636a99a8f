/* The documents that a report is made of. */
#ifndef REPORT_INPUT_H
#define REPORT_INPUT_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

enum input_kind { INPUT_LOAD, INPUT_EXPERIMENT, INPUT_COMPARISON, INPUT_KIND_COUNT };

struct input {
	const char *path; /* of the command line, not copied */
	enum input_kind kind;
	json_t *root; /* ours */
	char *name;   /* what it is called in headings; no two inputs share one */
};

struct input_list {
	struct input *items;
	uint32_t count;
};

/*
 * Read the files. inputs_finish() frees them, also after a failure. Errors, with a sentence that
 * names the file: those of open; EINVAL (not JSON, no document of ringside, members of wrong types,
 * a damaged histogram); ENOMEM.
 */
int inputs_read(const char *const *paths, uint32_t count, struct input_list *ret_inputs,
		struct error *ret_error);
void inputs_finish(struct input_list *inputs);

#endif
