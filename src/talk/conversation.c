#include "conversation.h"

#include <errno.h>
#include <string.h>

#include "base/unit.h"
#include "net/address.h"
#include "net/socket.h"

/* Streams are sent in pieces of a buffer; so many may wait. */
#define OUTPUT_SIZE 65536u
#define OUTPUT_COUNT 16u

/* That a buffer has been sent is no message, which would end a turn: look again so often. */
#define BUFFER_WAIT_NS (1 * NS_PER_MS)

/* What a datagram over IPv4 may hold. */
#define UDP_PAYLOAD_MAX 65507u

/* How long a server may take to close after us. */
#define LINGER_NS (100 * NS_PER_MS)

static bool is_stream(const struct conversation *conversation)
{
	return transports[conversation->url.transport].stream;
}

static int engine_make(struct conversation *conversation)
{
	struct engine_config config;

	engine_config_init(&config);
	config.connection_max = ADDRESS_COUNT_MAX;
	config.batch_max = 64;
	config.buffer_size = 65536;
	config.buffer_count = 16;
	config.large_count = 4;
	config.datagram_count = 16;
	config.output_size = OUTPUT_SIZE;
	config.output_count = OUTPUT_COUNT;
	/* Answers are read whatever waits to be sent: an echo server stops reading otherwise. */
	config.queue_bytes_max = UINT32_MAX;
	config.send_timeout_ns = 0;
	config.linger_ns = LINGER_NS;
	/* A person's pace needs no ring, and epoll is everywhere. */
	return engine_open(backend_find("epoll"), &config, &conversation->engine);
}

/* A stream's may come in parts; of datagrams the first is the answer. */
static void answer_take(const struct conversation *conversation, const struct message *message)
{
	struct answer *answer = conversation->answer;
	uint32_t kept = answer->length < REQUEST_MAX ? answer->length : REQUEST_MAX;
	uint32_t room = REQUEST_MAX - kept;

	if (!is_stream(conversation) && conversation->answers > 1)
		return;
	memcpy(answer->bytes + kept, message->data,
	       message->length < room ? message->length : room);
	answer->length += message->length;
	answer->returned_ns = wall_now_ns();
}

static void data_take(struct conversation *conversation, const struct message *message)
{
	conversation->heard = true;
	conversation->received += message->length;
	conversation->answers++;
	if (conversation->answer) {
		answer_take(conversation, message);
		return;
	}
	display_bytes(&conversation->display, message->data, message->length);
	if (!is_stream(conversation))
		display_end(&conversation->display, message->length == 0);
}

static void message_take(struct conversation *conversation, const struct message *message)
{
	switch (message->kind) {
	case MESSAGE_OPENED:
		conversation->open = true;
		break;
	case MESSAGE_DATA:
		data_take(conversation, message);
		break;
	case MESSAGE_CLOSED:
		conversation->open = false;
		conversation->closed = true;
		conversation->error = message->error;
		break;
	default:
		break;
	}
}

int conversation_turn(struct conversation *conversation, uint64_t wait_ns)
{
	struct message *batch;
	int count = engine_turn(conversation->engine, wait_ns, &batch);

	for (int i = 0; i < count; i++)
		if (batch[i].connection == conversation->connection)
			message_take(conversation, &batch[i]);
	return count < 0 ? count : 0;
}

/* What is left of a time limit that began at start_ns. */
static uint64_t time_left(uint64_t start_ns, uint64_t limit_ns)
{
	uint64_t passed_ns = clock_now_ns() - start_ns;

	return passed_ns < limit_ns ? limit_ns - passed_ns : 0;
}

static int connect_failed(const struct conversation *conversation, int error,
			  struct error *ret_error)
{
	struct url_text url = url_format(&conversation->url, NULL, 0);

	if (error == -ETIMEDOUT)
		return error_set(ret_error, error, "cannot connect to %s: no answer within %s",
				 url.text, duration_exact(conversation->timeout_ns).text);
	return error_set(ret_error, error, "cannot connect to %s: %s", url.text, strerror(-error));
}

/* Turns until the connection is open or closed. */
static int opening_wait(struct conversation *conversation)
{
	uint64_t start_ns = clock_now_ns();
	int error = 0;

	while (!error && !conversation->open && !conversation->closed) {
		uint64_t left_ns = time_left(start_ns, conversation->timeout_ns);

		if (left_ns == 0)
			return -ETIMEDOUT;
		error = conversation_turn(conversation, left_ns);
	}
	return conversation->closed ? conversation->error : error;
}

static int address_try(struct conversation *conversation, const struct address *address,
		       struct error *ret_error)
{
	const struct socket_options options = { .backlog = 0 };
	int fd, error;

	error = socket_client(conversation->url.transport, address, &options, &fd, ret_error);
	if (error)
		return error;
	conversation->closed = false;
	error = engine_connect(conversation->engine, fd, &address->any, address->length,
			       &conversation->connection);
	if (error)
		return connect_failed(conversation, error, ret_error);
	error = opening_wait(conversation);
	if (error && !conversation->closed)
		engine_reset(conversation->engine, conversation->connection);
	return error ? connect_failed(conversation, error, ret_error) : 0;
}

int conversation_init(struct conversation *ret_conversation, const struct url *url,
		      uint64_t timeout_ns, bool hex, struct answer *answer, struct error *ret_error)
{
	struct address_list list;
	int error;

	*ret_conversation = (struct conversation){ .url = *url,
						   .timeout_ns = timeout_ns,
						   .answer = answer };
	display_init(&ret_conversation->display, hex);
	error = address_resolve(url, ADDRESS_TO_CONNECT, &list, ret_error);
	if (error)
		return error;
	error = engine_make(ret_conversation);
	if (error)
		return error_set(ret_error, error, "cannot open an engine: %s", strerror(-error));
	error = -ENOENT;
	for (uint32_t i = 0; i < list.count && error; i++)
		error = address_try(ret_conversation, &list.addresses[i], ret_error);
	return error;
}

