#include "stamp.h"

#include "bytes.h"
#include "hmac.h"

/*
 * Where the fields of both kinds of packet are. An authenticated one (RFC 8762 figures 3 and 6)
 * has the same fields with more zeroes between them, and ends with its HMAC.
 */
static const struct layout {
	uint8_t length;
	uint8_t timestamp, error_estimate, ssid;
	/* of the reflector */
	uint8_t received, sender_sequence, sender_timestamp, sender_error_estimate;
	uint8_t sender_hop_limit;
} layouts[] = {
	[false] = {
		.length = STAMP_LENGTH,
		.timestamp = 4,
		.error_estimate = 12,
		.ssid = 14,
		.received = 16,
		.sender_sequence = 24,
		.sender_timestamp = 28,
		.sender_error_estimate = 36,
		.sender_hop_limit = 40,
	},
	[true] = {
		.length = STAMP_LENGTH_AUTHENTICATED,
		.timestamp = 16,
		.error_estimate = 24,
		.ssid = 26,
		.received = 32,
		.sender_sequence = 48,
		.sender_timestamp = 64,
		.sender_error_estimate = 72,
		.sender_hop_limit = 80,
	},
};

#define SIGNED_LENGTH (STAMP_LENGTH_AUTHENTICATED - HMAC_LENGTH)

/* The octets of the wake-up time: two, and three behind the hop limit. */
#define WAKE_HIGH 38
#define WAKE_LOW 41

static struct stamp_packet read_sender(const uint8_t *octets, const struct layout *layout)
{
	return (struct stamp_packet){
		.sequence = get_be32(octets),
		.timestamp = get_be64(octets + layout->timestamp),
		.error_estimate = get_be16(octets + layout->error_estimate),
		.ssid = get_be16(octets + layout->ssid),
	};
}

void stamp_read_sender(const uint8_t *octets, bool authenticated, struct stamp_packet *ret_packet)
{
	*ret_packet = read_sender(octets, &layouts[authenticated]);
}

void stamp_write_sender(uint8_t *octets, bool authenticated, const struct stamp_packet *packet)
{
	const struct layout *layout = &layouts[authenticated];

	memset(octets, 0, layout->length);
	put_be32(octets, packet->sequence);
	put_be64(octets + layout->timestamp, packet->timestamp);
	put_be16(octets + layout->error_estimate, packet->error_estimate);
	put_be16(octets + layout->ssid, packet->ssid);
}

void stamp_read_reflector(const uint8_t *octets, bool authenticated,
			  struct stamp_packet *ret_packet)
{
	const struct layout *layout = &layouts[authenticated];
	struct stamp_packet packet = read_sender(octets, layout);

	packet.received = get_be64(octets + layout->received);
	packet.sender_sequence = get_be32(octets + layout->sender_sequence);
	packet.sender_timestamp = get_be64(octets + layout->sender_timestamp);
	packet.sender_error_estimate = get_be16(octets + layout->sender_error_estimate);
	packet.sender_hop_limit = octets[layout->sender_hop_limit];
	*ret_packet = packet;
}

void stamp_write_reflector(uint8_t *octets, bool authenticated, const struct stamp_packet *packet)
{
	const struct layout *layout = &layouts[authenticated];

	stamp_write_sender(octets, authenticated, packet);
	put_be64(octets + layout->received, packet->received);
	put_be32(octets + layout->sender_sequence, packet->sender_sequence);
	put_be64(octets + layout->sender_timestamp, packet->sender_timestamp);
	put_be16(octets + layout->sender_error_estimate, packet->sender_error_estimate);
	octets[layout->sender_hop_limit] = packet->sender_hop_limit;
}

void stamp_put_timestamp(uint8_t *octets, bool authenticated, uint64_t timestamp)
{
	put_be64(octets + layouts[authenticated].timestamp, timestamp);
}

void stamp_sign(uint8_t *octets, struct hmac_key *key)
{
	hmac_compute(key, octets, SIGNED_LENGTH, octets + SIGNED_LENGTH);
}

bool stamp_is_signed(const uint8_t *octets, struct hmac_key *key)
{
	return hmac_verify(key, octets, SIGNED_LENGTH, octets + SIGNED_LENGTH);
}

void stamp_put_wake(uint8_t octets[static STAMP_LENGTH], uint64_t wake_ns)
{
	uint64_t told = wake_ns < STAMP_WAKE_MAX ? wake_ns : STAMP_WAKE_MAX;

	put_be16(octets + WAKE_HIGH, (uint16_t)(told >> 24));
	octets[WAKE_LOW] = (uint8_t)(told >> 16);
	put_be16(octets + WAKE_LOW + 1, (uint16_t)told);
}

uint64_t stamp_get_wake(const uint8_t octets[static STAMP_LENGTH])
{
	return (uint64_t)get_be16(octets + WAKE_HIGH) << 24 | (uint64_t)octets[WAKE_LOW] << 16 |
	       get_be16(octets + WAKE_LOW + 1);
}
