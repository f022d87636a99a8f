/*
 * Session-Reflector of STAMP (RFC 8762, with the extensions of RFC 8972): sends each test packet
 * back with the times at which it came and left. On streams a message is 44 octets, wherever they
 * are cut.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <ringside/engine.h>

#include "answer.h"
#include "services.h"
#include "stamp_extension.h"
#include "timetext.h"
#include "wire/bytes.h"
#include "wire/stamp.h"
#include "wire/wall.h"

/* How near to now the time of a packet is that we have sent a moment ago. */
#define LOOP_NS (60ll * NS_PER_S)

/* state->memory */
struct reflector {
	struct hmac_key *key; /* NULL: none */
	struct stamp_session_table *sessions;
	/* Of a batch. */
	int64_t wall_ns;
	uint64_t now_ns; /* CLOCK_MONOTONIC; 0: not read yet */
	uint16_t error_estimate;
};

/* Of a stream, or of a connection of records. */
struct stamp_connection {
	struct stamp_session session;
	uint32_t held;			  /* octets of a message that is not whole yet */
	uint8_t octets[STAMP_LENGTH - 1]; /* those */
};

static int stamp_open(struct service_state *state)
{
	struct reflector *reflector = calloc(1, sizeof(*reflector));
	const struct service_options *options = &state->options;

	if (!reflector)
		return -ENOMEM;
	state->memory = reflector;
	reflector->sessions = stamp_sessions_open(options->session_max);
	if (options->key)
		reflector->key = hmac_key_sha256_128(options->key, options->key_length);
	return reflector->sessions && (reflector->key || !options->key) ? 0 : -ENOMEM;
}

static void stamp_close(struct service_state *state)
{
	struct reflector *reflector = state->memory;

	if (!reflector)
		return;
	stamp_sessions_close(reflector->sessions);
	hmac_key_free(reflector->key);
	free(reflector);
}

static struct stamp_connection *connection_of(const struct service_state *state,
					      const struct message *message)
{
	struct stamp_connection *connections = state->connections;

	return message->connection < state->options.connection_max
		       ? &connections[message->connection]
		       : NULL;
}

/* An answer is told by the times it has: when it was received, and, as that of its sender, what
 * we have written into it a moment ago if it comes from another reflector. Random octets are
 * nearly never so. */
static bool is_answer(const struct service_state *state, const uint8_t *octets, bool authenticated,
		      int64_t wall_ns)
{
	struct stamp_packet packet;
	int64_t as_ntp, as_ptp;

	stamp_read_reflector(octets, authenticated, &packet);
	if (packet.received == 0)
		return false;
	as_ntp = wall_from_ntp(packet.sender_timestamp, wall_ns) - wall_ns;
	as_ptp = wall_from_ptp(packet.sender_timestamp, state->clock->tai_offset_s, wall_ns) -
		 wall_ns;
	return llabs(as_ntp) <= LOOP_NS || llabs(as_ptp) <= LOOP_NS;
}

/* A packet of TWAMP Light goes on in zeroes, as if it had been sent so (RFC 8762 section 4.6). */
static bool lengthen(const struct service_state *state, const struct message *message)
{
	if (!state->options.twamp_light || message->length < STAMP_TWAMP_LIGHT_LENGTH ||
	    message->capacity < STAMP_LENGTH)
		return false;
	memset(message->data + message->length, 0, STAMP_LENGTH - message->length);
	return true;
}

/* Times of PTP need the offset of TAI, which whoever has told the kernel may take back. */
static bool knows_time(const struct service_state *state)
{
	return state->options.stamp_format != STAMP_PTP || state->clock->tai_offset_s != 0;
}

/* REFUSED_NOT: it is a request, and may be read. */
static enum message_refusal judge(const struct service_state *state, const struct message *message)
{
	const struct reflector *reflector = state->memory;
	bool authenticated = reflector->key != NULL;

	if (message->length < stamp_length(authenticated) &&
	    (authenticated || !lengthen(state, message)))
		return REFUSED_SIZE;
	if (!knows_time(state))
		return REFUSED_CLOCK;
	/* Service stamped would put the time before our answer, and we our octets over the time. */
	if (timetext_is_answer(message) ||
	    is_answer(state, message->data, authenticated, reflector->wall_ns))
		return REFUSED_LOOP;
	if (authenticated && !stamp_is_signed(message->data, reflector->key))
		return REFUSED_KEY;
	return REFUSED_NOT;
}

