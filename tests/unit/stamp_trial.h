/* A Session-Reflector and packets for it: what the tests of STAMP share. */
#ifndef TESTS_STAMP_TRIAL_H
#define TESTS_STAMP_TRIAL_H

#include <netinet/in.h>

#include "service_trial.h"
#include "wire/bytes.h"
#include "wire/hmac.h"
#include "wire/stamp.h"
#include "wire/stamp_tlv.h"
#include "wire/wall.h"

#define TRIAL_KEY "secret"

/* The kernel says of the requests that they came 5 us before the batch was taken up. */
#define TRIAL_ARRIVED_NS (TRIAL_WALL_NS - 5000)

struct stamp_trial {
	struct trial trial;
	struct clock_quality clock;
	struct sockaddr_in peer;
	struct message asked; /* what else the next request says: stamps, header */
	uint8_t octets[TRIAL_ROOM];
	uint32_t length;
};

/* Both in NTP's format: 2026-11-22 11:15:22.499995 and .5 UTC. */
#define T2 0xeead4d4a7fffac1d
#define T3 0xeead4d4a80000000

/* key: TRIAL_KEY for authenticated packets, or NULL. */
static inline void stamp_trial_init(struct stamp_trial *stamp,
				    const struct service_options *options)
{
	struct service_options chosen;

	service_options_init(&chosen);
	if (options)
		chosen = *options;
	if (chosen.session_max == 0)
		chosen.session_max = 8;
	trial_init(&stamp->trial, "stamp", &chosen);
	stamp->clock = (struct clock_quality){ .error_ns = 16000000000 };
	stamp->trial.state.clock = &stamp->clock;
	stamp->peer = (struct sockaddr_in){ .sin_family = AF_INET,
					    .sin_port = htons(40000),
					    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	stamp->asked = (struct message){ .peer = (const struct sockaddr *)&stamp->peer,
					 .peer_length = sizeof(stamp->peer),
					 .hop_limit = 64,
					 .stamp = STAMP_KERNEL,
					 .arrived_ns = TRIAL_ARRIVED_NS };
	stamp->length = 0;
}

static const struct stamp_packet stamp_example = {
	.sequence = 7,
	.timestamp = 0x0102030405060708,
	.error_estimate = 0x8001,
	.ssid = 0x1234,
};

/* Begin a request of so many octets; what is behind its base is zero. */
static inline void stamp_request_begin(struct stamp_trial *stamp, bool authenticated,
				       const struct stamp_packet *packet)
{
	memset(stamp->octets, 0, sizeof(stamp->octets));
	stamp_write_sender(stamp->octets, authenticated, packet);
	stamp->length = stamp_length(authenticated);
}

/* Add an extension; returns its value. */
static inline uint8_t *stamp_request_add(struct stamp_trial *stamp, int type, uint16_t length)
{
	uint8_t *header = stamp->octets + stamp->length;

	stamp->length += stamp_tlv_put(header, (enum stamp_tlv_type)type, length);
	return header + STAMP_TLV_HEADER;
}

/* Sign its base with a key. */
static inline void stamp_request_sign(struct stamp_trial *stamp, const char *key)
{
	struct hmac_key *made = hmac_key_sha256_128((const uint8_t *)key, strlen(key));

	stamp_sign(stamp->octets, made);
	hmac_key_free(made);
}

/* Put what has been made to the reflector, without making it leave. */
static inline const struct message *stamp_put(struct stamp_trial *stamp)
{
	struct message *message = &stamp->trial.message;
	uint32_t capacity = message->capacity;

	memcpy(stamp->trial.data, stamp->octets, stamp->length);
	*message = stamp->asked;
	message->data = stamp->trial.data;
	message->length = stamp->length;
	message->capacity = capacity;
	message->kind = MESSAGE_DATA;
	message->flags |= MESSAGE_DATAGRAM;
	stamp->trial.state.service->answer(&stamp->trial.state, message, 1, TRIAL_WALL_NS);
	return message;
}

/* The same with a request of the example alone, and read the answer. */
static inline struct stamp_packet stamp_ask(struct stamp_trial *stamp,
					    const struct stamp_packet *packet)
{
	struct stamp_packet answer;

	stamp_request_begin(stamp, false, packet);
	(void)stamp_put(stamp);
	cr_assert_eq(stamp->trial.message.reply, STAMP_LENGTH);
	stamp_read_reflector(stamp->trial.data, false, &answer);
	return answer;
}

static inline void stamp_leave(struct stamp_trial *stamp, int64_t wall_ns)
{
	struct service_state *state = &stamp->trial.state;

	state->service->depart(state, stamp->trial.data, stamp->trial.message.reply, wall_ns);
}

#endif
