/*
 * Requests and answers on a stream: answers come in order, cut into pieces wherever the network
 * likes. Each piece is compared where it stands, so nothing is put together or copied.
 */
#include <errno.h>
#include <string.h>

#include "exchange.h"
#include "worker.h"

/* What stands in the staging memory, not yet given to the engine. */
struct burst {
	uint32_t length;
	uint32_t started; /* requests that begin in it */
	uint32_t unsent;  /* bytes of the last one that it has no room for */
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void stream_init(struct worker *worker, struct client *client, void *slots,
			uint64_t sequence)
{
	client->stream = (struct stream){
		.sent_ns = slots,
		.next_request = sequence,
		.next_answer = sequence,
	};
}

/* What the last connection has left without an answer is history; numbers are not used twice. */
static void stream_begin(struct worker *worker, struct client *client)
{
	struct stream *stream = &client->stream;

	stream->next_answer = stream->next_request;
	stream->head = stream->tail;
	stream->unsent = 0;
	stream->answer_offset = 0;
	stream->corrupt = false;
}

/* The rest of a request that has been begun, and all that are due. */
static struct burst burst_build(const struct worker *worker, const struct client *client)
{
	const struct stream *stream = &client->stream;
	uint32_t size = worker->options->size, allowed = worker_allowance(worker, client);
	struct burst burst = { .unsent = stream->unsent };

	while (burst.length < WORKER_STAGING_SIZE) {
		uint32_t part;

		if (burst.unsent == 0) {
			if (burst.started == allowed)
				break;
			burst.started++;
			burst.unsent = size;
		}
		part = smaller(burst.unsent, WORKER_STAGING_SIZE - burst.length);
		pattern_fill(worker->pattern, stream->next_request + burst.started - 1,
			     size - burst.unsent, worker->staging + burst.length, part);
		burst.length += part;
		burst.unsent -= part;
	}
	return burst;
}

static void burst_sent(struct worker *worker, struct client *client, const struct burst *burst)
{
	struct stream *stream = &client->stream;

	for (uint32_t i = 0; i < burst->started; i++) {
		stream->sent_ns[stream->tail] = worker->now_ns;
		if (++stream->tail == worker->options->depth)
			stream->tail = 0;
	}
	stream->next_request += burst->started;
	stream->unsent = burst->unsent;
	worker_started(worker, client, burst->started,
		       (uint64_t)burst->started * worker->options->size);
}

static int stream_send(struct worker *worker, struct client *client)
{
	for (;;) {
		struct burst burst = burst_build(worker, client);
		int error;

		if (burst.length == 0)
			return 0;
		error = engine_send(worker->engine, client->connection, worker->staging,
				    burst.length);
		/* Not open any more: its last message is on the way and says why. */
		if (error == -ENOTCONN)
			return 0;
		if (error)
			return error;
		burst_sent(worker, client, &burst);
	}
}

static void answer_complete(struct worker *worker, struct client *client, uint32_t bytes)
{
	struct stream *stream = &client->stream;
	uint64_t sent_ns = stream->sent_ns[stream->head];
	bool right = !stream->corrupt;

	if (++stream->head == worker->options->depth)
		stream->head = 0;
	stream->next_answer++;
	stream->answer_offset = 0;
	stream->corrupt = false;
	client_answered(worker, client, sent_ns, bytes, right);
}

/* How many more bytes of the next answer can be owed to us: all of them, unless a part of the
 * request has not left. */
static uint32_t answer_owed(const struct worker *worker, const struct client *client)
{
	const struct stream *stream = &client->stream;
	uint32_t sent = worker->options->size;

	if (client->outstanding == 0)
		return 0;
	if (client->outstanding == 1)
		sent -= stream->unsent;
	return sent - stream->answer_offset;
}

static void take_equal(struct worker *worker, struct client *client, const uint8_t *bytes,
		       uint32_t length)
{
	struct stream *stream = &client->stream;

	while (length > 0 && client->state == CLIENT_OPEN) {
		uint32_t part = smaller(length, answer_owed(worker, client));

		if (part == 0) {
			client_break(worker, client, RESULT_SURPLUS, 0);
			return;
		}
		if (worker->options->verify && !pattern_check(worker->pattern, stream->next_answer,
							      stream->answer_offset, bytes, part))
			stream->corrupt = true;
		bytes += part;
		length -= part;
		stream->answer_offset += part;
		if (stream->answer_offset == worker->options->size)
			answer_complete(worker, client, stream->answer_offset);
	}
}

static void stream_take(struct worker *worker, struct client *client, const struct message *message)
{
	if (worker->target->answers == ANSWERS_EQUAL)
		take_equal(worker, client, message->data, message->length);
	else if (client->outstanding > 0)
		answer_complete(worker, client, message->length);
}

/* What comes after a missing answer cannot be told apart from it: the connection is of no use. */
static void stream_expire(struct worker *worker, struct client *client, uint64_t before_ns)
{
	const struct stream *stream = &client->stream;

	if (stream->sent_ns[stream->head] < before_ns)
		client_break(worker, client, RESULT_TIMEOUT, -ETIMEDOUT);
}

const struct exchange stream_exchange = {
	.slot_size = sizeof(uint64_t),
	.init = stream_init,
	.begin = stream_begin,
	.send = stream_send,
	.take = stream_take,
	.expire = stream_expire,
};
