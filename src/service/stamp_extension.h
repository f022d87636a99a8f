/* A Session-Reflector's answers to the extensions of a request (RFC 8972 section 4). */
#ifndef SERVICE_STAMP_EXTENSION_H
#define SERVICE_STAMP_EXTENSION_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/service.h>

#include "stamp_session.h"
#include "wire/hmac.h"

/* What answers depend on. */
struct stamp_request {
	const struct service_state *state;
	struct message *message;       /* its data: the answer so far, extensions as they came */
	uint32_t base;		       /* octets before the extensions */
	struct hmac_key *key;	       /* NULL: none */
	struct stamp_session *session; /* NULL: none */
	uint64_t wake_ns;	       /* from T2 until the program had it */
	bool asks_departure; /* set by stamp_extensions_answer(): of this answer, for a later one */
};

/* A time of CLOCK_REALTIME in the format that the options say. */
uint64_t stamp_time(const struct service_state *state, int64_t wall_ns);

/* What is known of the extensions before any is answered. */
struct stamp_extensions {
	uint32_t count;
	uint32_t hmac; /* where the extension of that name begins; 0: there is none */
	bool whole;    /* they are signed as they have to be, if they have to be */
	bool measures; /* the session's counters are asked for */
};

/* Look through those behind base of length octets. key: NULL: there is none. signed_base: the
 * packet itself is signed, so they must be too. */
struct stamp_extensions stamp_extensions_read(uint8_t *octets, uint32_t length, uint32_t base,
					      bool signed_base, struct hmac_key *key);

/* Answer them in place, after the sequence number of the answer has been written: the HMAC of the
 * extensions is of that too. */
void stamp_extensions_answer(struct stamp_request *request,
			     const struct stamp_extensions *extensions);

#endif
