/* What came of a search: its exit code, a sentence for people, and the document. */
#ifndef FIND_FINDING_H
#define FIND_FINDING_H

#include <jansson.h>
#include <stddef.h>

#include "find/hunt.h"

struct finding {
	int exit_code;	 /* one of commands.h */
	const char *end; /* "found", "never", "unclear", "out-of-time", "interrupted", "failed" */
	uint64_t rate;	 /* 0: none was confirmed */
	const struct step *limit;  /* why it is not higher; NULL: not known */
	char text[ERROR_TEXT_MAX]; /* without a full stop */
};

/* trouble: a trial could not be run, and why; NULL: none. */
void finding_make(const struct hunt *hunt, const char *trouble, struct finding *ret_finding);

/* The document, with "options" and "search". NULL: no memory. */
json_t *finding_to_json(const struct hunt *hunt, const struct finding *finding, int argc,
			char **argv);

#endif
