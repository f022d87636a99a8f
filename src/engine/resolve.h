/* From what was asked for to what is in effect: engine->features, before the backend opens. */
#ifndef ENGINE_RESOLVE_H
#define ENGINE_RESOLVE_H

#include "backend.h"

/* Returns 0, or -EMFILE or -ENFILE if no descriptors were left to find out. */
int features_resolve(struct engine *engine);

/* probe.c: try one feature: fills in present and reason. Returns as above. */
int feature_try(enum feature_id id, struct feature_state *ret_state);

/* Why auto shall not take this engine on io_uring: a vital feature was wanted, by name or by
 * default, and is not to be had. A static sentence, or NULL: nothing is lacking. */
const char *features_lacking(const struct engine *engine);

#endif