/* A server that reads nothing would keep what waits to be sent, and us, for ever. */
void conversation_finish(struct conversation *conversation)
{
	uint64_t start_ns = clock_now_ns(), left_ns = conversation->timeout_ns;

	if (conversation->open)
		engine_hang_up(conversation->engine, conversation->connection);
	while (conversation->open && left_ns > 0 && conversation_turn(conversation, left_ns) == 0)
		left_ns = time_left(start_ns, conversation->timeout_ns);
	engine_close(conversation->engine);
}

/* Give the engine a piece of a message as soon as it has room. A server that takes nothing for the
 * time limit gets no more. */
static int piece_send(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	uint64_t start_ns = clock_now_ns();

	for (;;) {
		int error = engine_send(conversation->engine, conversation->connection, bytes,
					length);

		if (error != -EAGAIN)
			return error;
		if (time_left(start_ns, conversation->timeout_ns) == 0)
			return -ETIMEDOUT;
		error = conversation_turn(conversation, BUFFER_WAIT_NS);
		if (error)
			return error;
		if (!conversation->open)
			return -ENOTCONN;
	}
}

static int message_send(struct conversation *conversation, const uint8_t *bytes, size_t length)
{
	size_t done = 0;
	int error = 0;

	if (!is_stream(conversation))
		return piece_send(conversation, bytes, (uint32_t)length);
	while (done < length && !error) {
		size_t piece = length - done < OUTPUT_SIZE ? length - done : OUTPUT_SIZE;

		error = piece_send(conversation, bytes + done, (uint32_t)piece);
		done += piece;
	}
	return error;
}

/* What one message can hold; a stream has no messages. */
static size_t message_max(const struct conversation *conversation)
{
	if (is_stream(conversation))
		return SIZE_MAX;
	return conversation->url.transport == TRANSPORT_UDP ? UDP_PAYLOAD_MAX : OUTPUT_SIZE;
}

static bool answer_is_complete(const struct conversation *conversation)
{
	if (conversation->answers == 0)
		return false;
	return !is_stream(conversation) || conversation->received >= conversation->sent;
}

/* The first part may take the time limit, all others must follow closely. */
static int answer_wait(struct conversation *conversation)
{
	uint64_t heard_ns = clock_now_ns();

	while (!answer_is_complete(conversation)) {
		uint64_t answers = conversation->answers;
		uint64_t left_ns = time_left(heard_ns, answers ? CONVERSATION_QUIET_NS
							       : conversation->timeout_ns);
		int error;

		if (answers && (left_ns == 0 || !conversation->open))
			return 0;
		if (!conversation->open)
			return -ENOTCONN;
		if (left_ns == 0)
			return -ETIMEDOUT;
		error = conversation_turn(conversation, left_ns);
		if (error)
			return error;
		if (conversation->answers != answers)
			heard_ns = clock_now_ns();
	}
	return 0;
}

static int ask_failed(const struct conversation *conversation, int error, struct error *ret_error)
{
	struct url_text url = url_format(&conversation->url, NULL, 0);

	if (error == -ETIMEDOUT)
		return error_set(ret_error, error, "%s: no answer within %s", url.text,
				 duration_exact(conversation->timeout_ns).text);
	if (error == -EMSGSIZE)
		return error_set(ret_error, error, "%s: a message holds %zu bytes at most, not %zu",
				 url.text, message_max(conversation), (size_t)conversation->sent);
	if (error == -ENOTCONN && conversation->error == 0)
		return error_set(ret_error, error, "%s: closed by the server without an answer",
				 url.text);
	if (error == -ENOTCONN)
		return error_set(ret_error, error, "%s: %s", url.text,
				 strerror(-conversation->error));
	return error_set(ret_error, error, "%s: %s", url.text, strerror(-error));
}

int conversation_ask(struct conversation *conversation, const uint8_t *bytes, size_t length,
		     struct error *ret_error)
{
	int error = -EMSGSIZE;

	conversation->sent = length;
	conversation->received = 0;
	conversation->answers = 0;
	if (length <= message_max(conversation))
		error = message_send(conversation, bytes, length);
	if (!error)
		error = answer_wait(conversation);
	if (is_stream(conversation))
		display_end(&conversation->display, false);
	return error ? ask_failed(conversation, error, ret_error) : 0;
}

/* An answer as long as its message is taken for an echo: nothing follows it. */
static bool is_echo(const struct conversation *conversation)
{
	return conversation->sent > 0 && conversation->received == conversation->sent;
}

int conversation_listen(struct conversation *conversation)
{
	uint64_t start_ns = clock_now_ns(), heard_ns = start_ns;
	bool datagrams = !transports[conversation->url.transport].connected;
	int error = 0;

	if (datagrams || is_echo(conversation))
		return 0;
	while (!error && conversation->open) {
		uint64_t answers = conversation->answers;
		uint64_t left_ns = time_left(start_ns, conversation->timeout_ns);

		if (conversation->heard && time_left(heard_ns, CONVERSATION_QUIET_NS) < left_ns)
			left_ns = time_left(heard_ns, CONVERSATION_QUIET_NS);
		if (left_ns == 0)
			break;
		error = conversation_turn(conversation, left_ns);
		if (conversation->answers != answers)
			heard_ns = clock_now_ns();
	}
	display_end(&conversation->display, false);
	return error;
}
