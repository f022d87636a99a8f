/* Lists of names in sentences. */
#ifndef COMPARE_NAMES_H
#define COMPARE_NAMES_H

#include <stddef.h>

/* Enough for a list, and the sentence around it still fits a struct error. */
#define NAMES_MAX 300

/* Append 'name'; the list, "" at first, is cut with a sign of it where it gets too long. */
void names_add(const char *name, char *names, size_t size);

#endif
