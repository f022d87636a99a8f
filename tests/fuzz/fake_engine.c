#include "fake_engine.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "fake_clock.h"
#include "net/socket.h"

#define STEP_NS 1000000ull
/* What a turn takes when the input is at its end: all limits pass soon. */
#define STEP_LAST_NS NS_PER_S
/* No run goes on for ever; this is many more turns than one of the inputs has. */
#define TURNS_MAX 200000u

int __wrap_engine_connect(struct engine *engine, int fd, const struct sockaddr *peer,
			  socklen_t peer_length, uint32_t *ret_connection);
int __wrap_engine_send(struct engine *engine, uint32_t connection, const void *bytes,
		       uint32_t length);
void __wrap_engine_hang_up(struct engine *engine, uint32_t connection);
void __wrap_engine_reset(struct engine *engine, uint32_t connection);
int __wrap_engine_turn(struct engine *engine, uint64_t wait_ns, struct message **ret_batch);
uint32_t __wrap_engine_connections(const struct engine *engine);
const struct engine_counters *__wrap_engine_counters(const struct engine *engine);
int __wrap_socket_client(enum transport transport, const struct address *address,
			 const struct socket_options *options, int *ret_fd,
			 struct error *ret_error);

void fake_engine_init(struct engine *ret_engine, struct fuzz_input *input,
		      struct service_fuzz *service)
{
	memset(ret_engine, 0, offsetof(struct engine, connections));
	for (int i = 0; i < FAKE_CONNECTIONS; i++)
		ret_engine->connections[i].state = FAKE_FREE;
	ret_engine->busy = ret_engine->turns = ret_engine->count = 0;
	ret_engine->input = input;
	ret_engine->service = service;
	ret_engine->datagrams = service->options.transport != SERVICE_STREAM;
}

/* No socket is made. */
int __wrap_socket_client(enum transport transport, const struct address *address,
			 const struct socket_options *options, int *ret_fd, struct error *ret_error)
{
	*ret_fd = -1;
	return 0;
}

int __wrap_engine_connect(struct engine *engine, int fd, const struct sockaddr *peer,
			  socklen_t peer_length, uint32_t *ret_connection)
{
	for (uint32_t i = 0; i < FAKE_CONNECTIONS; i++) {
		struct fake_connection *connection = &engine->connections[i];

		if (connection->state != FAKE_FREE)
			continue;
		connection->state = FAKE_CONNECTING;
		connection->sends = connection->sent_bytes = 0;
		connection->first = connection->count = 0;
		*ret_connection = i;
		return 0;
	}
	return -ENOSPC;
}

/* What the service has just said waits to be delivered; beyond the ring it is lost. */
static void queue_answer(struct engine *engine, struct fake_connection *connection)
{
	const struct exchange_fuzz *last = &engine->service->last;
	struct fake_answer *answer;

	if (!last->answered || connection->count == FAKE_ANSWERS ||
	    last->reply_length > sizeof(answer->bytes))
		return;
	answer = &connection->answers[(connection->first + connection->count++) % FAKE_ANSWERS];
	answer->length = last->reply_length;
	memcpy(answer->bytes, last->reply, last->reply_length);
}

int __wrap_engine_send(struct engine *engine, uint32_t number, const void *bytes, uint32_t length)
{
	struct fake_connection *connection = &engine->connections[number];

	assert(number < FAKE_CONNECTIONS);
	if (connection->state != FAKE_OPEN)
		return -ENOTCONN;
	if (engine->busy > 0) {
		engine->busy--;
		return -EAGAIN;
	}
	connection->sends++;
	connection->sent_bytes += length;
	/* As much at a time as the service is put. */
	for (uint32_t at = 0, part; at < length || at == 0; at += part) {
		part = length - at;
		if (part > SERVICE_FUZZ_LENGTH_MAX - 64)
			part = SERVICE_FUZZ_LENGTH_MAX - 64;
		service_fuzz_put(engine->service, MESSAGE_DATA, number % SERVICE_FUZZ_CONNECTIONS,
				 (const uint8_t *)bytes + at, part);
		queue_answer(engine, connection);
		if (part == 0)
			break;
	}
	return 0;
}

void __wrap_engine_hang_up(struct engine *engine, uint32_t number)
{
	assert(number < FAKE_CONNECTIONS);
	if (engine->connections[number].state != FAKE_FREE)
		engine->connections[number].state = FAKE_LEAVING;
}

