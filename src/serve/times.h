/* What the options of times and keys mean for services and for the engine. */
#ifndef SERVE_TIMES_H
#define SERVE_TIMES_H

#include <stdint.h>

#include <ringside/service.h>

#include "base/error.h"
#include "listener.h"
#include "options.h"

/* Read the key, and find what contradicts itself or this host. Errors: EINVAL and those of
 * key_file_read(), with a sentence. */
int times_check(struct serve_options *options, struct error *ret_error);

/* Can the listeners do what is asked for? Errors: EINVAL, with a sentence. */
int times_check_listeners(const struct serve_options *options,
			  const struct listener_list *listeners, struct error *ret_error);

/* How messages come over it. */
enum service_transport service_transport_of(enum transport transport);

/* The options of a service with a listener of that transport. They point into *options. */
struct service_options service_options_of(const struct serve_options *options,
					  enum transport transport);

/* Of what a listener's service reads (enum ancillary), that which is to be asked for. */
uint32_t times_ancillary(const struct serve_options *options, const struct listener *listener);

#endif
