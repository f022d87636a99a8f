/* How a command line chooses an engine, and how its report tells what it got. */
#ifndef ENGINE_CHOICE_H
#define ENGINE_CHOICE_H

#include <jansson.h>
#include <stdbool.h>

#include <ringside/engine.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/option.h"

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

/*
 * Rows of option tables for what chooses a command's engines, each once. AT(member) gives the place
 * of the field of that name: an int, a struct feature_request, a uint32_t that 0 leaves open, a
 * struct cpu_list, a uint64_t.
 */
#define CHOICE_ROW_BACKEND(AT)                                                                    \
	{                                                                                         \
		.group = "Engine:", .name = "backend", .argument = "NAME", .type = OPTION_CHOICE, \
		.at = AT(backend), .choices = choice_backends, .standard = "auto",                \
		.help = "auto: io_uring, or epoll where that cannot be; else that or nothing"     \
	}
#define CHOICE_ROW_FEATURES(AT)                                                                  \
	{                                                                                        \
		.name = "features", .argument = "+NAME,-NAME", .type = OPTION_CUSTOM,            \
		.at = AT(features), .parse = features_parse, .to_json = features_to_json,        \
		.help = "switch kernel features on and off; +all, -all: every one; none: begin " \
			"with all of them off"                                                   \
	}
#define CHOICE_ROW_THREADS(AT)                                                        \
	{                                                                             \
		.name = "threads", .key = 't', .argument = "N", .type = OPTION_COUNT, \
		.at = AT(threads), .max = CPU_COUNT_MAX, .standard = "1",             \
		.help = "threads, an engine each; 0: one for each CPU"                \
	}
#define CHOICE_ROW_CPUS(AT)                                                                \
	{                                                                                  \
		.name = "cpus", .argument = "LIST", .type = OPTION_CUSTOM, .at = AT(cpus), \
		.parse = cpus_parse, .to_json = cpus_to_json,                              \
		.help = "pin the threads to these CPUs, in turn: 0-3,8"                    \
	}
#define CHOICE_ROW_SPIN(AT)                                                                     \
	{                                                                                       \
		.name = "spin", .argument = "TIME", .type = OPTION_DURATION, .at = AT(spin_ns), \
		.standard = "auto", .word = "auto", .word_value = ENGINE_SPIN_AUTO,             \
		.help = "poll so long before sleeping; auto: only while that pays; 0: never"    \
	}

/* Open the engine that was chosen. Errors: those of engine_open(), with a sentence. */
int choice_open(enum backend_choice choice, const struct engine_config *config,
		struct engine **ret_engine, struct choice_result *ret_result,
		struct error *ret_error);

/* Note how often each feature did its work; the engine is about to be closed. */
void choice_note_uses(struct choice_result *result, const struct engine *engine);

/* Can this engine tell when what a client sends leaves? epoll always can. */
bool choice_tells_departures(const struct choice_result *result);

/* Add another thread's uses. */
void choice_merge(struct choice_result *result, const struct choice_result *from);

/* Set "backend" and "features" in an object: requested, effective, reason. Errors: ENOMEM. */
int choice_to_json(enum backend_choice choice, const struct choice_result *result, json_t *object);

#endif
