/* One of the documents that are to be merged. */
#ifndef MERGE_PART_H
#define MERGE_PART_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

struct part {
	const char *path; /* as on the command line, not copied */
	json_t *root;	  /* ours */
	const char *host; /* the name of the host, or of the file where it is not told */
};

struct part_list {
	struct part *items;
	size_t count;
};

/*
 * Read the files. Errors, with a sentence that names the file: those of open; EINVAL (not JSON, not
 * a document of ringside load, or without what is needed to merge it); ENOMEM.
 */
int parts_read(const char *const *paths, size_t count, struct part_list *ret_parts,
	       struct error *ret_error);

/* Also of half-read parts. */
void parts_finish(struct part_list *parts);

#endif
