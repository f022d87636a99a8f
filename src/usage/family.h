/* A server's processes, at two moments: has what they used in between been counted? */
#ifndef USAGE_FAMILY_H
#define USAGE_FAMILY_H

#include <stdbool.h>

#include "usage/usage.h"

/*
 * A process that has ended has left what it used with its parent, if that waited for it, and only
 * then the difference of two sums is right. It is not if the parent ended first (the child was then
 * another one's), or ignores SIGCHLD (the kernel then throws the account away). Is all there, as
 * far as can be told? false also if the first process is not the same one.
 */
bool family_is_accounted(const struct usage_reading *later, const struct usage_reading *earlier);

#endif
