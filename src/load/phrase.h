/* A phrase that is put together piece by piece: { .used = 0 } is an empty one. */
#ifndef LOAD_PHRASE_H
#define LOAD_PHRASE_H

#include <stddef.h>
#include <stdint.h>

#define PHRASE_TEXT_MAX 1024

struct phrase {
	char text[PHRASE_TEXT_MAX];
	size_t used;
};

/* Add to it; what does not fit is cut. */
__attribute__((format(printf, 2, 3))) void phrase_add(struct phrase *phrase, const char *format,
						      ...);

/* "s" unless it is one. */
const char *plural(uint64_t count);

#endif
