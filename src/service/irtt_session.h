/*
 * The sessions of irtt's server. A session belongs to the address that opened it, and is found by
 * a token that only who received the reply can know: nobody is sent echoes who did not ask for
 * them. There are so many at most; a flood of opens pushes out those that were opened and never
 * used, more or less the oldest first, but none that is in use.
 */
#ifndef SERVICE_IRTT_SESSION_H
#define SERVICE_IRTT_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "wire/irtt.h"

/* So many echo requests may follow each other faster than the interval allows. */
#define IRTT_BURST 5

struct irtt_session {
	uint64_t token;
	uint64_t used_ns;   /* when the latest request came, or it was opened */
	uint64_t first_ns;  /* when the first echo request came; 0: none yet */
	uint64_t earned_ns; /* an echo costs the interval */
	uint64_t window;    /* bit n: that n before the highest sequence number came */
	uint32_t count;	    /* echo requests that were received */
	uint32_t highest;   /* the highest sequence number of them */
	uint32_t length;    /* of a reply */
	uint32_t next;	    /* in its chain, or that of the free ones; 0: none */
	uint8_t traffic_class;
	bool random_fill;
	struct irtt_layout layout;
	uint8_t peer_length;
	uint8_t peer[sizeof(struct sockaddr_un)];
};

struct irtt_table;

/* Room for count_max sessions, each of which ends timeout_ns after its last request (0: never).
 * Errors: ENOMEM, those of getrandom(2). */
int irtt_table_open(uint32_t count_max, uint64_t timeout_ns, struct irtt_table **ret_table);
void irtt_table_close(struct irtt_table *table);

/* A new session with a token; the rest of it is zeroes. NULL: there is no room, or no address.
 * now_ns, here and below: CLOCK_MONOTONIC. */
struct irtt_session *irtt_table_add(struct irtt_table *table, const struct sockaddr *peer,
				    uint32_t peer_length, uint64_t now_ns);

/* The session with this token, or NULL. It may have been silent for too long: then
 * irtt_table_expire() ends it. */
struct irtt_session *irtt_table_find(const struct irtt_table *table, uint64_t token);
bool irtt_table_expire(struct irtt_table *table, struct irtt_session *session, uint64_t now_ns);

void irtt_table_remove(struct irtt_table *table, struct irtt_session *session);

bool irtt_session_is_from(const struct irtt_session *session, const struct sockaddr *peer,
			  uint32_t peer_length);

/* May an echo request be answered that came then (not 0)? interval_ns: how often in the long run;
 * 0: any number. What waited for us together did not come together: its arrival counts. */
bool irtt_session_allows(struct irtt_session *session, uint64_t interval_ns, uint64_t came_ns);

/* Count an echo request. Returns the window as seen from it: bit n: that n before it came; 0: it is
 * so late that this is forgotten. */
uint64_t irtt_session_count(struct irtt_session *session, uint32_t sequence);

#endif
