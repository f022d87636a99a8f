/* How a command line chooses an engine, and how its report tells what it got. */
#ifndef ENGINE_CHOICE_H
#define ENGINE_CHOICE_H

#include <jansson.h>

#include <ringside/engine.h>

#include "base/error.h"

enum backend_choice { BACKEND_AUTO, BACKEND_URING, BACKEND_EPOLL };

/* Index: enum backend_choice; NULL-terminated. */
extern const char *const choice_backends[];

#define CHOICE_MISSING_MAX 768

/* What came of it. */
struct choice_result {
	const char *backend; /* its name */
	const char *reason;  /* why auto fell back; NULL: it did not */
	/* What was asked for by name and is not in effect, or is vital and cannot be had: a
	 * sentence for the user; empty: there is nothing to say. */
	char missing[CHOICE_MISSING_MAX];
	struct feature_state states[FEATURE_COUNT];
	uint64_t uses[FEATURE_COUNT]; /* how often each did its work */
};

/* For option rows of type OPTION_CUSTOM. */
int features_parse(const char *text, void *ret_request, struct error *ret_error);
json_t *features_to_json(const void *request);

/* Open the engine that was chosen. Errors: those of engine_open(), with a sentence. */
int choice_open(enum backend_choice choice, const struct engine_config *config,
		struct engine **ret_engine, struct choice_result *ret_result,
		struct error *ret_error);

/* Note how often each feature did its work; the engine is about to be closed. */
void choice_note_uses(struct choice_result *result, const struct engine *engine);

/* Add another thread's uses. */
void choice_merge(struct choice_result *result, const struct choice_result *from);

/* Set "backend" and "features" in an object: requested, effective, reason. Errors: ENOMEM. */
int choice_to_json(enum backend_choice choice, const struct choice_result *result, json_t *object);

#endif
