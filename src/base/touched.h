/*
 * Memory that is there from the beginning: what calloc(3) gives is made of pages that the kernel
 * finds when they are first written to, which may be when it has none left.
 */
#ifndef BASE_TOUCHED_H
#define BASE_TOUCHED_H

#include <stdlib.h>

#define TOUCHED_PAGE 4096

/* As calloc(3), to be freed by free(3); or NULL. */
static inline void *touched_calloc(size_t count, size_t size)
{
	char *bytes = calloc(count, size);

	/* Volatile, since the compiler knows that they are zeroes already. */
	for (size_t at = 0; bytes && at < count * size; at += TOUCHED_PAGE)
		*(volatile char *)&bytes[at] = 0;
	if (bytes && count * size > 0)
		*(volatile char *)&bytes[count * size - 1] = 0;
	return bytes;
}

#endif
