/* Where something was measured, and how to do it again. */
#ifndef REPORT_ENVIRONMENT_H
#define REPORT_ENVIRONMENT_H

#include <jansson.h>

#include "content.h"

/* The section of a document: its host, the backend and the features in effect. */
void environment_add(struct content *content, const json_t *root);

/* The section with its command line. */
void reproduction_add(struct content *content, const json_t *root);

/* A table of an object's scalars: a name and a text for each. Members in the order of names come
 * first, with names for people (a table whose last row has no key); NULL: none. */
struct name_row {
	const char *key;
	const char *name;
};
void facts_add(struct content *content, const char *caption, const json_t *object,
	       const struct name_row *names);

#endif
