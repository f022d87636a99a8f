/*
 * Requests and answers on a stream: answers come in order, cut into pieces wherever the network
 * likes. Each piece is compared where it stands, so nothing is put together or copied.
 */
#include <errno.h>
#include <string.h>

#include "chargen.h"
#include "exchange.h"
#include "plan.h"
#include "watch.h"
#include "worker.h"

/* What stands in the staging memory, not yet given to the engine. */
struct burst {
	uint32_t length;
	uint32_t started; /* requests that begin in it */
	uint32_t unsent;  /* bytes of the last one that it has no room for */
	uint64_t bytes;	  /* of those requests, whole */
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void stream_init(struct worker *worker, struct client *client, void *slots,
			uint64_t sequence)
{
	client->stream = (struct stream){
		.departures = slots,
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
	stream->received = 0;
	watch_begin(worker, client);
}

/* The rest of a request that has been begun, and all that are due. */
static struct burst burst_build(const struct worker *worker, const struct client *client)
{
	const struct stream *stream = &client->stream;
	uint32_t allowed = worker_allowance(worker, client);
	uint32_t size = worker_request_size(worker, stream->next_request - 1);
	struct burst burst = { .unsent = stream->unsent };

	while (burst.length < WORKER_STAGING_SIZE) {
		uint32_t part;

		if (burst.unsent == 0) {
			if (burst.started == allowed)
				break;
			size = worker_request_size(worker, stream->next_request + burst.started);
			burst.started++;
			burst.unsent = size;
			burst.bytes += size;
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
		stream->departures[stream->tail] = worker_departure(worker);
		if (++stream->tail == worker->options->depth)
			stream->tail = 0;
	}
	stream->next_request += burst->started;
	stream->unsent = burst->unsent;
	worker_started(worker, client, burst->started, burst->bytes);
	if (worker->target->answers == ANSWERS_NONE)
		client_unanswered(worker, client, burst->started);
}

static int stream_send(struct worker *worker, struct client *client)
{
	for (;;) {
		struct burst burst = burst_build(worker, client);
		int error;

		if (burst.length == 0)
			return 0;
		if (burst.started > 0)
			watch_sending(worker, client);
		error = engine_send(worker->engine, client->connection, worker->staging,
				    burst.length);
		/* Not open any more: its last message is on the way and says why. */
		if (error == -ENOTCONN)
			return 0;
		if (error)
			return error;
		watch_sent(worker, client, burst.length);
		burst_sent(worker, client, &burst);
	}
}

static void answer_complete(struct worker *worker, struct client *client,
			    const struct message *message, uint32_t bytes)
{
	struct stream *stream = &client->stream;
	const struct answer answer = {
		.departure = stream->departures[stream->head],
		.bytes = bytes,
		.right = !stream->corrupt,
	};

	if (++stream->head == worker->options->depth)
		stream->head = 0;
	stream->next_answer++;
	stream->answer_offset = 0;
	stream->corrupt = false;
	if (answer.right)
		watch_answered(worker, client, message, &answer.departure);
	client_answered(worker, client, &answer);
}

/* How long the next answer is. */
static uint32_t answer_size(const struct worker *worker, const struct client *client)
{
	const struct target *target = worker->target;

	if (target->answers == ANSWERS_EQUAL)
		return target->prefix + worker_request_size(worker, client->stream.next_answer);
	return worker->options->size.answer;
}

/* How many more bytes of the next answer can be owed to us: all of them, unless a part of the
 * request has not left. */
static uint32_t answer_owed(const struct worker *worker, const struct client *client)
{
	const struct stream *stream = &client->stream;
	uint32_t due = answer_size(worker, client);

	if (client->outstanding == 0)
		return 0;
	if (client->outstanding == 1 && stream->unsent > 0)
		due -= stream->unsent < due ? stream->unsent : due;
	return due > stream->answer_offset ? due - stream->answer_offset : 0;
}

/* Are these bytes of the next answer those of its request? Before the prefix ends there is nothing
 * to compare with. */
static bool part_is_right(const struct worker *worker, const struct stream *stream,
			  const uint8_t *bytes, uint32_t length)
{
	uint32_t prefix = worker->target->prefix, offset = stream->answer_offset;
	uint32_t passed = offset < prefix ? smaller(prefix - offset, length) : 0;

	if (!worker->options->verify)
		return true;
	return pattern_check(worker->pattern, stream->next_answer, offset + passed - prefix,
			     bytes + passed, length - passed);
}

/* Answers whose lengths are known. */
static void take_measured(struct worker *worker, struct client *client,
			  const struct message *message)
{
	const uint8_t *bytes = message->data;
	uint32_t length = message->length;
	struct stream *stream = &client->stream;

	while (length > 0 && client->state == CLIENT_OPEN) {
		uint32_t part = smaller(length, answer_owed(worker, client));

		if (part == 0) {
			client_break(worker, client, RESULT_SURPLUS, 0);
			return;
		}
		if (!part_is_right(worker, stream, bytes, part))
			stream->corrupt = true;
		bytes += part;
		length -= part;
		stream->answer_offset += part;
		if (stream->answer_offset == answer_size(worker, client))
			answer_complete(worker, client, message, stream->answer_offset);
	}
}

/* Answers without an end: so many bytes count as one. There is no request to time them from. */
static void take_endless(struct worker *worker, struct client *client,
			 const struct message *message)
{
	struct stream *stream = &client->stream;
	uint32_t size = worker->options->size.answer;
	uint64_t before = stream->received / size;
	uint32_t count;

	if (stream->received == 0)
		stream->first = message->data[0];
	if (worker->options->verify &&
	    !chargen_check(worker->plan->chargen, stream->first, stream->received, message->data,
			   message->length)) {
		client_break(worker, client, RESULT_CORRUPT, 0);
		return;
	}
	stream->received += message->length;
	count = (uint32_t)(stream->received / size - before);
	if (count > worker->quota)
		count = (uint32_t)worker->quota;
	worker->answered_ns = worker->now_ns;
	worker->answered += count;
	worker->quota -= count;
	recorder_finished(&worker->recorder, worker->now_ns, count, message->length);
}

static void stream_take(struct worker *worker, struct client *client, const struct message *message)
{
	const struct target *target = worker->target;

	if (target->answers == ANSWERS_ENDLESS)
		take_endless(worker, client, message);
	else if (target->answers == ANSWERS_EQUAL || worker->options->size.answer > 0)
		take_measured(worker, client, message);
	else if (client->outstanding > 0)
		answer_complete(worker, client, message, message->length);
	else
		client_break(worker, client, RESULT_SURPLUS, 0);
}

static uint64_t stream_weigh(const struct worker *worker, const struct client *client)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < client->outstanding; i++)
		bytes += worker_request_size(worker, client->stream.next_answer + i);
	return bytes;
}

static void stream_lose(struct worker *worker, const struct client *client)
{
	const struct stream *stream = &client->stream;
	uint32_t at = stream->head;

	for (uint32_t i = 0; i < client->outstanding; i++) {
		recorder_lost(&worker->recorder, stream->departures[at].intended_ns);
		watch_lost(worker, client, &stream->departures[at]);
		if (++at == worker->options->depth)
			at = 0;
	}
}

/* What comes after a missing answer cannot be told apart from it: the connection is of no use. */
static void stream_expire(struct worker *worker, struct client *client, uint64_t before_ns)
{
	uint64_t sent_ns = client->stream.departures[client->stream.head].sent_ns;

	if (client->outstanding == 0 || sent_ns >= before_ns)
		return;
	worker_missed(worker, sent_ns);
	client_break(worker, client, RESULT_TIMEOUT, -ETIMEDOUT);
}

const struct exchange stream_exchange = {
	.slot_size = sizeof(struct departure),
	.init = stream_init,
	.begin = stream_begin,
	.send = stream_send,
	.take = stream_take,
	.depart = watch_departed,
	.weigh = stream_weigh,
	.lose = stream_lose,
	.expire = stream_expire,
	.settle = watch_settle,
};
