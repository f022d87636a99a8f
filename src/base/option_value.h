/* One option's value: from text, to its field, to JSON. Private to option.c. */
#ifndef BASE_OPTION_VALUE_H
#define BASE_OPTION_VALUE_H

#include "base/option.h"

/* The field at a place of a command's options. */
static inline void *place_of(void *options, struct option_place place)
{
	return (char *)options + place.offset;
}

/* Parse text (NULL for a flag) into the row's field. Errors: EINVAL with a sentence, ENOMEM. */
int value_set(const struct option_row *row, const char *text, void *options,
	      struct error *ret_error);

#endif
