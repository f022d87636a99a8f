/*
 * RFC 5905, the server's part: what time it is here, to clients who ask for it.
 *
 * It says no more than the kernel knows of its clock. While that is not synchronised, so is the
 * answer (leap 3, stratum 16), which clients take for what it is. When it is, the kernel does not
 * know by whom, so how far the nearest primary server is cannot be told, nor which one to name, nor
 * when the clock was last set: the answer has the last stratum that clients believe, so that every
 * other server is preferred to it, and zeroes for the rest. The root dispersion is all the error
 * that the kernel admits, and the root delay nothing, since that error has it in it.
 */
#include "answer.h"
#include "services.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <ringside/engine.h>

#include "wire/bytes.h"
#include "wire/ntp.h"
#include "wire/wall.h"

/* rdate takes no higher one. */
#define STRATUM_LAST 14

/* No client is so far from its server. What says so is a text, or an answer of STAMP, which has the
 * time there behind a number whose first octet reads as mode 3: services stamped and stamp would
 * answer our answers. */
#define ROOT_DELAY_MAX (16u << 16)

/* How often the clock is read to find how fine it is. */
#define READS 64

struct ntp_memory {
	int8_t precision; /* 2^precision s */
};

static int64_t read_clock(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * (int64_t)NS_PER_S + now.tv_nsec;
}

/* RFC 5905 section 7.3: what reading the clock takes, or its resolution if that is more. Both are
 * in the shortest step between two readings that differ. */
static int8_t measure_precision(void)
{
	int64_t shortest_ns = NS_PER_S, last_ns = read_clock();
	int8_t precision = 0;

	for (int i = 0; i < READS; i++) {
		int64_t now_ns = read_clock();

		if (now_ns > last_ns && now_ns - last_ns < shortest_ns)
			shortest_ns = now_ns - last_ns;
		last_ns = now_ns;
	}
	while (NS_PER_S >> (1 - precision) >= shortest_ns && precision > -30)
		precision--;
	return precision;
}

static int ntp_open(struct service_state *state)
{
	struct ntp_memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return -ENOMEM;
	memory->precision = measure_precision();
	state->memory = memory;
	return 0;
}

static void ntp_close(struct service_state *state)
{
	free(state->memory);
}

/* Seconds and fractions of 2^-16 s, rounded up; what is more than that has is all of it. */
static uint32_t root_dispersion(uint64_t error_ns)
{
	if (error_ns >= (uint64_t)UINT16_MAX * NS_PER_S)
		return UINT32_MAX;
	return (uint32_t)(((error_ns << 16) + NS_PER_S - 1) / NS_PER_S);
}

static void write_quality(const struct service_state *state, uint8_t *data, unsigned version)
{
	const struct ntp_memory *memory = state->memory;
	const bool good = state->clock->synchronised;
	const unsigned leap = good ? 0 : NTP_LEAP_UNSYNCHRONISED;

	data[0] = (uint8_t)(leap << 6 | version << 3 | NTP_SERVER);
	data[NTP_STRATUM_AT] = good ? STRATUM_LAST : NTP_STRATUM_UNSYNCHRONISED;
	data[NTP_PRECISION_AT] = (uint8_t)memory->precision;
	put_be32(data + NTP_ROOT_DELAY_AT, 0);
	put_be32(data + NTP_ROOT_DISPERSION_AT, root_dispersion(state->clock->error_ns));
	put_be32(data + NTP_REFERENCE_ID_AT, 0);
	put_be64(data + NTP_REFERENCE_TIME_AT, 0);
}

static void ntp_depart(struct service_state *state, uint8_t *answer, uint32_t length,
		       int64_t wall_ns)
{
	if (length == NTP_LENGTH)
		put_be64(answer + NTP_TRANSMIT_AT, wall_to_ntp(wall_ns));
}

static enum message_refusal refusal_of(const struct service_state *state,
				       const struct message *message)
{
	unsigned version;

	if (message->length < NTP_LENGTH)
		return REFUSED_SIZE;
	version = ntp_version(message->data[0]);
	if (ntp_mode(message->data[0]) != NTP_CLIENT ||
	    get_be32(message->data + NTP_ROOT_DELAY_AT) > ROOT_DELAY_MAX)
		return REFUSED_LOOP;
	if (version < NTP_VERSION_MIN || version > NTP_VERSION_MAX)
		return REFUSED_SIZE;
	if (state->options.require_sync && !state->clock->synchronised)
		return REFUSED_CLOCK;
	return REFUSED_NOT;
}

static void tell(struct service_state *state, struct message *message, int64_t wall_ns)
{
	const int64_t received_ns = answer_arrived_ns(message, wall_ns);
	uint8_t *data = message->data;

	memmove(data + NTP_ORIGIN_AT, data + NTP_TRANSMIT_AT, sizeof(uint64_t));
	write_quality(state, data, ntp_version(data[0]));
	put_be64(data + NTP_RECEIVE_AT, wall_to_ntp(received_ns));
	ntp_depart(state, data, NTP_LENGTH, wall_ns);
	answer_in_place(message, NTP_LENGTH);
}

static void ntp_answer(struct service_state *state, struct message *batch, uint32_t count,
		       int64_t wall_ns)
{
	for (uint32_t i = 0; i < count; i++) {
		struct message *message = &batch[i];
		enum message_refusal refused;

		if (!answer_is_due(message))
			continue;
		refused = refusal_of(state, message);
		if (refused != REFUSED_NOT)
			answer_refuse(message, refused);
		else
			tell(state, message, wall_ns);
	}
}

const struct service service_ntp = {
	.name = "ntp",
	.summary = "tells the time, and how far it can be trusted",
	.source = "RFC 5905",
	.port = 123,
	.transports = SERVICE_DATAGRAM,
	.needs_clock = true,
	.ancillary = ANCILLARY_ARRIVAL,
	.open = ntp_open,
	.close = ntp_close,
	.answer = ntp_answer,
	.depart = ntp_depart,
};
