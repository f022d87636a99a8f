/*
 * The HTTP server behind --metrics: a thread of its own, which answers GET and HEAD of /metrics and
 * /healthz and nothing else. It keeps EXPORTER_VISITORS connections at most, each for a few seconds
 * at most, and reads no more than a page of what it is asked; so it can be asked too much, but not
 * be made to hold more than that.
 */
#ifndef SERVE_EXPORTER_H
#define SERVE_EXPORTER_H

#include <stdint.h>

#include "base/error.h"
#include "listener.h"
#include "net/url.h"
#include "options.h"
#include "pulse.h"
#include "sandbox.h"
#include "stats.h"

#define EXPORTER_VISITORS 16u

struct exporter;

/* Read the address of --metrics: PORT (of 127.0.0.1), HOST:PORT or unix:PATH. Errors: EINVAL, with
 * a sentence. */
int exporter_parse(const char *text, struct url *ret_url, struct error *ret_error);

/* Is it an address of this host, and none of a listener's? Nothing stays bound, and whether the
 * port is free is not told. Errors: as exporter_open(). */
int exporter_try(const char *text, const struct listener_list *listeners, struct error *ret_error);

/* Bind it beside the listeners (a socket file with the rights of theirs), and open what a sandbox
 * would not let it open later. Errors: those of address_resolve() and socket_listen(), ENOMEM, with
 * a sentence. */
int exporter_open(const struct serve_options *options, const struct listener_list *listeners,
		  struct exporter **ret_exporter, struct error *ret_error);

/* Begin to answer, about what these workers do. Errors: ENOMEM, those of pthread_create() and
 * sandbox_thread(), with a sentence. */
int exporter_start(struct exporter *exporter, const struct stats *stats, struct pulse *pulse,
		   const struct sandbox *sandbox, struct error *ret_error);

/* The socket file that is to be removed at the end, or NULL. */
const char *exporter_file(const struct exporter *exporter);

/* Where it listens: "http://127.0.0.1:9100" or "unix:/run/m.sock". */
const char *exporter_address(const struct exporter *exporter);

/* May others than this host ask? */
bool exporter_is_public(const struct exporter *exporter);

/* From now on /healthz says that the server drains. Any thread. */
void exporter_drain(struct exporter *exporter);

/* End the thread and remove the socket file. NULL is fine. Before the workers are freed. */
void exporter_close(struct exporter *exporter);

#endif
