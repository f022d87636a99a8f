/*
 * What this kernel offers is found by doing each thing once. Versions and feature bits are not
 * asked: distributions backport, and filters forbid (docs/uring.md).
 */
#ifndef ENGINE_ATTEMPT_H
#define ENGINE_ATTEMPT_H

#include <ringside/feature.h>

/* Can there be a ring at all? 0, or a negative errno. */
int attempt_ring(void);

/* Use a feature, in a ring and on sockets of its own: 0, or a negative errno. */
int attempt_feature(enum feature_id id);

#endif
