/*
 * IRTT's server. First byte: options; then packets: a byte of what is put right (header, token,
 * HMAC, another address), one of flags, one of length, and octets. Tokens are random, so those of
 * the sessions that were opened are put in.
 */
#include <string.h>

#include "fuzz.h"
#include "service_fuzz.h"
#include "wire/bytes.h"
#include "wire/hmac.h"
#include "wire/irtt.h"

#define PACKETS_MAX 24
#define PACKET_MAX 512
#define KEY "secret"
#define GROWTH_MAX 11 /* of a reply to an open: its token, and a longer interval */

enum repair {
	PUT_HEADER = 1,
	PUT_TOKEN = 2,
	PUT_HMAC = 4,
	OTHER_PORT = 8,
	LATER = 16,
	BY_V6 = 32,
	AFTER_A_MINUTE = 64,
	BY_UNIX = 128, /* with BY_V6: by a socket without a name */
};

static uint64_t token; /* of the last session that was opened */

static uint32_t repair(uint8_t *packet, uint32_t length, uint8_t bits, uint8_t flags)
{
	uint32_t header = irtt_header_length(flags);

	if (bits & PUT_HEADER) {
		if (length < header)
			length = header;
		irtt_put_header(packet, flags);
	}
	if (bits & PUT_TOKEN && length < header + IRTT_TOKEN_LENGTH)
		length = header + IRTT_TOKEN_LENGTH;
	if (bits & PUT_TOKEN)
		put_le64(packet + header, token);
	if (bits & PUT_HMAC && flags & IRTT_HMAC && length >= header) {
		struct hmac_key *key = hmac_key_md5((const uint8_t *)KEY, strlen(KEY));

		assert(key);
		irtt_sign(packet, length, key);
		hmac_key_free(key);
	}
	return length;
}

/* What was agreed on is read again as it was written. */
static void check_params(const uint8_t *octets, uint32_t length)
{
	uint8_t written[IRTT_PARAMS_MAX];
	struct irtt_params params, again;
	struct irtt_layout layout;
	uint32_t count;

	if (!irtt_params_read(octets, length, &params))
		return;
	count = irtt_params_write(written, &params);
	assert(count <= sizeof(written));
	assert(irtt_params_read(written, count, &again));
	assert(memcmp(params.values, again.values, sizeof(params.values)) == 0);
	assert(params.fill_length == again.fill_length);
	irtt_layout_init(&layout, &params, false);
	assert(layout.length >= IRTT_HEADER_LENGTH + IRTT_TOKEN_LENGTH);
}

static void check_reply(const struct service_fuzz *fuzz)
{
	const struct exchange_fuzz *last = &fuzz->last;
	uint8_t flags;
	uint32_t header;

	assert(irtt_has_header(last->reply, last->reply_length, &flags) && flags & IRTT_REPLY);
	header = irtt_header_length(flags);
	if (!(flags & IRTT_OPEN)) {
		assert(last->reply_length <= last->request_length);
		return;
	}
	assert(last->reply_length <= last->request_length + GROWTH_MAX);
	if (get_le64(last->reply + header) != 0)
		token = get_le64(last->reply + header);
	check_params(last->reply + header + IRTT_TOKEN_LENGTH,
		     last->reply_length - header - IRTT_TOKEN_LENGTH);
}

static void put_packet(struct service_fuzz *fuzz, struct fuzz_input *input)
{
	uint8_t packet[PACKET_MAX + 64] = { 0 };
	uint8_t bits = fuzz_byte(input), flags = fuzz_byte(input);
	uint32_t length = (uint32_t)fuzz_take(input, packet, 2 * (size_t)fuzz_byte(input));

	check_params(packet, length);
	length = repair(packet, length, bits, flags);
	fuzz->peer.sin_port = htons(bits & OTHER_PORT ? 40001 : 40000);
	fuzz->from = (enum peer_fuzz)((bits & BY_V6 ? 1 : 0) | (bits & BY_UNIX ? 2 : 0));
	service_fuzz_pass(bits & AFTER_A_MINUTE ? 61000000000 : bits & LATER ? 100000000 : 1000);
	service_fuzz_put(fuzz, MESSAGE_DATA, 0, packet, length);
	if (!fuzz->last.answered)
		return;
	check_reply(fuzz);
	assert(!service_fuzz_loops(fuzz));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	struct service_fuzz fuzz;
	uint8_t bits = fuzz_byte(&input);

	token = 0;
	service_fuzz_init(&fuzz, SERVICE_DATAGRAM);
	service_fuzz_choose(&fuzz, bits & 1);
	if (bits & 2)
		fuzz.options.irtt_min_interval_ns = 0;
	if (bits & 4)
		fuzz.options.irtt_max_duration_ns = 1000000000;
	if (bits & 8)
		fuzz.options.irtt_max_length = 64;
	if (bits & 16)
		fuzz.options.irtt_timeout_ns = 0;
	service_fuzz_open(&fuzz, "irtt");
	for (int i = 0; i < PACKETS_MAX && input.left > 0; i++)
		put_packet(&fuzz, &input);
	service_fuzz_close(&fuzz);
	return 0;
}
