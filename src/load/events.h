/*
 * What happens in a load, as it happens, for programs: a line of JSON for each event, in iperf3's
 * envelope {"event": NAME, "data": {...}}.
 *
 *	start		once: what is known before the first run, as in the document
 *	run		a run begins: {"index": from 1, "of"}
 *	interval	a part of it is over: as in the document, and "run"
 *	error		the load has failed: {"message", "exit_code"}
 *	end		the whole document; the last event, unless there is nothing to tell
 */
#ifndef LOAD_EVENTS_H
#define LOAD_EVENTS_H

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"
#include "measure/interval.h"
#include "session.h"

/* { .path = NULL } writes nothing. */
struct events {
	const char *path;
	FILE *stream;
	int error;    /* the first one; nothing is written any more */
	uint32_t run; /* that goes on, from 1 */
};

/* Open path, "-" is standard output; waits for the reader of a FIFO. NULL: no events.
 * Errors: those of open, with a sentence. */
int events_open(struct events *ret_events, const char *path, struct error *ret_error);

/* Errors: the first one there was, in writing or of memory, with a sentence. */
int events_close(struct events *events, struct error *ret_error);

void events_start(struct events *events, const struct session *session);
void events_run(struct events *events, const struct session *session, uint32_t index);
void events_interval(struct events *events, const struct interval *interval);
void events_error(struct events *events, const char *message, int exit_code);
void events_end(struct events *events, const struct session *session);

#endif
