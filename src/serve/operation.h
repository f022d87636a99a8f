/*
 * What a server does beside serving, so that it can be operated: it tells a service manager how it
 * is, shows its figures to scrapers, and looks whether each thread still serves.
 *
 *	open -> workers run -> show -> tick ... -> drain -> tick ... -> close
 */
#ifndef SERVE_OPERATION_H
#define SERVE_OPERATION_H

#include <stdint.h>

#include <ringside/engine.h>

#include "base/error.h"
#include "exporter.h"
#include "notify.h"
#include "options.h"
#include "pulse.h"
#include "sandbox.h"
#include "stats.h"

struct operation {
	const struct serve_options *options;
	struct stats *stats; /* of the main thread */
	struct notify notify;
	struct exporter *exporter; /* NULL: not asked for */
	struct pulse *pulse;	   /* NULL: nobody asks whether the threads serve */
	uint64_t status_ns;	   /* when the status is to be told again */
	uint64_t watchdog_ns;	   /* when the threads are to be asked again */
	uint64_t status_messages;  /* and when it was told last: how many there were ... */
	uint64_t status_told_ns;   /* ... and when */
	bool draining;
};

/* An operation without anything, which operation_close() takes. */
void operation_init(struct operation *ret_operation);

/* Make what has to be there before any thread: sockets, beside those of the listeners. Errors:
 * those of exporter_open() and pulse_open(), with a sentence. Call operation_close() also then. */
int operation_open(struct operation *ret_operation, const struct serve_options *options,
		   const struct listener_list *listeners, struct error *ret_error);

/* What the sandbox has to leave to it. */
void operation_needs(const struct operation *operation, struct sandbox *sandbox);

/* How many more files a thread needs for it. */
uint32_t operation_files(const struct operation *operation);

/* What it needs of each engine. */
void operation_config(const struct operation *operation, struct engine_config *config);

/* Every thread serves: show what stats tell of them. Errors: those of exporter_start(). */
int operation_show(struct operation *operation, struct stats *stats, const struct sandbox *sandbox,
		   struct error *ret_error);

/* Tell where the metrics are, before those who wait for the listeners are told of them. */
void operation_announce(const struct operation *operation);

/* Clients have been told where we listen: tell the manager as well. */
void operation_ready(struct operation *operation);

/* How long may the main thread sleep before operation_tick(), in nanoseconds? UINT64_MAX: for
 * ever. */
uint64_t operation_wait_ns(const struct operation *operation);

/* Do what is due. May wait for as long as a thread that hangs is waited for: a second. */
void operation_tick(struct operation *operation);

/* The workers have been told to drain. */
void operation_drain(struct operation *operation);

void operation_close(struct operation *operation);

#endif