/* Write an answer over its request. session: whose number it has; NULL: the request's. */
static void reflect(const struct service_state *state, const struct message *message,
		    uint8_t *octets, bool authenticated, int64_t arrived_ns,
		    const struct stamp_session *session)
{
	const struct reflector *reflector = state->memory;
	struct stamp_packet packet;

	stamp_read_sender(octets, authenticated, &packet);
	packet = (struct stamp_packet){
		.sequence = session ? session->sent - 1 : packet.sequence,
		.timestamp = stamp_time(state, reflector->wall_ns),
		.error_estimate = reflector->error_estimate,
		.ssid = packet.ssid,
		.received = stamp_time(state, arrived_ns),
		.sender_sequence = packet.sequence,
		.sender_timestamp = packet.timestamp,
		.sender_error_estimate = packet.error_estimate,
		.sender_hop_limit = message->hop_limit > 0 ? message->hop_limit
							   : STAMP_HOP_LIMIT_UNKNOWN,
	};
	stamp_write_reflector(octets, authenticated, &packet);
}

static uint64_t wake_of(const struct reflector *reflector, int64_t arrived_ns)
{
	return reflector->wall_ns > arrived_ns ? (uint64_t)(reflector->wall_ns - arrived_ns) : 0;
}

/* The octets that tell it belong to nobody, but are zero by the RFC where it is in force. */
static bool tells_wake(const struct message *message)
{
	return !message->peer || message->peer->sa_family == AF_UNIX;
}

