/* sockperf's server: what a client asks an answer for goes back, and says that it is one. */
#include "answer.h"
#include "services.h"

#include "wire/bytes.h"
#include "wire/sockperf.h"

/* Where a stream is: within a message, or within its header. */
struct progress {
	uint32_t left; /* bytes of the message that are still to come */
	bool answered; /* it goes back */
	uint8_t held;  /* bytes of the next header, whose flags and length are not all here */
	uint8_t header[SOCKPERF_HEADER_LENGTH];
};

/* Does it ask for an answer? Not if it is one: two servers would go on for ever. */
static bool wants_answer(const uint8_t *header)
{
	const uint8_t flags = header[SOCKPERF_FLAGS_AT];

	return (flags & (SOCKPERF_CLIENT | SOCKPERF_PONG | SOCKPERF_WARM_UP)) ==
	       (SOCKPERF_CLIENT | SOCKPERF_PONG);
}

static void mark_as_answer(uint8_t *header)
{
	header[SOCKPERF_FLAGS_AT] &= (uint8_t)~SOCKPERF_CLIENT;
}

static void answer_whole(struct message *message)
{
	uint8_t *data = message->data;

	if (message->length < SOCKPERF_HEADER_LENGTH ||
	    get_be32(data + SOCKPERF_LENGTH_AT) != message->length) {
		answer_refuse(message, REFUSED_SIZE);
	} else if (!(data[SOCKPERF_FLAGS_AT] & SOCKPERF_CLIENT)) {
		answer_refuse(message, REFUSED_LOOP);
	} else if (wants_answer(data)) {
		mark_as_answer(data);
		answer_in_place(message, message->length);
	}
}

/* Put what is held of a header before what has come since. Returns how many bytes there are. */
static uint32_t join(struct progress *progress, struct message *message)
{
	uint32_t held = progress->held;

	if (held == 0)
		return message->length;
	memmove(message->data + held, message->data, message->length);
	memcpy(message->data, progress->header, held);
	progress->held = 0;
	return message->length + held;
}

/* Begin the message whose header stands there. False: no message has such a length. */
static bool begin(struct progress *progress, uint8_t *header)
{
	uint32_t length = get_be32(header + SOCKPERF_LENGTH_AT);

	if (length < SOCKPERF_HEADER_LENGTH || length > SOCKPERF_LENGTH_MAX)
		return false;
	progress->left = length;
	progress->answered = wants_answer(header);
	if (progress->answered)
		mark_as_answer(header);
	return true;
}

/* Of the messages in what has come, those that are answered move to its beginning: past each other
 * only where some are not, so in a ping-pong nothing is moved. */
static void answer_stream(struct progress *progress, struct message *message)
{
	uint8_t *data = message->data;
	uint32_t kept = 0, end, length;

	if (message->capacity < progress->held ||
	    message->capacity - progress->held < message->length) {
		message->flags |= MESSAGE_HANG_UP;
		return;
	}
	end = join(progress, message);
	for (uint32_t at = 0; at < end; at += length) {
		if (progress->left == 0 && end - at < SOCKPERF_HEADER_LENGTH) {
			progress->held = (uint8_t)(end - at);
			memcpy(progress->header, data + at, progress->held);
			break;
		}
		if (progress->left == 0 && !begin(progress, data + at)) {
			message->flags |= MESSAGE_HANG_UP;
			break;
		}
		length = end - at < progress->left ? end - at : progress->left;
		progress->left -= length;
		if (!progress->answered)
			continue;
		if (kept != at)
			memmove(data + kept, data + at, length);
		kept += length;
	}
	if (kept > 0)
		answer_in_place(message, kept);
}

static void sockperf_answer(struct service_state *state, struct message *batch, uint32_t count,
			    int64_t wall_ns)
{
	struct progress *connections = state->connections;

	for (uint32_t i = 0; i < count; i++) {
		struct message *message = &batch[i];

		if (message->flags & MESSAGE_DATAGRAM) {
			if (answer_is_due(message))
				answer_whole(message);
		} else if (message->kind == MESSAGE_OPENED) {
			connections[message->connection] = (struct progress){ 0 };
		} else if (message->kind == MESSAGE_DATA) {
			answer_stream(&connections[message->connection], message);
		}
	}
}

const struct service service_sockperf = {
	.name = "sockperf",
	.summary = "answers sockperf's client",
	.source = "sockperf 3.7",
	.port = 11111,
	.transports = SERVICE_STREAM | SERVICE_RECORD | SERVICE_DATAGRAM,
	.reply_room = SOCKPERF_HEADER_LENGTH - 1,
	.connection_size = sizeof(struct progress),
	.answer = sockperf_answer,
};
