/*
 * Packets of IRTT, protocol version 1 (irtt 0.9). All numbers are little-endian.
 *
 *	octets	 field			present
 *	 0	 magic (3), flags (1)	always
 *	 4	 HMAC-MD5 (16)		if flag HMAC is set: of the packet with zeroes here
 *	 +0	 token (8)		in all but an open request; 0: no session was opened
 *	 +8	 parameters		in open requests and replies, up to the end
 *	 +8	 sequence number (4)	in echo requests and replies, and what follows too
 *	 +12	 received count (4)	received stats 1
 *		 received window (8)	received stats 2
 *		 receive time (8, 8)	stamp at 2: by the wall and the monotonic
 *					clock, as the clock parameter says
 *		 midpoint time (8, 8)	stamp at 4
 *		 send time (8, 8)	stamp at 1
 *		 payload		up to the length that was agreed
 *
 * A request has zeroes in the fields of the server. A close request ends with the token, and gets
 * no reply. Open and close together ask for the parameters alone.
 */
#ifndef WIRE_IRTT_H
#define WIRE_IRTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IRTT_VERSION 1
#define IRTT_HEADER_LENGTH 4u
#define IRTT_TOKEN_LENGTH 8u
#define IRTT_FILL_MAX 32u /* of the name of a fill */
#define IRTT_PARAMS_MAX 128u

enum irtt_flag {
	IRTT_OPEN = 1 << 0,
	IRTT_REPLY = 1 << 1,
	IRTT_CLOSE = 1 << 2,
	IRTT_HMAC = 1 << 3,
};
#define IRTT_FLAGS (IRTT_OPEN | IRTT_REPLY | IRTT_CLOSE | IRTT_HMAC)

/* The parameters, by the numbers that stand before their values. */
enum irtt_param {
	IRTT_PROTOCOL = 1,
	IRTT_DURATION, /* nanoseconds, like the interval */
	IRTT_INTERVAL,
	IRTT_LENGTH, /* of an echo, HMAC and all; 0, or too short: what its fields need */
	IRTT_RECEIVED_STATS,
	IRTT_STAMP_AT,
	IRTT_CLOCK,
	IRTT_DSCP, /* the whole octet: TOS or traffic class */
	IRTT_SERVER_FILL,
};

enum irtt_received_stats { IRTT_COUNT = 1, IRTT_WINDOW = 2 };
enum irtt_stamp_at { IRTT_AT_SEND = 1, IRTT_AT_RECEIVE = 2, IRTT_AT_MIDPOINT = 4 };
enum irtt_clock { IRTT_WALL = 1, IRTT_MONOTONIC = 2 };

/* A value of 0 is the same as none. */
struct irtt_params {
	int64_t values[IRTT_SERVER_FILL]; /* index: enum irtt_param */
	uint8_t fill_length;
	char fill[IRTT_FILL_MAX];
};

/* Read length octets of parameters; those that are not known are passed over, of those that come
 * twice the last counts. False: they are malformed, or one has a value that there is not. */
bool irtt_params_read(const uint8_t *octets, uint32_t length, struct irtt_params *ret_params);

/* Write the parameters; returns how many octets they are. */
uint32_t irtt_params_write(uint8_t octets[static IRTT_PARAMS_MAX],
			   const struct irtt_params *params);

/* Where the fields of an echo stand, 0: it has no such field. */
struct irtt_layout {
	uint8_t token, sequence, count, window;
	uint8_t receive_wall, receive_monotonic;
	uint8_t midpoint_wall, midpoint_monotonic;
	uint8_t send_wall, send_monotonic;
	uint8_t length; /* of all fields */
};

void irtt_layout_init(struct irtt_layout *ret_layout, const struct irtt_params *params, bool hmac);

/* How many octets stand before the token of a packet with these flags. */
static inline uint32_t irtt_header_length(uint8_t flags)
{
	return IRTT_HEADER_LENGTH + (flags & IRTT_HMAC ? 16u : 0u);
}

void irtt_put_header(uint8_t octets[static IRTT_HEADER_LENGTH], uint8_t flags);

/* Is there a header, with all that its flags say must follow it, and no flag that there is not? */
bool irtt_has_header(const uint8_t *octets, uint32_t length, uint8_t *ret_flags);

struct hmac_key;

/* The HMAC of a packet that has room for it, and its flag set. */
void irtt_sign(uint8_t *octets, uint32_t length, struct hmac_key *key);

/* Leaves the packet as it was. */
bool irtt_is_signed(uint8_t *octets, uint32_t length, struct hmac_key *key);

#endif
