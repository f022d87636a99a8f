/*
 * A service that is put messages made of an input, and what must be true of whatever it does with
 * them. As ringside serve would: data has so much room as the engine gives it, what is answered
 * over UDP passes the guard, and an answer leaves before the next message comes.
 */
#ifndef FUZZ_SERVICE_FUZZ_H
#define FUZZ_SERVICE_FUZZ_H

#include <netinet/in.h>

#include <ringside/service.h>

#include "fuzz.h"

#define SERVICE_FUZZ_CONNECTIONS 4
#define SERVICE_FUZZ_LENGTH_MAX 8192

/* One message, and what became of it. */
struct exchange_fuzz {
	struct message message; /* as answered; data is that of the service_fuzz */
	uint8_t request[SERVICE_FUZZ_LENGTH_MAX];
	uint32_t request_length;
	uint8_t reply[SERVICE_FUZZ_LENGTH_MAX + SERVICE_TEXT_MAX];
	uint32_t reply_length; /* after the guard; 0 with .answered: an empty one */
	bool answered;
};

/* Whose datagrams come: of an IPv4 address, of an IPv6 address with the same port, of a UNIX
 * socket, or of one without a name. */
enum peer_fuzz { PEER_V4, PEER_V6, PEER_LOCAL, PEER_NOBODY };

struct service_fuzz {
	struct service_state state;
	struct clock_quality clock;
	struct service_options options;
	struct sockaddr_in peer;
	enum peer_fuzz from;
	uint8_t flags;	     /* of enum message_flag, of the next messages */
	uint32_t growth_max; /* bytes by which an answer over UDP may be longer than its request */
	struct exchange_fuzz last;
};

/* Open the service of a name, with .options as they are. */
void service_fuzz_open(struct service_fuzz *fuzz, const char *name);
void service_fuzz_close(struct service_fuzz *fuzz);

/* Defaults that are made fast: few sessions. From here to service_fuzz_close() the clock is that of
 * fake_clock.h. */
void service_fuzz_init(struct service_fuzz *ret_fuzz, enum service_transport transport);

/* Options that a byte switches on: key, twamp-light, formats ... */
void service_fuzz_choose(struct service_fuzz *fuzz, uint8_t bits);

/* Time goes on. */
void service_fuzz_pass(uint64_t ns);

/* Put a message to it; .last says what became of it. data is not changed. */
void service_fuzz_put(struct service_fuzz *fuzz, enum message_kind kind, uint32_t connection,
		      const uint8_t *data, uint32_t length);

/* Put the last answer to it as a message from somebody else. True: it is answered again. */
bool service_fuzz_loops(struct service_fuzz *fuzz);

#endif