void __wrap_engine_reset(struct engine *engine, uint32_t number)
{
	__wrap_engine_hang_up(engine, number);
}

uint32_t __wrap_engine_connections(const struct engine *engine)
{
	uint32_t count = 0;

	for (int i = 0; i < FAKE_CONNECTIONS; i++)
		count += engine->connections[i].state != FAKE_FREE;
	return count;
}

const struct engine_counters *__wrap_engine_counters(const struct engine *engine)
{
	return &engine->counters;
}

/* A message of a connection; there is room. */
static struct message *add(struct engine *engine, uint32_t connection, enum message_kind kind)
{
	struct message *message = &engine->batch[engine->count];

	*message = (struct message){
		.data = engine->data[engine->count++],
		.connection = connection,
		.kind = (uint8_t)kind,
		.flags = (uint8_t)(MESSAGE_CLIENT |
				   (engine->datagrams && kind == MESSAGE_DATA ? MESSAGE_DATAGRAM
									      : 0)),
		.listener = UINT16_MAX,
		.arrived_ns = fake_clock_wall_ns(),
		.stamp = STAMP_KERNEL,
		.hop_limit = 64,
	};
	return message;
}

static void add_data(struct engine *engine, uint32_t connection, const uint8_t *bytes,
		     uint32_t length)
{
	struct message *message;

	if (length == 0 && !engine->datagrams)
		return;
	message = add(engine, connection, MESSAGE_DATA);
	message->length = message->capacity = length;
	if (length > 0)
		memcpy(message->data, bytes, length);
}

static void add_closed(struct engine *engine, uint32_t number, int32_t error)
{
	add(engine, number, MESSAGE_CLOSED)->error = error;
	engine->connections[number].state = FAKE_FREE;
}

/* The answers that are waiting: the first one, taken away; NULL: there is none. */
static struct fake_answer *take_answer(struct fake_connection *connection)
{
	struct fake_answer *answer = &connection->answers[connection->first % FAKE_ANSWERS];

	if (connection->count == 0)
		return NULL;
	connection->first++;
	connection->count--;
	return answer;
}

static void swap_answers(struct fake_connection *connection)
{
	struct fake_answer *first = &connection->answers[connection->first % FAKE_ANSWERS];
	struct fake_answer *second = &connection->answers[(connection->first + 1) % FAKE_ANSWERS];
	static struct fake_answer kept;

	if (connection->count < 2)
		return;
	kept = *first;
	*first = *second;
	*second = kept;
}

/* A part of the first answer; of a datagram the rest is gone. */
static void deliver_part(struct engine *engine, uint32_t number)
{
	struct fake_connection *connection = &engine->connections[number];
	struct fake_answer *answer = &connection->answers[connection->first % FAKE_ANSWERS];
	uint32_t length = fuzz_byte(engine->input);

	if (connection->count == 0)
		return;
	if (length >= answer->length) {
		(void)take_answer(connection);
		length = answer->length;
	}
	add_data(engine, number, answer->bytes, length);
	memmove(answer->bytes, answer->bytes + length, answer->length - length);
	answer->length -= length;
	if (engine->datagrams && answer->length > 0)
		(void)take_answer(connection);
}

static void deliver_changed(struct engine *engine, uint32_t number)
{
	struct fake_answer *answer = take_answer(&engine->connections[number]);
	uint16_t at = fuzz_number16(engine->input);
	uint8_t bits = fuzz_byte(engine->input);

	if (!answer)
		return;
	if (answer->length > 0)
		answer->bytes[at % answer->length] ^= bits;
	add_data(engine, number, answer->bytes, answer->length);
}

static void deliver_foreign(struct engine *engine, uint32_t number)
{
	uint8_t bytes[UINT8_MAX];
	uint8_t length = fuzz_byte(engine->input);

	add_data(engine, number, bytes, (uint32_t)fuzz_take(engine->input, bytes, length));
}

static void deliver(struct engine *engine, uint32_t number, bool twice, bool cut)
{
	struct fake_answer *answer = take_answer(&engine->connections[number]);

	if (!answer)
		return;
	add_data(engine, number, answer->bytes, answer->length);
	if (twice && engine->count < FAKE_BATCH)
		add_data(engine, number, answer->bytes, answer->length);
	if (cut && engine->count > 0)
		engine->batch[engine->count - 1].flags |= MESSAGE_TRUNCATED;
}

