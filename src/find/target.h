/* The URL of a server that runs already. */
#ifndef FIND_TARGET_H
#define FIND_TARGET_H

#include "base/error.h"

/* Is it one? Errors: EINVAL, with a sentence. */
int target_check(const char *url, struct error *ret_error);

/* The name of its transport: "tcp", "unixgram"; of one that was checked. */
const char *target_transport(const char *url);

#endif
