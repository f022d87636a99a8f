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
#include "worker.h"

#define SLOT_NONE UINT32_MAX

struct slot {
	uint64_t sequence;	/* of its request, or of the last one */
	uint64_t lost_sequence; /* of the last request that was given up, while .lost */
	uint64_t sent_ns;
	uint32_t next_free;
	bool outstanding;
	bool lost;
};

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
	for (uint32_t i = 0; i < worker->options->depth; i++)
		if (client->datagrams.slots[i].outstanding)
			slot_free(client, &client->datagrams.slots[i]);
}

static int send_one(struct worker *worker, struct client *client)
{
	struct datagrams *datagrams = &client->datagrams;
	struct slot *slot = &datagrams->slots[datagrams->free];
	uint32_t size = worker->options->size;
	uint64_t sequence = slot->sequence + slot_stride(worker);
	int error;

	pattern_fill(worker->pattern, sequence, 0, worker->staging, size);
	error = engine_send(worker->engine, client->connection, worker->staging, size);
	if (error)
		return error;
	datagrams->free = slot->next_free;
	slot->sequence = sequence;
	slot->sent_ns = worker->now_ns;
	slot->outstanding = true;
	worker_started(worker, client, 1, size);
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
	slot_free(client, slot);
	client_answered(worker, client, slot->sent_ns, message->length, right);
}

/* The bits of a sequence number that a request of this size carries. */
static uint64_t carried_bits(uint32_t size)
{
	return size < PATTERN_SEQUENCE_SIZE ? (1ull << (8 * size)) - 1 : UINT64_MAX;
}

static struct slot *slot_named(const struct worker *worker, const struct client *client,
			       uint64_t sequence)
{
	uint64_t index = sequence & (slot_stride(worker) - 1);

	return index < worker->options->depth ? &client->datagrams.slots[index] : NULL;
}

static bool is_right(const struct worker *worker, const struct message *message, uint64_t sequence)
{
	if (message->length != worker->options->size || message->flags & MESSAGE_TRUNCATED)
		return false;
	return !worker->options->verify ||
	       pattern_check(worker->pattern, sequence, 0, message->data, message->length);
}

/* Has a request of this slot had this number? Where messages are too short for the whole number it
 * is taken for granted. */
static bool was_sent(const struct worker *worker, const struct slot *slot, uint64_t carried)
{
	if (worker->options->size < PATTERN_SEQUENCE_SIZE)
		return true;
	return carried <= slot->sequence &&
	       carried >> EXCHANGE_SEQUENCE_BITS == slot->sequence >> EXCHANGE_SEQUENCE_BITS;
}

/* An answer that no outstanding request waits for. */
static void take_stray(struct worker *worker, struct slot *slot, const struct message *message,
		       uint64_t carried)
{
	uint64_t bits = carried_bits(worker->options->size);

	if (slot && slot->lost && (slot->lost_sequence & bits) == carried) {
		slot->lost = false;
		recorder_late(&worker->recorder);
	} else if (slot && was_sent(worker, slot, carried) && is_right(worker, message, carried)) {
		recorder_duplicated(&worker->recorder);
	} else {
		recorder_error(&worker->recorder, RESULT_CORRUPT, 0);
	}
}

static void take_equal(struct worker *worker, struct client *client, const struct message *message)
{
	uint64_t carried = pattern_sequence(message->data, message->length);
	struct slot *slot = slot_named(worker, client, carried);

	if (slot && slot->outstanding &&
	    (slot->sequence & carried_bits(worker->options->size)) == carried)
		slot_answered(worker, client, slot, message,
			      is_right(worker, message, slot->sequence));
	else
		take_stray(worker, slot, message, carried);
}

/* At depth 1, the only one where answers tell nothing: it is the answer, or one came before. */
static void take_other(struct worker *worker, struct client *client, const struct message *message)
{
	struct slot *slot = client->datagrams.slots;

	if (slot->outstanding)
		slot_answered(worker, client, slot, message, true);
	else if (slot->lost)
		recorder_late(&worker->recorder);
	else
		recorder_duplicated(&worker->recorder);
	slot->lost = false;
}

static void datagram_take(struct worker *worker, struct client *client,
			  const struct message *message)
{
	if (worker->target->answers == ANSWERS_EQUAL)
		take_equal(worker, client, message);
	else
		take_other(worker, client, message);
}

/* A lost datagram makes room for the next; a record cannot get lost. */
static void datagram_expire(struct worker *worker, struct client *client, uint64_t before_ns)
{
	struct slot *slots = client->datagrams.slots;

	for (uint32_t i = 0; i < worker->options->depth; i++) {
		if (!slots[i].outstanding || slots[i].sent_ns >= before_ns)
			continue;
		if (transports[worker->target->url.transport].connected) {
			client_break(worker, client, RESULT_TIMEOUT, -ETIMEDOUT);
			return;
		}
		slots[i].lost = true;
		slots[i].lost_sequence = slots[i].sequence;
		slot_free(client, &slots[i]);
		client_lost(worker, client);
	}
}

const struct exchange datagram_exchange = {
	.slot_size = sizeof(struct slot),
	.init = datagram_init,
	.begin = datagram_begin,
	.send = datagram_send,
	.take = datagram_take,
	.expire = datagram_expire,
};
