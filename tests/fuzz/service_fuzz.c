#include "service_fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "fake_clock.h"
#include "serve/guard.h"

static const uint8_t secret[] = "secret";

void service_fuzz_init(struct service_fuzz *ret_fuzz, enum service_transport transport)
{
	fake_clock_begin();
	memset(ret_fuzz, 0, sizeof(*ret_fuzz));
	service_options_init(&ret_fuzz->options);
	ret_fuzz->options.transport = transport;
	ret_fuzz->options.connection_max = SERVICE_FUZZ_CONNECTIONS;
	ret_fuzz->options.session_max = 2;
	ret_fuzz->clock = (struct clock_quality){ .error_ns = 1000000 };
	ret_fuzz->peer = (struct sockaddr_in){ .sin_family = AF_INET,
					       .sin_port = htons(40000),
					       .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

void service_fuzz_pass(uint64_t ns)
{
	fake_clock_pass(ns);
}

void service_fuzz_choose(struct service_fuzz *fuzz, uint8_t bits)
{
	struct service_options *options = &fuzz->options;

	if (bits & 1) {
		options->key = secret;
		options->key_length = sizeof(secret) - 1;
	}
	options->stamp_format = bits & 2 ? STAMP_PTP : STAMP_NTP;
	options->stamp_stateful = bits & 4;
	options->twamp_light = bits & 8;
	options->require_sync = bits & 16;
	fuzz->clock.synchronised = bits & 32;
	fuzz->clock.tai_offset_s = bits & 64 ? 37 : 0;
	options->daytime_format = (enum daytime_format)(bits % 3);
	options->text = bits & 128 ? "Hi" : NULL;
}

void service_fuzz_open(struct service_fuzz *fuzz, const char *name)
{
	const struct service *service = service_find(name, strlen(name));

	assert(service);
	assert(service_init(&fuzz->state, service, &fuzz->options, &fuzz->clock) == 0);
	if (strcmp(name, "stamp") == 0 && fuzz->options.twamp_light)
		fuzz->growth_max = 44 - 14;
	else if (service_lengthens(&fuzz->state))
		fuzz->growth_max = 29; /* stamped: its time; irtt: see fuzz_irtt.c */
}

void service_fuzz_close(struct service_fuzz *fuzz)
{
	service_finish(&fuzz->state);
	fake_clock_end();
}

/* What serve's guard takes back over UDP. */
static bool passes_guard(const struct service_fuzz *fuzz, const struct message *message)
{
	return service_lengthens(&fuzz->state) ||
	       guard_check_length(message->length, message->reply) == REFUSED_NOT;
}

static void check_answer(const struct service_fuzz *fuzz, const struct message *message)
{
	bool answered = message->reply > 0 || message->answer_empty;

	assert(message->reply <= message->capacity);
	assert(!message->answer_empty || message->reply == 0);
	assert(message->refused < REFUSED_COUNT);
	assert(!message->refused || (!answered && message->flags & MESSAGE_DATAGRAM));
	assert(message->kind != MESSAGE_CLOSED || !answered);
	if (answered && message->kind == MESSAGE_DATA &&
	    fuzz->options.transport == SERVICE_DATAGRAM && passes_guard(fuzz, message))
		assert(message->reply <= message->length + fuzz->growth_max ||
		       message->reply <= GUARD_ANSWER_FREE);
}

/* The answer leaves, as serve has it. */
static void let_leave(struct service_fuzz *fuzz, const struct message *message)
{
	struct exchange_fuzz *last = &fuzz->last;

	last->answered = message->reply > 0 || message->answer_empty;
	if (message->kind == MESSAGE_DATA && fuzz->options.transport == SERVICE_DATAGRAM)
		last->answered = last->answered && passes_guard(fuzz, message);
	if (!last->answered)
		return;
	if (fuzz->state.service->depart)
		fuzz->state.service->depart(&fuzz->state, message->data, message->reply,
					    fake_clock_wall_ns() + 1000);
	assert(message->reply <= sizeof(last->reply));
	memcpy(last->reply, message->data, message->reply);
	last->reply_length = message->reply;
}

static void tell_departure(struct service_fuzz *fuzz, const struct message *message)
{
	const struct message departed = {
		.kind = MESSAGE_DEPARTED,
		.departure = message->departure,
		.departed_ns = fake_clock_wall_ns() + 2000,
		.stamp = STAMP_KERNEL,
	};

	if (message->flags & MESSAGE_DEPARTURE && fuzz->state.service->departed)
		fuzz->state.service->departed(&fuzz->state, &departed);
}

/* The peer's address, in its own family; NULL: it has none. */
static const struct sockaddr *peer_of(const struct service_fuzz *fuzz, uint8_t *ret_length)
{
	static struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	static const struct sockaddr_un local = { .sun_family = AF_UNIX, .sun_path = "/peer" };

	switch (fuzz->from) {
	case PEER_V4:
		*ret_length = sizeof(fuzz->peer);
		return (const struct sockaddr *)&fuzz->peer;
	case PEER_V6:
		v6.sin6_port = fuzz->peer.sin_port;
		v6.sin6_addr.s6_addr[15] = 1;
		*ret_length = sizeof(v6);
		return (const struct sockaddr *)&v6;
	case PEER_LOCAL:
		*ret_length = sizeof(local);
		return (const struct sockaddr *)&local;
	case PEER_NOBODY:
		break;
	}
	*ret_length = 0;
	return NULL;
}

static struct message message_of(const struct service_fuzz *fuzz, enum message_kind kind,
				 uint32_t connection, uint32_t length)
{
	enum service_transport transport = fuzz->options.transport;
	bool datagram = transport == SERVICE_DATAGRAM;
	uint8_t peer_length;
	const struct sockaddr *peer = peer_of(fuzz, &peer_length);

	return (struct message){
		.length = length,
		.capacity = length + service_reply_room(fuzz->state.service, &fuzz->options),
		.connection = connection,
		.kind = (uint8_t)kind,
		.flags = transport == SERVICE_STREAM || kind != MESSAGE_DATA
				 ? 0
				 : (uint8_t)(MESSAGE_DATAGRAM | fuzz->flags),
		.peer = datagram ? peer : NULL,
		.peer_length = datagram ? peer_length : 0,
		.arrived_ns = fake_clock_wall_ns() - 5000,
		.stamp = STAMP_KERNEL,
		.clock = STAMP_REALTIME,
		.hop_limit = datagram && fuzz->from < PEER_LOCAL ? 64 : 0,
	};
}

void service_fuzz_put(struct service_fuzz *fuzz, enum message_kind kind, uint32_t connection,
		      const uint8_t *data, uint32_t length)
{
	struct message message = message_of(fuzz, kind, connection, length);

	assert(length <= SERVICE_FUZZ_LENGTH_MAX);
	/* IRTT's reply to an open has its own room; a datagram has all of its buffer. */
	if (fuzz->options.transport == SERVICE_DATAGRAM)
		message.capacity += 64;
	/* What speaks first is given a buffer of its own. */
	if (kind != MESSAGE_DATA)
		message.capacity = SERVICE_FUZZ_LENGTH_MAX;
	message.data = malloc(message.capacity > 0 ? message.capacity : 1);
	assert(message.data);
	if (length > 0) {
		memcpy(message.data, data, length);
		memmove(fuzz->last.request, data, length);
	}
	fuzz->last.request_length = length;
	fuzz->state.service->answer(&fuzz->state, &message, 1, fake_clock_wall_ns());
	check_answer(fuzz, &message);
	let_leave(fuzz, &message);
	tell_departure(fuzz, &message);
	free(message.data);
	message.data = NULL;
	fuzz->last.message = message;
}

bool service_fuzz_loops(struct service_fuzz *fuzz)
{
	if (!fuzz->last.answered || fuzz->last.reply_length > SERVICE_FUZZ_LENGTH_MAX)
		return false;
	service_fuzz_put(fuzz, MESSAGE_DATA, 0, fuzz->last.reply, fuzz->last.reply_length);
	return fuzz->last.answered;
}
