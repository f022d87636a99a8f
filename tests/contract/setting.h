/*
 * What this run of the contract program is about: a backend and a set of features, as the
 * environment says (RINGSIDE_TEST_BACKEND, RINGSIDE_TEST_FEATURES); and whether each test asks for
 * all that may be told of what arrives (RINGSIDE_TEST_ANCILLARY, not empty).
 */
#ifndef CONTRACT_SETTING_H
#define CONTRACT_SETTING_H

#include <ringside/engine.h>
#include <stdbool.h>
#include <stddef.h>

/* All that the kernel may tell of what arrives. */
enum { SETTING_ARRIVALS = ANCILLARY_ARRIVAL | ANCILLARY_HARDWARE | ANCILLARY_HEADER };

/* Does the environment name a backend and features that exist? */
bool setting_valid(void);

const struct backend *setting_backend(void);

/* Small enough to be opened for each test; timeouts off. The run's features are requested, and
 * with each feature asked for by name those it cannot do without. */
void setting_config(struct engine_config *ret_config);

/* For a test that is about this feature: the run does not refuse it. */
void setting_allow(struct engine_config *config, enum feature_id feature);

/* Is this feature in effect in this run? */
bool setting_has(enum feature_id feature);

/* Can this run be done on this kernel? If not, why. */
bool setting_possible(char *ret_reason, size_t size);

#endif
