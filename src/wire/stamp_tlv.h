/*
 * Extensions of STAMP (RFC 8972 section 4): flags (1), type (1), length of the value (2), value.
 * A Session-Sender sets U of each; the reflector clears it of those that it knows, and sets M of
 * one that is longer than what is left, or of a wrong length for its type.
 */
#ifndef WIRE_STAMP_TLV_H
#define WIRE_STAMP_TLV_H

#include <stdbool.h>
#include <stdint.h>

#define STAMP_TLV_HEADER 4u

enum stamp_tlv_flag {
	STAMP_TLV_UNKNOWN = 0x80,
	STAMP_TLV_MALFORMED = 0x40,
	STAMP_TLV_INTEGRITY = 0x20, /* its HMAC is not right */
};

enum stamp_tlv_type {
	STAMP_TLV_PADDING = 1,
	STAMP_TLV_LOCATION = 2,
	STAMP_TLV_TIMESTAMP_INFORMATION = 3,
	STAMP_TLV_CLASS_OF_SERVICE = 4,
	STAMP_TLV_DIRECT_MEASUREMENT = 5,
	STAMP_TLV_ACCESS_REPORT = 6,
	STAMP_TLV_FOLLOW_UP = 7,
	STAMP_TLV_HMAC = 8,
	/* Of the types for experiments (240 to 251), since those for private use begin with the
	 * number of an enterprise: ours. Value: how long after T2 the program had the message,
	 * nanoseconds, 8 octets; a sender's is zero. */
	STAMP_TLV_WAKE = 251,
};

/* Timestamp Information (section 4.3): sources of synchronisation and ways of stamping. */
enum stamp_sync_source { STAMP_SYNC_NTP = 1, STAMP_SYNC_PTP = 2, STAMP_SYNC_LOCAL = 5 };
enum stamp_method { STAMP_METHOD_HARDWARE = 1, STAMP_METHOD_SOFTWARE = 2, STAMP_METHOD_CONTROL };

/* Lengths of values. */
#define STAMP_TLV_TIMESTAMP_INFORMATION_LENGTH 4u
#define STAMP_TLV_CLASS_OF_SERVICE_LENGTH 4u
#define STAMP_TLV_DIRECT_MEASUREMENT_LENGTH 12u
#define STAMP_TLV_FOLLOW_UP_LENGTH 16u
#define STAMP_TLV_HMAC_LENGTH 16u
#define STAMP_TLV_WAKE_LENGTH 8u

/* One of them, in place. */
struct stamp_tlv {
	uint8_t *octets; /* its header */
	uint8_t type;
	uint16_t length; /* of the value */
	bool malformed;	 /* it does not end within what there is: nothing follows it */
};

/* The extension that begins at *at of length octets, and move *at behind it. False: there is none.
 * Fewer octets than a header's are padding, and so is all that follows a header of zeroes: a sender
 * of RFC 8762 pads with zeroes, and one of extensions sets U. */
bool stamp_tlv_next(uint8_t *octets, uint32_t length, uint32_t *at, struct stamp_tlv *ret_tlv);

struct hmac_key;

/*
 * The HMAC of an HMAC extension (section 4.8): of the packet's sequence number and of all
 * extensions before this one. base: where they begin; at: its own header. Write its value, or see
 * whether it is right.
 */
void stamp_tlv_sign(uint8_t *octets, uint32_t base, uint32_t at, struct hmac_key *key);
bool stamp_tlv_is_signed(const uint8_t *octets, uint32_t base, uint32_t at, struct hmac_key *key);

/* Write a header with U set and a value of zeroes; returns how many octets that is. */
uint32_t stamp_tlv_put(uint8_t *octets, enum stamp_tlv_type type, uint16_t length);

#endif
