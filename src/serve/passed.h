/*
 * Sockets that were opened before us and passed on, as systemd does for a socket unit: LISTEN_FDS,
 * LISTEN_PID and LISTEN_FDNAMES of sd_listen_fds(3). They stay open with whoever passes them, so
 * one server can follow another without a client being refused.
 *
 * Life of a socket:	passed -> used: a listener's, which has duplicates of it -> closed here
 */
#ifndef SERVE_PASSED_H
#define SERVE_PASSED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* As many as systemd names in one environment. */
#define PASSED_MAX 256

struct passed {
	struct passed_socket {
		int fd;
		char *name;
		bool used;
	} items[PASSED_MAX];
	uint32_t count;
};

/* Take what was passed to this process out of the environment; nothing is fine. Errors: EINVAL (the
 * variables contradict themselves, or too many), ENOMEM, with a sentence. passed_close() frees it,
 * also then. */
int passed_take(struct passed *ret_passed, struct error *ret_error);
void passed_close(struct passed *passed);

/* Is the i-th one meant by NAME, or by its number? */
bool passed_is(const struct passed *passed, uint32_t i, const char *name);

/* "http (3), control (4)", or "none", for sentences; those that are unused alone if so asked. */
struct passed_text {
	char text[256];
};
struct passed_text passed_list(const struct passed *passed, bool unused_only);

/* Errors: EINVAL, with a sentence: one that nobody has used. */
int passed_check_used(const struct passed *passed, struct error *ret_error);

#endif
