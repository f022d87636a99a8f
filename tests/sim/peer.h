/*
 * Scripted peers: clients of the server under test, on sockets of the world to which no faults
 * happen but those that they make themselves. Each holds one conversation after another, reads and
 * writes in pieces and at a pace that its seed chooses, and may be one of those that nobody wants:
 * silent, never reading, half-closing, resetting, vanishing.
 *
 *	AWAY ──► CONNECTING ──► TALKING ──► AWAY
 *	 ▲____________│(refused)
 */
#ifndef SIM_PEER_H
#define SIM_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "place.h"

struct peers;

/* What the peers of a world have in common. */
struct peers_options {
	uint64_t seed;
	uint32_t count;
	const struct place *places;
	uint32_t place_count;
	uint32_t bytes_max;    /* of one conversation */
	uint32_t pause_max_ns; /* between two things that a peer does */
};

/* Have them begin. Errors: ENOMEM. */
int peers_open(const struct peers_options *options, struct peers **ret_peers);
void peers_close(struct peers *peers);

/* No conversation begins any more. */
void peers_stop(struct peers *peers);

/* From now on a connection may end at any time: the server has been told to end. answered: what it
 * has got until now is answered all the same, for it has the time for that. */
void peers_excuse(struct peers *peers, bool answered);

/* Is there one that waits for what it is owed, and has a right to it? */
bool peers_wait(const struct peers *peers);

/* violated() by the first of those. */
void peers_complain(const struct peers *peers);

/* Are there, or were there, any that hold what others may need: connections and buffers? */
bool peers_hog(const struct peers *peers);

/* The server has ended: every connection must have. Else violated(). */
void peers_check_ended(const struct peers *peers);

#endif
