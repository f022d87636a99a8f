/* Memory that is there when it is asked for. */
#ifndef BASE_TOUCH_H
#define BASE_TOUCH_H

#include <stddef.h>
#include <stdlib.h>

/* No processor has smaller pages. */
#define TOUCH_PAGE 4096

/* calloc(), with every page written: the kernel gives a page when it is written first, which would
 * be in the midst of the traffic, and where memory has run out by then it ends the process. */
static inline void *calloc_touched(size_t count, size_t size)
{
	volatile unsigned char *memory = calloc(count, size);

	for (size_t at = 0; memory && at < count * size; at += TOUCH_PAGE)
		memory[at] = 0;
	return (void *)memory;
}

#endif