/* Sessions end by the clock that nobody sets; it is read only where there are any. */
static uint64_t now_ns(struct reflector *reflector)
{
	struct timespec now;

	if (reflector->now_ns == 0) {
		(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
		reflector->now_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
	}
	return reflector->now_ns;
}

static struct stamp_session *session_of(const struct service_state *state,
					const struct message *message, uint16_t ssid)
{
	struct reflector *reflector = state->memory;

	if (state->options.transport == SERVICE_RECORD) {
		struct stamp_connection *connection = connection_of(state, message);

		return connection ? &connection->session : NULL;
	}
	return stamp_session_find(reflector->sessions, message->peer, ssid, now_ns(reflector));
}

/* An answer to be told of is named, if it goes to a session of the table. */
static void await_departure(const struct service_state *state, struct stamp_request *request)
{
	struct reflector *reflector = state->memory;
	struct message *message = request->message;

	if (!request->asks_departure || !message->peer)
		return;
	message->flags |= MESSAGE_DEPARTURE;
	message->departure = stamp_session_await(reflector->sessions, request->session,
						 get_be32(message->data));
}

/* What is counted, and numbers the answers if we are stateful; only there, or if somebody asks for
 * it, is anything remembered. */
static void count_request(struct stamp_request *request, const struct stamp_extensions *extensions)
{
	const struct service_state *state = request->state;
	bool asked = extensions->measures && extensions->whole;
	struct stamp_packet packet;

	if (!state->options.stamp_stateful && !asked)
		return;
	stamp_read_sender(request->message->data, request->key != NULL, &packet);
	request->session = session_of(state, request->message, packet.ssid);
	if (!request->session)
		return;
	request->session->received++;
	request->session->sent++;
}

static void answer_datagram(struct service_state *state, struct message *message)
{
	struct reflector *reflector = state->memory;
	bool authenticated = reflector->key != NULL;
	enum message_refusal refused = judge(state, message);
	int64_t arrived_ns = answer_arrived_ns(message, reflector->wall_ns);
	struct stamp_request request = {
		.state = state,
		.message = message,
		.base = stamp_length(authenticated),
		.key = reflector->key,
		.wake_ns = wake_of(reflector, arrived_ns),
	};
	struct stamp_extensions extensions = { 0 };

	if (refused != REFUSED_NOT) {
		answer_refuse(message, refused);
		return;
	}
	if (message->length > request.base)
		extensions = stamp_extensions_read(message->data, message->length, request.base,
						   authenticated, reflector->key);
	count_request(&request, &extensions);
	reflect(state, message, message->data, authenticated, arrived_ns,
		state->options.stamp_stateful ? request.session : NULL);
	if (tells_wake(message) && !authenticated)
		stamp_put_wake(message->data, request.wake_ns);
	if (extensions.count > 0)
		stamp_extensions_answer(&request, &extensions);
	await_departure(state, &request);
	answer_in_place(message, message->length < request.base ? request.base : message->length);
}

/* Put what was held in front of what came, and hold back what is not whole. Returns how many octets
 * are. */
static uint32_t assemble(struct stamp_connection *connection, struct message *message)
{
	uint32_t length = connection->held + message->length;
	uint32_t rest = length % STAMP_LENGTH;

	memmove(message->data + connection->held, message->data, message->length);
	memcpy(message->data, connection->octets, connection->held);
	memcpy(connection->octets, message->data + length - rest, rest);
	connection->held = rest;
	return length - rest;
}

/* Nothing is signed on a stream: with a key it is none of ours. Where an answer cannot be given the
 * stream ends, since all that follow would be taken for it. */
static void answer_stream(struct service_state *state, struct message *message)
{
	const struct reflector *reflector = state->memory;
	struct stamp_connection *connection = connection_of(state, message);
	int64_t arrived_ns = answer_arrived_ns(message, reflector->wall_ns);
	struct stamp_session *session;
	uint32_t length;

	if (!connection || reflector->key || !knows_time(state) ||
	    message->capacity - message->length < connection->held) {
		message->flags |= MESSAGE_HANG_UP;
		return;
	}
	length = assemble(connection, message);
	session = state->options.stamp_stateful ? &connection->session : NULL;
	for (uint32_t at = 0; at < length; at += STAMP_LENGTH) {
		connection->session.sent++;
		reflect(state, message, message->data + at, false, arrived_ns, session);
		stamp_put_wake(message->data + at, wake_of(reflector, arrived_ns));
	}
	message->reply = length;
}

static void begin_batch(struct service_state *state, int64_t wall_ns)
{
	struct reflector *reflector = state->memory;

	reflector->wall_ns = wall_ns;
	reflector->now_ns = 0;
	reflector->error_estimate = error_estimate(state->clock->error_ns,
						   state->clock->synchronised,
						   state->options.stamp_format == STAMP_PTP);
}

static void forget(const struct service_state *state, const struct message *message)
{
	struct stamp_connection *connection = connection_of(state, message);

	if (connection)
		*connection = (struct stamp_connection){ 0 };
}

static void stamp_answer(struct service_state *state, struct message *batch, uint32_t count,
			 int64_t wall_ns)
{
	begin_batch(state, wall_ns);
	for (uint32_t i = 0; i < count; i++) {
		struct message *message = &batch[i];

		if (message->kind == MESSAGE_OPENED)
			forget(state, message);
		else if (!answer_is_due(message))
			continue;
		else if (message->flags & MESSAGE_DATAGRAM)
			answer_datagram(state, message);
		else
			answer_stream(state, message);
	}
}

static void stamp_depart(struct service_state *state, uint8_t *answer, uint32_t length,
			 int64_t wall_ns)
{
	const struct reflector *reflector = state->memory;
	bool authenticated = reflector->key != NULL;
	uint64_t timestamp = stamp_time(state, wall_ns);

	if (state->options.transport == SERVICE_STREAM) {
		for (uint32_t at = 0; at + STAMP_LENGTH <= length; at += STAMP_LENGTH)
			stamp_put_timestamp(answer + at, false, timestamp);
	} else if (length >= stamp_length(authenticated)) {
		stamp_put_timestamp(answer, authenticated, timestamp);
		if (authenticated)
			stamp_sign(answer, reflector->key);
	}
}

static void stamp_departed(struct service_state *state, const struct message *message)
{
	const struct reflector *reflector = state->memory;

	stamp_session_departed(reflector->sessions, message);
}

const struct service service_stamp = {
	.name = "stamp",
	.summary = "sends test packets back with the times they came and left",
	.source = "RFC 8762, 8972",
	.port = 862,
	.transports = SERVICE_STREAM | SERVICE_RECORD | SERVICE_DATAGRAM,
	.needs_clock = true,
	.reply_room = STAMP_LENGTH - 1,
	.ancillary = ANCILLARY_ARRIVAL | ANCILLARY_DEPARTURE | ANCILLARY_HEADER,
	.connection_size = sizeof(struct stamp_connection),
	.open = stamp_open,
	.close = stamp_close,
	.answer = stamp_answer,
	.depart = stamp_depart,
	.departed = stamp_departed,
};
