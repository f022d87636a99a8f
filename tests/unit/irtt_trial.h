/* IRTT's server and a client of it: what the tests of irtt share. */
#ifndef TESTS_IRTT_TRIAL_H
#define TESTS_IRTT_TRIAL_H

#include "service_trial.h"

#include <netinet/in.h>

#include "wire/bytes.h"
#include "wire/hmac.h"
#include "wire/irtt.h"

#define MS 1000000
#define KEY "hidden"
#define GROWTH_MAX 11 /* of the reply to an open */

static struct trial trial;
static struct sockaddr_in peer, other_peer;
static struct service_options options;
static struct hmac_key *key; /* NULL: packets are not signed */
static int64_t waited_ns;    /* from when a packet came, by the kernel, until it is looked at */

static inline void setup(void)
{
	peer = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(40000),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	other_peer = peer;
	other_peer.sin_port = htons(40001);
	waited_ns = MS;
	service_options_init(&options);
	options.irtt_min_interval_ns = 0;
}

static inline void teardown(void)
{
	service_finish(&trial.state);
	hmac_key_free(key);
}

static inline void start(void)
{
	trial_init(&trial, "irtt", &options);
}

static inline void start_with_key(void)
{
	options.key = (const uint8_t *)KEY;
	options.key_length = strlen(KEY);
	key = hmac_key_md5(options.key, options.key_length);
	start();
}

/* Put what stands in trial.data. */
static inline const struct message *put(uint32_t length, const struct sockaddr_in *from)
{
	struct message *message = &trial.message;

	*message = (struct message){
		.data = trial.data,
		.length = length,
		.capacity = message->capacity,
		.kind = MESSAGE_DATA,
		.flags = MESSAGE_DATAGRAM,
		.peer = (const struct sockaddr *)from,
		.peer_length = sizeof(*from),
		.arrived_ns = TRIAL_WALL_NS - waited_ns,
		.stamp = STAMP_KERNEL,
		.clock = STAMP_REALTIME,
		.hop_limit = 64,
	};
	trial.state.service->answer(&trial.state, message, 1, TRIAL_WALL_NS);
	return message;
}

/* The answer leaves so much later than the batch was looked at. */
static inline void depart(int64_t later_ns)
{
	trial.state.service->depart(&trial.state, trial.data, trial.message.reply,
				    TRIAL_WALL_NS + later_ns);
}

static inline uint32_t header_length(void)
{
	return key ? 20 : 4;
}

/* Write a packet's header and sign what is there. Returns its length. */
static inline uint32_t finish(uint8_t flags, uint32_t length)
{
	irtt_put_header(trial.data, flags | (key ? IRTT_HMAC : 0));
	if (key)
		irtt_sign(trial.data, length, key);
	return length;
}

static inline const struct message *ask(uint8_t flags, const struct irtt_params *params)
{
	uint8_t written[IRTT_PARAMS_MAX];
	uint32_t length = irtt_params_write(written, params);

	memcpy(trial.data + header_length(), written, length);
	return put(finish(flags | IRTT_OPEN, header_length() + length), &peer);
}

static inline struct irtt_params usual(void)
{
	return (struct irtt_params){
		.values = { [IRTT_PROTOCOL] = 1,
			    [IRTT_DURATION] = 1000 * (int64_t)MS,
			    [IRTT_INTERVAL] = 10 * MS,
			    [IRTT_RECEIVED_STATS] = 3,
			    [IRTT_STAMP_AT] = 3,
			    [IRTT_CLOCK] = 3 },
	};
}

/* What the reply to an open agrees to. */
static inline struct irtt_params agreed(void)
{
	const struct message *message = &trial.message;
	uint32_t at = header_length() + 8;
	struct irtt_params params;

	cr_assert_gt(message->reply, at);
	cr_assert_leq(message->reply, message->length + GROWTH_MAX);
	cr_assert(irtt_params_read(trial.data + at, message->reply - at, &params));
	return params;
}

static inline struct irtt_params agree(struct irtt_params wanted)
{
	(void)ask(IRTT_CLOSE, &wanted);
	return agreed();
}

/* Open a session; returns its token. */
static inline uint64_t open_session(const struct irtt_params *params)
{
	const struct message *message = ask(0, params);

	cr_assert_eq(message->refused, REFUSED_NOT);
	cr_assert_eq(trial.data[3] & ~IRTT_HMAC, IRTT_OPEN | IRTT_REPLY);
	return get_le64(trial.data + header_length());
}

static inline const struct message *send_echo_from(const struct sockaddr_in *from, uint64_t token,
						   uint32_t sequence, uint32_t length)
{
	put_le64(trial.data + header_length(), token);
	put_le32(trial.data + header_length() + 8, sequence);
	memset(trial.data + header_length() + 12, 0xee, length - header_length() - 12);
	return put(finish(0, length), from);
}

static inline const struct message *send_echo(uint64_t token, uint32_t sequence, uint32_t length)
{
	return send_echo_from(&peer, token, sequence, length);
}

static inline const struct message *send_close(uint64_t token)
{
	put_le64(trial.data + header_length(), token);
	return put(finish(IRTT_CLOSE, header_length() + 8), &peer);
}

#endif
