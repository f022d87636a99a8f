/* Whom the load is sent to, and what may be expected of the answers. */
#ifndef LOAD_TARGET_H
#define LOAD_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/address.h"
#include "net/sockopt.h"
#include "net/url.h"

enum answers {
	ANSWERS_EQUAL,	 /* the request comes back, after a prefix or without one */
	ANSWERS_OTHER,	 /* something comes back for each request */
	ANSWERS_NONE,	 /* nothing comes back */
	ANSWERS_ENDLESS, /* bytes come without being asked for */
	ANSWERS_TIMES,	 /* an answer to each request tells the peer's times */
};

struct trip_protocol;

struct target {
	struct url url;
	enum answers answers;
	uint32_t prefix; /* bytes of an answer before the request that it repeats */
	const struct trip_protocol *protocol; /* of ANSWERS_TIMES; NULL else */
	struct address address;
};

/* Understand a URL. Errors: EINVAL with a sentence, also for services that cannot be measured
 * (daytime and time on streams). */
int target_parse(const char *text, struct target *ret_target, struct error *ret_error);

/* Find its address; where a name has several, the first one that takes a connection.
 * Errors: those of address_resolve() or of connecting, with a sentence. */
int target_resolve(struct target *target, uint64_t timeout_ns, struct error *ret_error);

/* Can a socket be made for it, with these options? Errors: those of socket_client(), with a
 * sentence. */
int target_try_socket(const struct target *target, const struct sockopt_list *sockopts,
		      struct error *ret_error);

/* Does something come back for each request? */
bool target_answers(const struct target *target);

/* Is it on this host, so that both ends read the same clock? It is resolved. */
bool target_is_here(const struct target *target);

/* The service's name: as in the URL, or what is meant without one. */
const char *target_service(const struct target *target);

/* "echo+tcp://127.0.0.1:7777", with the address that was found. */
struct url_text target_text(const struct target *target);

#endif
