/*
 * The sandbox: what this process gives up once it has bound its sockets.
 *
 *	bound ──► sandbox_enter(): user, capabilities, no_new_privs, Landlock
 *	      ──► threads start, each opens its engine ──► sandbox_thread(): seccomp
 *	      ──► sandbox_thread() of the main thread ──► serving
 *
 * docs/security.md says against what each part helps.
 */
#ifndef SERVE_SANDBOX_H
#define SERVE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "confine/filter.h"
#include "confine/offer.h"
#include "confine/user.h"
#include "listener.h"
#include "options.h"

struct sandbox_state {
	bool on;
	struct confine_text reason; /* what it does, or why it is off */
};

struct sandbox {
	int choice; /* enum sandbox_choice */
	bool has_user;
	struct user user;
	uint32_t needs;	       /* enum sandbox_need; sandbox_prepare() has some of them */
	const char *metrics;   /* one more socket file to be removed at the end; NULL */
	uint64_t capabilities; /* those that threads keep */
	struct sandbox_state parts[CONFINE_PART_COUNT];
};

/* What the options ask for that needs more than the least: conditions of the tables. */
enum sandbox_need {
	SANDBOX_FILES = 1 << 0,	  /* statistics are written to a file */
	SANDBOX_SOCKETS = 1 << 1, /* UNIX socket files are removed at the end */
	SANDBOX_VERBOSE = 1 << 2, /* peers are named */
	SANDBOX_ASKED = 1 << 3,	  /* a manager is told, or threads are asked (operation.h) */
};

enum sandbox_thread { SANDBOX_WORKER, SANDBOX_MAIN, SANDBOX_METRICS };

/* The system calls of a thread, and those of all three; sandbox_worker.c, sandbox_main.c,
 * sandbox_metrics.c, sandbox_shared.c. */
extern const struct filter_row sandbox_worker_calls[], sandbox_main_calls[],
	sandbox_metrics_calls[], sandbox_shared_calls[];

/* sandbox_files.c: what Landlock lets this server still reach: a descriptor, which the caller
 * closes, or a negative errno. metrics: one more socket file, or NULL. */
int sandbox_rules(const struct serve_options *options, const struct listener_list *listeners,
		  const char *metrics);

/* Say which socket files the user that we are now cannot remove at the end. */
void sandbox_tell_files(const struct listener_list *listeners);

/* What can be told without rights of what follows: is there such a user, and has the kernel what
 * --sandbox require wants? Errors: with a sentence. */
int sandbox_check(const struct serve_options *options, struct error *ret_error);

/* Before anything is bound: is there such a user, and may we become it? Errors: with a sentence. */
int sandbox_prepare(const struct serve_options *options, struct sandbox *ret_sandbox,
		    struct error *ret_error);

/* Give up what needs only the listeners to exist. Call it while there is one thread. Errors: with a
 * sentence; of --sandbox auto none but those of --user, and of files that could not be written. */
int sandbox_enter(struct sandbox *sandbox, const struct serve_options *options,
		  const struct listener_list *listeners, struct error *ret_error);

/* Give up what the calling thread needs no more now that it is to serve. Errors: as
 * capability_keep() and filter_load(). */
int sandbox_thread(const struct sandbox *sandbox, enum sandbox_thread thread);

/* Say on standard error what is missing; of everything if asked to. */
void sandbox_tell(const struct sandbox *sandbox, bool all);

/* NULL: no memory. */
json_t *sandbox_to_json(const struct sandbox *sandbox);

#endif
