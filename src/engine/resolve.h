/* From what was asked for to what is in effect: engine->features, before the backend opens. */
#ifndef ENGINE_RESOLVE_H
#define ENGINE_RESOLVE_H

#include "backend.h"

/* Returns 0, or on io_uring the negative errno that forbids it altogether. */
int features_resolve(struct engine *engine);

#endif