/* Of the last send, or of any number. */
static void deliver_departure(struct engine *engine, uint32_t number)
{
	const struct fake_connection *connection = &engine->connections[number];
	uint8_t what = fuzz_byte(engine->input);
	struct message *message = add(engine, number, MESSAGE_DEPARTED);

	message->departed_ns = message->arrived_ns - (what & 0x0f) * 1000;
	message->departure = (engine->datagrams ? connection->sends : connection->sent_bytes) - 1;
	if (what & 0x10)
		message->departure = fuzz_number16(engine->input);
	if (what & 0x20)
		message->stamp = STAMP_NONE;
	if (what & 0x40)
		message->clock = STAMP_DEVICE;
}

static void say_first(struct engine *engine, uint32_t number)
{
	struct fake_connection *connection = &engine->connections[number];

	connection->state = FAKE_OPEN;
	(void)add(engine, number, MESSAGE_OPENED);
	if (engine->datagrams)
		return;
	service_fuzz_put(engine->service, MESSAGE_OPENED, number % SERVICE_FUZZ_CONNECTIONS, NULL,
			 0);
	queue_answer(engine, connection);
}

enum action {
	ACTION_END_TURN,
	ACTION_DELIVER,
	ACTION_PART,
	ACTION_CHANGED,
	ACTION_TWICE,
	ACTION_FOREIGN,
	ACTION_DROP,
	ACTION_SWAP,
	ACTION_CLOSE,
	ACTION_RESET,
	ACTION_PASS,
	ACTION_DEPART,
	ACTION_CUT,
	ACTION_BUSY,
	ACTION_DELIVER_ALL,
	ACTION_PASS_LONG,
};

static void act_open(struct engine *engine, uint32_t number, enum action action)
{
	switch (action) {
	case ACTION_DELIVER:
		deliver(engine, number, false, false);
		break;
	case ACTION_PART:
		deliver_part(engine, number);
		break;
	case ACTION_CHANGED:
		deliver_changed(engine, number);
		break;
	case ACTION_TWICE:
		deliver(engine, number, true, false);
		break;
	case ACTION_FOREIGN:
		deliver_foreign(engine, number);
		break;
	case ACTION_DROP:
		(void)take_answer(&engine->connections[number]);
		break;
	case ACTION_SWAP:
		swap_answers(&engine->connections[number]);
		break;
	case ACTION_DEPART:
		deliver_departure(engine, number);
		break;
	case ACTION_CUT:
		deliver(engine, number, false, true);
		break;
	case ACTION_DELIVER_ALL:
		while (engine->connections[number].count > 0 && engine->count < FAKE_BATCH - 2)
			deliver(engine, number, false, false);
		break;
	default:
		add_closed(engine, number, action == ACTION_RESET ? -ECONNRESET : 0);
		break;
	}
}

static void act(struct engine *engine, uint32_t number, enum action action)
{
	enum fake_state state = engine->connections[number].state;

	if (action == ACTION_PASS)
		fake_clock_pass(fuzz_byte(engine->input) * STEP_NS);
	else if (action == ACTION_PASS_LONG)
		fake_clock_pass(fuzz_byte(engine->input) * 100 * STEP_NS);
	else if (action == ACTION_BUSY)
		engine->busy = fuzz_below(engine->input, 16);
	else if (state == FAKE_CONNECTING && action == ACTION_RESET)
		add_closed(engine, number, -ECONNREFUSED);
	else if (state == FAKE_CONNECTING)
		say_first(engine, number);
	else if (state == FAKE_OPEN)
		act_open(engine, number, action);
}

/* What we were told to close is closed, and is the last that is heard of it. */
static void close_leaving(struct engine *engine)
{
	for (uint32_t i = 0; i < FAKE_CONNECTIONS && engine->count < FAKE_BATCH; i++)
		if (engine->connections[i].state == FAKE_LEAVING)
			add_closed(engine, i, 0);
}

int __wrap_engine_turn(struct engine *engine, uint64_t wait_ns, struct message **ret_batch)
{
	assert(engine->turns++ < TURNS_MAX);
	engine->count = 0;
	close_leaving(engine);
	fake_clock_pass(engine->input->left > 0 ? 1000 : STEP_LAST_NS);
	while (engine->input->left > 0 && engine->count < FAKE_BATCH - 2) {
		uint8_t byte = fuzz_byte(engine->input);

		if ((byte & 0x0f) == ACTION_END_TURN)
			break;
		act(engine, byte >> 4 & (FAKE_CONNECTIONS - 1), (enum action)(byte & 0x0f));
	}
	*ret_batch = engine->batch;
	return (int)engine->count;
}
