/*
 * Requests and answers as whole messages: datagrams, which may be lost, doubled or overtaken, and
 * records. Each request's sequence number says which slot waits for its answer:
 *
 *	| client (24 bits) | round of this slot | slot |
 *
 * so that an answer finds its request without a search, however long others have been missing, and
 * what a slot remembers of its last rounds tells a late answer from a doubled one.
 */
#include <errno.h>

#include "exchange.h"
#include "net/url.h"
#include "watch.h"
#include "worker.h"

#define SLOT_NONE UINT32_MAX

struct slot {
	uint64_t sequence; /* of its request, or of the last one */
	uint64_t lost;	   /* bit k: the one k rounds before was given up, and did not come late */
	struct departure departure;
	uint64_t order; /* among the client's requests */
	uint32_t next_free;
	bool outstanding;
};

/* So many rounds of a slot are remembered. */
#define ROUNDS_KNOWN 64u

/* Sequence numbers of one slot are so far apart. */
static uint64_t slot_stride(const struct worker *worker)
{
	uint64_t stride = 1;

	while (stride < worker->options->depth)
		stride *= 2;
	return stride;
}

static void datagram_init(struct worker *worker, struct client *client, void *slots,
			  uint64_t sequence)
{
	uint32_t depth = worker->options->depth;
	struct slot *slot = slots;

	client->datagrams = (struct datagrams){ .slots = slots, .free = 0 };
	for (uint32_t i = 0; i < depth; i++)
		slot[i] = (struct slot){
			.sequence = sequence + i,
			.next_free = i + 1 < depth ? i + 1 : SLOT_NONE,
		};
}

static void slot_free(struct client *client, struct slot *slot)
{
	struct datagrams *datagrams = &client->datagrams;

	slot->outstanding = false;
	slot->next_free = datagrams->free;
	datagrams->free = (uint32_t)(slot - datagrams->slots);
}

static void datagram_begin(struct worker *worker, struct client *client)
{
	watch_begin(worker, client);
	for (uint32_t i = 0; i < worker->options->depth; i++)
		if (client->datagrams.slots[i].outstanding)
			slot_free(client, &client->datagrams.slots[i]);
}

static int send_one(struct worker *worker, struct client *client)
{
	struct datagrams *datagrams = &client->datagrams;
	struct slot *slot = &datagrams->slots[datagrams->free];
	uint64_t sequence = slot->sequence + slot_stride(worker);
	uint32_t size = worker_request_size(worker, sequence);
	int error;

	pattern_fill(worker->pattern, sequence, 0, worker->staging, size);
	watch_sending(worker, client);
	error = engine_send(worker->engine, client->connection, worker->staging, size);
	if (error)
		return error;
	watch_sent(worker, client, size);
	datagrams->free = slot->next_free;
	slot->sequence = sequence;
	slot->lost <<= 1;
	slot->departure = worker_departure(worker);
	slot->order = client->started;
	slot->outstanding = true;
	worker_started(worker, client, 1, size);
	if (worker->target->answers == ANSWERS_NONE) {
		slot_free(client, slot);
		client_unanswered(worker, client, 1);
	}
	return 0;
}

static int datagram_send(struct worker *worker, struct client *client)
{
	while (worker_allowance(worker, client) > 0) {
		int error = send_one(worker, client);

		if (error == -ENOTCONN)
			return 0;
		if (error == -EMSGSIZE) {
			client_break(worker, client, RESULT_SEND, error);
			return 0;
		}
		if (error)
			return error;
	}
	return 0;
}

static void slot_answered(struct worker *worker, struct client *client, struct slot *slot,
			  const struct message *message, bool right)
{
	const struct answer answer = {
		.departure = slot->departure,
		.bytes = message->length,
		.right = right,
		.overtaken = slot->order < client->newest,
	};

	if (!answer.overtaken)
		client->newest = slot->order;
	slot_free(client, slot);
	if (right)
		watch_answered(worker, client, message, &answer.departure);
	client_answered(worker, client, &answer);
}

/* The bits of a sequence number that so many bytes carry. */
static uint64_t carried_bits(uint32_t length)
{
	return length < PATTERN_SEQUENCE_SIZE ? (1ull << (8 * length)) - 1 : UINT64_MAX;
}

/* The part of an answer that repeats the request. */
static uint32_t repeated_length(const struct worker *worker, const struct message *message)
{
	uint32_t prefix = worker->target->prefix;

	return message->length > prefix ? message->length - prefix : 0;
}

static struct slot *slot_named(const struct worker *worker, const struct client *client,
			       uint64_t sequence)
{
	uint64_t index = sequence & (slot_stride(worker) - 1);

	return index < worker->options->depth ? &client->datagrams.slots[index] : NULL;
}

static bool is_right(const struct worker *worker, const struct message *message, uint64_t sequence)
{
	uint32_t prefix = worker->target->prefix, size = worker_request_size(worker, sequence);

	if (message->length != prefix + size || message->flags & MESSAGE_TRUNCATED)
		return false;
	return !worker->options->verify ||
	       pattern_check(worker->pattern, sequence, 0, message->data + prefix, size);
}

