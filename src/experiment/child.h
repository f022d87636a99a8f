/*
 * Programs that we start, read and end. Each wait for one has a limit, and none outlives us,
 * whatever ends us. What it has started itself ends with it, but not if we are killed. A
 * terminal's signals are for us alone.
 *
 * Life:	started -> (says a line) -> ended by itself or by us -> finished
 */
#ifndef EXPERIMENT_CHILD_H
#define EXPERIMENT_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/cpu.h"
#include "base/error.h"

/* What one may say in all: more is no report of ours. */
#define CHILD_TEXT_MAX (16u << 20)

struct child {
	pid_t pid;	     /* 0: none, or it has been waited for */
	int process_fd;	     /* readable when it has ended */
	int output_fd;	     /* its standard output; -1: there comes no more */
	int errors_fd;	     /* a file with its standard error */
	int status;	     /* of wait4(), once it has ended */
	struct rusage usage; /* the same: with the children that it has waited for */
	char *text; /* what was taken from its standard output while we waited for its end */
	size_t length, size;
	int text_error; /* why there is not all of it; 0: there is */
};

/* One that was never started. */
#define CHILD_NONE ((struct child){ .process_fd = -1, .output_fd = -1, .errors_fd = -1 })

/* How it starts: execv(path, argv). */
struct child_command {
	const char *path;
	const char *const *argv;
	const struct cpu_list *cpus; /* where it may run; NULL or empty: as we may */
	int network;		     /* of which network namespace; 0: of ours */
};

/* Errors: those of pipe, fork and the like, with a sentence. Call child_finish() also then. */
int child_start(const struct child_command *command, struct child *ret_child,
		struct error *ret_error);

/* The next line of its output, without the newline; before anybody waits for its end. Errors:
 * ETIMEDOUT, EPIPE (no line comes any more), EMSGSIZE. */
int child_read_line(struct child *child, uint64_t limit_ns, char *line, size_t size);

/*
 * All of its output that has not been read, ended by a zero, once it has ended; what somebody else
 * may still write there is not waited for. The text is the child's, until child_finish(). Errors:
 * EMSGSIZE (CHILD_TEXT_MAX), ENOMEM, or those of read().
 */
int child_read_rest(struct child *child, const char **ret_text);

/* Forget what it has said and nobody has read, without waiting: one that talks while nobody listens
 * would stop once the pipe is full. */
void child_ignore_output(struct child *child);

/* Wait for its end, and take what it says meanwhile: a pipe holds only so much, and one that cannot
 * write would never end. Errors: ETIMEDOUT. */
int child_wait(struct child *child, uint64_t limit_ns);

/* Ask it to end (SIGTERM), and after the limit make it (SIGKILL). 0, or -ETIMEDOUT if it had to be
 * killed. One that has ended already, or never was, is fine. */
int child_stop(struct child *child, uint64_t limit_ns);

/* The last line it said on standard error, for a reason; "" if none. */
const char *child_last_words(struct child *child, char *text, size_t size);

/* Kill it if it still runs, close what is left and free its text. CHILD_NONE is fine. */
void child_finish(struct child *child);

#endif
