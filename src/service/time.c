/* RFC 868: the seconds since 1900 as four bytes, to whoever connects or sends an empty datagram.
 * A server that does not know the time says nothing; what knowing is, --require-sync says. */
#include "answer.h"
#include "services.h"

#define SECONDS_1900_TO_1970 2208988800u
#define ANSWER_SIZE 4u

/* Modulo 2^32, as clients expect: 0 again at 2036-02-07 06:28:16 UTC. */
static void write_seconds(int64_t wall_ns, char bytes[static ANSWER_SIZE])
{
	uint32_t seconds = (uint32_t)(wall_ns / NS_PER_S) + SECONDS_1900_TO_1970;

	for (uint32_t i = 0; i < ANSWER_SIZE; i++)
		bytes[i] = (char)(seconds >> (24 - 8 * i));
}

/* A request is empty; two bytes of newline from somebody's nc are let pass. What is longer may be
 * the answer of another server, and answering answers has no end. */
static void answer_datagram(struct message *message, const char *bytes)
{
	if (message->length < ANSWER_SIZE)
		answer_with(message, bytes, ANSWER_SIZE);
	else if (message->length == ANSWER_SIZE)
		answer_refuse(message, REFUSED_LOOP);
	else
		answer_refuse(message, REFUSED_SIZE);
}

static void time_answer(struct service_state *state, struct message *batch, uint32_t count,
			int64_t wall_ns)
{
	bool silent = state->options.require_sync && !state->clock->synchronised;
	char bytes[ANSWER_SIZE];

	write_seconds(wall_ns, bytes);
	for (uint32_t i = 0; i < count; i++) {
		struct message *message = &batch[i];

		if (message->kind == MESSAGE_OPENED) {
			if (!silent)
				answer_with(message, bytes, ANSWER_SIZE);
			message->flags |= MESSAGE_HANG_UP;
		} else if (message->flags & MESSAGE_DATAGRAM && answer_is_due(message)) {
			if (silent)
				answer_refuse(message, REFUSED_CLOCK);
			else
				answer_datagram(message, bytes);
		}
	}
}

const struct service service_time = {
	.name = "time",
	.summary = "tells the seconds since 1900 in four bytes",
	.source = "RFC 868",
	.port = 37,
	.transports = SERVICE_STREAM | SERVICE_RECORD | SERVICE_DATAGRAM,
	.talks = true,
	.needs_clock = true,
	.reply_room = ANSWER_SIZE,
	.answer = time_answer,
};
