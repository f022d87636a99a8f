/*
 * STAMP's reflector over datagrams, in all its modes. First byte: options; then packets: a byte of
 * what is to be put right before they go out (signatures, TLVs' HMAC), one of length, and octets.
 */
#include <string.h>

#include "fuzz.h"
#include "service_fuzz.h"
#include "wire/bytes.h"
#include "wire/hmac.h"
#include "wire/stamp.h"
#include "wire/stamp_tlv.h"
#include "wire/wall.h"

#define PACKETS_MAX 16
#define PACKET_MAX 512
#define KEY "secret"

enum repair {
	REPAIR_LENGTH = 1,
	REPAIR_TLV_HMAC = 2,
	REPAIR_HMAC = 4,
	OTHER_PORT = 8,
	AFTER_A_MINUTE = 16,
	BY_V6 = 32,
	CUT = 64,
	BY_UNIX = 128, /* with BY_V6: by a socket without a name */
};

/* Whoever has the key signs: the fuzzer cannot find that out. */
static void repair(uint8_t *packet, uint32_t length, uint8_t bits, bool authenticated)
{
	uint32_t base = stamp_length(authenticated), at = base;
	struct hmac_key *key = hmac_key_sha256_128((const uint8_t *)KEY, strlen(KEY));
	struct stamp_tlv tlv;

	assert(key);
	while (bits & REPAIR_TLV_HMAC && length > base && stamp_tlv_next(packet, length, &at, &tlv))
		if (tlv.type == STAMP_TLV_HMAC && tlv.length == HMAC_LENGTH && !tlv.malformed)
			stamp_tlv_sign(packet, base, (uint32_t)(tlv.octets - packet), key);
	if (bits & REPAIR_HMAC && authenticated && length >= base)
		stamp_sign(packet, key);
	hmac_key_free(key);
}

/* What an answer repeats of its request, and that its extensions are the request's. */
static void check_answer(const struct service_fuzz *fuzz, bool authenticated)
{
	const struct exchange_fuzz *last = &fuzz->last;
	uint32_t base = stamp_length(authenticated), at = base, asked_at = base;
	struct stamp_packet asked, answer;
	struct stamp_tlv tlv, asked_tlv;
	uint8_t request[SERVICE_FUZZ_LENGTH_MAX], reply[sizeof(last->reply)];

	memcpy(request, last->request, last->request_length);
	memset(request + last->request_length, 0, base);
	memcpy(reply, last->reply, last->reply_length);
	assert(last->reply_length >= base);
	assert(last->reply_length == base || last->reply_length == last->request_length);
	stamp_read_sender(request, authenticated, &asked);
	stamp_read_reflector(reply, authenticated, &answer);
	assert(answer.sender_sequence == asked.sequence && answer.ssid == asked.ssid);
	assert(answer.sender_timestamp == asked.timestamp);
	assert(answer.sender_error_estimate == asked.error_estimate);
	assert(fuzz->options.stamp_stateful || answer.sequence == asked.sequence);
	while (last->request_length > base &&
	       stamp_tlv_next(request, last->request_length, &asked_at, &asked_tlv)) {
		if (!stamp_tlv_next(reply, last->reply_length, &at, &tlv))
			break;
		assert(tlv.type == asked_tlv.type && tlv.length == asked_tlv.length);
		assert(at == asked_at);
	}
}

static void put_packet(struct service_fuzz *fuzz, struct fuzz_input *input)
{
	bool authenticated = fuzz->options.key != NULL;
	uint8_t packet[PACKET_MAX] = { 0 };
	uint8_t bits = fuzz_byte(input);
	uint32_t length = (uint32_t)fuzz_take(input, packet, 2 * (size_t)fuzz_byte(input));

	if (bits & REPAIR_LENGTH && length < stamp_length(authenticated))
		length = stamp_length(authenticated);
	fuzz->peer.sin_port = htons(bits & OTHER_PORT ? 40001 : 40000);
	fuzz->from = (enum peer_fuzz)((bits & BY_V6 ? 1 : 0) | (bits & BY_UNIX ? 2 : 0));
	fuzz->flags = bits & CUT ? MESSAGE_TRUNCATED : 0;
	service_fuzz_pass(bits & AFTER_A_MINUTE ? 61000000000 : 1000000);
	repair(packet, length, bits, authenticated);
	service_fuzz_put(fuzz, MESSAGE_DATA, 0, packet, length);
	if (!fuzz->last.answered)
		return;
	check_answer(fuzz, authenticated);
	/* What another reflector sends us may be answered; what it makes of our answer is not: our
	 * own time is in it. */
	assert(!service_fuzz_loops(fuzz) || !service_fuzz_loops(fuzz));
}

/* Writing what was read gives the same octets, but for those that must be zero. */
static void check_wire(const uint8_t *octets, bool authenticated)
{
	uint8_t written[STAMP_LENGTH_AUTHENTICATED];
	struct stamp_packet packet, again;

	stamp_read_reflector(octets, authenticated, &packet);
	stamp_write_reflector(written, authenticated, &packet);
	stamp_read_reflector(written, authenticated, &again);
	assert(packet.sequence == again.sequence && packet.received == again.received);
	assert(packet.timestamp == again.timestamp && packet.ssid == again.ssid);
	assert(packet.sender_timestamp == again.sender_timestamp);
	stamp_put_wake(written, packet.timestamp);
	assert(stamp_get_wake(written) ==
	       (packet.timestamp < STAMP_WAKE_MAX ? packet.timestamp : STAMP_WAKE_MAX));
	(void)wall_from_ntp(packet.timestamp, (int64_t)packet.received);
	(void)wall_from_ptp(packet.timestamp, 37, (int64_t)packet.received);
	(void)error_estimate_ns(packet.error_estimate);
	assert(error_estimate_ns(error_estimate(packet.timestamp, true, false)) >=
	       packet.timestamp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	struct service_fuzz fuzz;

	if (size >= STAMP_LENGTH_AUTHENTICATED) {
		check_wire(data, false);
		check_wire(data, true);
	}
	service_fuzz_init(&fuzz, SERVICE_DATAGRAM);
	service_fuzz_choose(&fuzz, fuzz_byte(&input));
	if (fuzz_byte(&input) & 1)
		fuzz.options.transport = SERVICE_RECORD;
	service_fuzz_open(&fuzz, "stamp");
	for (int i = 0; i < PACKETS_MAX && input.left > 0; i++)
		put_packet(&fuzz, &input);
	service_fuzz_close(&fuzz);
	return 0;
}
