/*
 * Test packets of STAMP (RFC 8762, with the SSID of RFC 8972 section 3) and of TWAMP Light. All
 * numbers are in network order; times are as the Z flag of their error estimate says.
 *
 *	octets   Session-Sender			Session-Reflector
 *	 0	 sequence number (4)		the same; stateful: one of its own
 *	 4	 timestamp T1 (8)		timestamp T3: when it left
 *	12	 error estimate (2)		error estimate
 *	14	 SSID (2)			SSID
 *	16	 zero (28)			receive timestamp T2 (8)
 *	24					sender's sequence number (4)
 *	28					sender's timestamp T1 (8)
 *	36					sender's error estimate (2)
 *	38					zero (2)
 *	40					sender's TTL (1), zero (3)
 *	44	 TLVs (RFC 8972 section 4), or padding
 *
 * An authenticated packet has 112 octets and other places for the same fields; see stamp.c. What is
 * sent over a stream, or a UNIX socket, is the plain layout of 44 octets without TLVs; there the
 * reflector writes into octets 38, 39 and 41 to 43 what stamp_put_wake() says.
 */
#ifndef WIRE_STAMP_H
#define WIRE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAMP_LENGTH 44u
#define STAMP_LENGTH_AUTHENTICATED 112u
#define STAMP_TWAMP_LIGHT_LENGTH 14u
#define STAMP_HOP_LIMIT_UNKNOWN 255u

/* What a packet says, both kinds in one: a Session-Sender's has the first four alone. */
struct stamp_packet {
	uint32_t sequence;
	uint64_t timestamp; /* T1, or T3 */
	uint16_t error_estimate;
	uint16_t ssid;
	uint64_t received; /* T2 */
	uint32_t sender_sequence;
	uint64_t sender_timestamp; /* T1 */
	uint16_t sender_error_estimate;
	uint8_t sender_hop_limit;
};

/* How many octets the base of a packet has. */
static inline uint32_t stamp_length(bool authenticated)
{
	return authenticated ? STAMP_LENGTH_AUTHENTICATED : STAMP_LENGTH;
}

/* Read or write stamp_length() octets. Writing zeroes what must be zero, and leaves the HMAC of an
 * authenticated packet to stamp_sign(). */
void stamp_read_sender(const uint8_t *octets, bool authenticated, struct stamp_packet *ret_packet);
void stamp_write_sender(uint8_t *octets, bool authenticated, const struct stamp_packet *packet);
void stamp_read_reflector(const uint8_t *octets, bool authenticated,
			  struct stamp_packet *ret_packet);
void stamp_write_reflector(uint8_t *octets, bool authenticated, const struct stamp_packet *packet);

/* Write T3 alone. */
void stamp_put_timestamp(uint8_t *octets, bool authenticated, uint64_t timestamp);

struct hmac_key;

/* The HMAC of an authenticated packet: of its first 96 octets, in the last 16 of 112. */
void stamp_sign(uint8_t *octets, struct hmac_key *key);
bool stamp_is_signed(const uint8_t *octets, struct hmac_key *key);

/*
 * On streams and UNIX sockets: how long after T2 the reflector's program had the message, in
 * nanoseconds, in the 40 bits that must be zero elsewhere (RFC 8762 has no field for it). 2^40 - 1:
 * that long or longer.
 */
#define STAMP_WAKE_MAX ((1ull << 40) - 1)
void stamp_put_wake(uint8_t octets[static STAMP_LENGTH], uint64_t wake_ns);
uint64_t stamp_get_wake(const uint8_t octets[static STAMP_LENGTH]);

#endif