/* Has a request of this slot had this number? Where messages are too short for the whole number it
 * is taken for granted. */
static bool was_sent(const struct worker *worker, const struct slot *slot, uint64_t carried)
{
	if (worker->options->size.request.min < PATTERN_SEQUENCE_SIZE)
		return true;
	return carried <= slot->sequence &&
	       carried >> EXCHANGE_SEQUENCE_BITS == slot->sequence >> EXCHANGE_SEQUENCE_BITS;
}

/* Does it answer a request that was given up? From now on it has been answered. */
static bool was_given_up(const struct worker *worker, struct slot *slot,
			 const struct message *message, uint64_t carried)
{
	uint64_t bits = carried_bits(repeated_length(worker, message));
	uint64_t rounds = ((slot->sequence - carried) & bits) / slot_stride(worker);
	uint64_t bit = rounds < ROUNDS_KNOWN ? 1ull << rounds : 0;
	bool lost = slot->lost & bit;

	slot->lost &= ~bit;
	return lost;
}

/* An answer that no outstanding request waits for. */
static void take_stray(struct worker *worker, struct slot *slot, const struct message *message,
		       uint64_t carried)
{
	if (slot && was_given_up(worker, slot, message, carried))
		recorder_late(&worker->recorder);
	else if (slot && was_sent(worker, slot, carried) && is_right(worker, message, carried))
		recorder_duplicated(&worker->recorder);
	else
		recorder_error(&worker->recorder, RESULT_CORRUPT, 0);
}

static void take_equal(struct worker *worker, struct client *client, const struct message *message)
{
	uint32_t length = repeated_length(worker, message);
	uint64_t carried = pattern_sequence(message->data + message->length - length, length);
	struct slot *slot = slot_named(worker, client, carried);

	if (slot && slot->outstanding && (slot->sequence & carried_bits(length)) == carried)
		slot_answered(worker, client, slot, message,
			      is_right(worker, message, slot->sequence));
	else
		take_stray(worker, slot, message, carried);
}

/* Nothing to compare with but a length that was told. */
static bool length_is_right(const struct worker *worker, const struct message *message)
{
	return !worker->options->size.answer_given ||
	       message->length == worker->options->size.answer;
}

/* At depth 1, the only one where answers tell nothing: it is the answer, or one came before. */
static void take_other(struct worker *worker, struct client *client, const struct message *message)
{
	struct slot *slot = client->datagrams.slots;

	if (slot->outstanding)
		slot_answered(worker, client, slot, message, length_is_right(worker, message));
	else if (slot->lost)
		recorder_late(&worker->recorder);
	else
		recorder_duplicated(&worker->recorder);
	slot->lost = 0;
}

static void datagram_take(struct worker *worker, struct client *client,
			  const struct message *message)
{
	if (worker->target->answers == ANSWERS_EQUAL)
		take_equal(worker, client, message);
	else if (worker->target->answers == ANSWERS_OTHER)
		take_other(worker, client, message);
	else
		recorder_error(&worker->recorder, RESULT_SURPLUS, 0);
}

static uint64_t datagram_weigh(const struct worker *worker, const struct client *client)
{
	const struct slot *slots = client->datagrams.slots;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < worker->options->depth; i++)
		if (slots[i].outstanding)
			bytes += worker_request_size(worker, slots[i].sequence);
	return bytes;
}

static void datagram_lose(struct worker *worker, const struct client *client)
{
	const struct slot *slots = client->datagrams.slots;

	for (uint32_t i = 0; i < worker->options->depth; i++) {
		if (!slots[i].outstanding)
			continue;
		recorder_lost(&worker->recorder, slots[i].departure.intended_ns);
		watch_lost(worker, client, &slots[i].departure);
	}
}

/* A lost datagram makes room for the next; a record cannot get lost. */
static void datagram_expire(struct worker *worker, struct client *client, uint64_t before_ns)
{
	struct slot *slots = client->datagrams.slots;

	for (uint32_t i = 0; i < worker->options->depth && client->outstanding > 0; i++) {
		if (!slots[i].outstanding || slots[i].departure.sent_ns >= before_ns)
			continue;
		if (transports[worker->target->url.transport].connected) {
			worker_missed(worker, slots[i].departure.sent_ns);
			client_break(worker, client, RESULT_TIMEOUT, -ETIMEDOUT);
			return;
		}
		slots[i].lost |= 1;
		slot_free(client, &slots[i]);
		watch_lost(worker, client, &slots[i].departure);
		client_lost(worker, client, &slots[i].departure);
	}
}

const struct exchange datagram_exchange = {
	.slot_size = sizeof(struct slot),
	.init = datagram_init,
	.begin = datagram_begin,
	.send = datagram_send,
	.take = datagram_take,
	.depart = watch_departed,
	.weigh = datagram_weigh,
	.lose = datagram_lose,
	.expire = datagram_expire,
	.settle = watch_settle,
};
