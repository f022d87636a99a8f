/*
 * Requests and answers of measurement sessions: what goes out and what comes back, whatever the
 * protocol. Answers find their request by its number; on streams they come in order as well.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "exchange.h"
#include "net/url.h"
#include "target.h"
#include "trip_protocol.h"
#include "trips.h"
#include "worker.h"

/* Numbers remembered as given up, for each request that may be outstanding: see trip_table.h. */
#define LOST_MEMORY 64u

/* So many requests may be lost between an answer and the one that says when it had left. */
#define FOLLOW_UP_LOST_MAX 4u

static bool is_stream(const struct worker *worker)
{
	return transports[worker->target->url.transport].stream;
}

static void trips_init(struct worker *worker, struct client *client, void *slots, uint64_t sequence)
{
	uint32_t depth = worker->options->depth;
	/* What is kept of the client stands behind what is kept of its requests. */
	struct trips *trips = (void *)((struct trip_slots *)slots + depth);

	*trips = (struct trips){ .sequence = sequence };
	trip_table_init(&trips->table, slots, depth);
	client->trips = trips;
}

/* A greeting may get lost as requests may: nobody waits for this one. */
static int greet(struct worker *worker, struct client *client)
{
	struct trips *trips = client->trips;
	uint32_t length = worker->target->protocol->greet(worker, client, worker->staging);
	int error = 0;

	if (length > 0)
		error = engine_send(worker->engine, client->connection, worker->staging, length);
	if (length == 0 || error)
		return error;
	trips->greetings++;
	trips->greeted_ns = worker->now_ns;
	return 0;
}

static void trips_begin(struct worker *worker, struct client *client)
{
	(void)worker;
	client->trips->greeted_ns = 0;
}

/* Has the session been greeted as often as it is to be by now? While nobody answers: once, and
 * again before requests number 1, 2, 4, 8 ... */
static bool is_greeted(const struct worker *worker, const struct trips *trips)
{
	if (trips->greeted)
		return true;
	if (worker->target->protocol->greets_first)
		return trips->greeted_ns > 0;
	return trips->greetings >= 32 || trips->next < (1ull << trips->greetings) >> 1;
}

/* By what name a departure tells of the message that is sent now: see engine.h. */
static uint32_t sent_index(const struct worker *worker, const struct trips *trips, uint32_t size)
{
	if (is_stream(worker))
		return (trips->next + 1) * size - 1;
	return trips->next + trips->greetings;
}

/* Whose departure has not been told by now gives its slot up. */
static void make_room(struct worker *worker, struct client *client)
{
	const struct trip_table *table = &client->trips->table;
	struct trip *oldest = NULL;

	if (trip_table_next(table))
		return;
	for (uint32_t i = 0; i < table->slot_count; i++) {
		struct trip *trip = trip_table_at(table, i);

		if (trip->state == TRIP_RETURNED &&
		    (!oldest || (int32_t)(trip->number - oldest->number) < 0))
			oldest = trip;
	}
	/* No more than half of them are outstanding. */
	if (oldest)
		trip_finish(worker, client, oldest);
}

static int send_one(struct worker *worker, struct client *client)
{
	struct trips *trips = client->trips;
	uint32_t size = worker_request_size(worker, trips->sequence + trips->next);
	struct trip draft = {
		.number = trips->next,
		.departure = worker_departure(worker),
	};
	struct trip *trip;
	int error;

	clock_read_both(&draft.sent_ns, &draft.user_sent_ns);
	worker->target->protocol->write(worker, client, &draft, worker->staging, size);
	error = engine_send(worker->engine, client->connection, worker->staging, size);
	if (error)
		return error;
	make_room(worker, client);
	trip = trip_table_use(&trips->table, draft.number);
	trip->departure = draft.departure;
	trip->user_sent_ns = draft.user_sent_ns;
	trip->sent_ns = draft.sent_ns;
	trip->echo = draft.echo;
	trip->sent_index = sent_index(worker, trips, size);
	trips->next++;
	worker_started(worker, client, 1, size);
	return 0;
}

static int send_due(struct worker *worker, struct client *client)
{
	int error;

	trips_read_clock(worker);
	error = is_greeted(worker, client->trips) ? 0 : greet(worker, client);
	if (worker->target->protocol->greets_first && !client->trips->greeted)
		return error;
	while (!error && worker_allowance(worker, client) > 0)
		error = send_one(worker, client);
	return error;
}

static int trips_send(struct worker *worker, struct client *client)
{
	int error = send_due(worker, client);

	if (error == -EMSGSIZE)
		client_break(worker, client, RESULT_SEND, error);
	/* Not open any more: its last message is on the way and says why. */
	return error == -EMSGSIZE || error == -ENOTCONN ? 0 : error;
}

static bool is_right(const struct worker *worker, const struct trip *trip,
		     const struct trip_answer *answer)
{
	return !worker->options->verify || (answer->right && answer->echo == trip->echo);
}

/* It is told now. */
static void trip_told(struct worker *worker, struct client *client, struct trip *trip,
		      enum trip_wait wait)
{
	if (trip->state != TRIP_RETURNED || !(trip->awaits & wait))
		return;
	trip->awaits &= (uint8_t)~wait;
	worker->undeparted -= wait == TRIP_AWAITS_DEPARTURE;
	if (trip->awaits == 0)
		trip_finish(worker, client, trip);
}

/*
 * An answer says when an earlier one had left. By the peer's count that is the answer to a request
 * whose number is as far from it as this one's is; or farther, by what was lost in between.
 */
static void take_follow_up(struct worker *worker, struct client *client, const struct trip *trip)
{
	const struct trip_answer *answer = &trip->answer;
	uint32_t number = answer->followed_number + (trip->number - answer->peer_number);

	if (answer->followed_ns == 0)
		return;
	client->trips->follows = true;
	for (uint32_t lost = 0; lost <= FOLLOW_UP_LOST_MAX; lost++) {
		struct trip *before = trip_table_find(&client->trips->table, number - lost);

		if (!before || before->state != TRIP_RETURNED ||
		    before->answer.peer_number != answer->followed_number)
			continue;
		before->peer_sent_ns = answer->followed_ns;
		trip_told(worker, client, before, TRIP_AWAITS_FOLLOW_UP);
		break;
	}
}

/* It is complete as soon as all is told of it. */
static void trip_await(struct worker *worker, struct client *client, struct trip *trip)
{
	trip->state = TRIP_RETURNED;
	if (worker_awaits_departures(worker) && trip->kernel_sent_ns == 0) {
		trip->awaits |= TRIP_AWAITS_DEPARTURE;
		worker->undeparted++;
	}
	if (client->trips->follows)
		trip->awaits |= TRIP_AWAITS_FOLLOW_UP;
	if (trip->awaits == 0)
		trip_finish(worker, client, trip);
}

static void trip_returned(struct worker *worker, struct client *client, struct trip *trip,
			  const struct message *message, uint32_t bytes)
{
	struct trips *trips = client->trips;
	struct answer answer = {
		.departure = trip->departure,
		.bytes = bytes,
		.right = is_right(worker, trip, &trip->answer),
		.overtaken = (int32_t)(trip->number + 1 - trips->newest) < 0,
	};

	if (!answer.overtaken)
		trips->newest = trip->number + 1;
	trip->overtaken = answer.overtaken;
	trip->counted = recorder_covers(&worker->recorder, trip->departure.intended_ns);
	trip->answer.told = true;
	trip->user_taken_ns = worker->wall_ns;
	trip->took_ns = worker->now_ns - trip->sent_ns;
	trip->hop_limit = message->hop_limit;
	if (message->stamp == STAMP_KERNEL || message->stamp == STAMP_HARDWARE)
		trip->kernel_taken_ns = message->arrived_ns;
	trip->taken_clock = message->clock;
	if (answer.right) {
		trip_ways_answered(worker, trips, trip);
		take_follow_up(worker, client, trip);
		trip_await(worker, client, trip);
	} else {
		trip_table_end(&trips->table, trip, TRIP_UNSTAMPED);
	}
	client_answered(worker, client, &answer);
}

/* An answer that no outstanding request waits for. */
static void take_stray(struct worker *worker, struct client *client, const struct trip *trip,
		       const struct trip_answer *answer)
{
	struct trips *trips = client->trips;
	uint32_t age = trips->next - answer->number;
	bool was_sent = age > 0 && age <= INT32_MAX;
	bool is_known = age <= LOST_MEMORY * worker->options->depth;

	if (was_sent && is_known && trip_table_forget_lost(&trips->table, answer->number))
		recorder_late(&worker->recorder);
	else if (was_sent && answer->right && (!trip || answer->echo == trip->echo))
		recorder_duplicated(&worker->recorder);
	else
		recorder_error(&worker->recorder, RESULT_CORRUPT, 0);
}

static void take_message(struct worker *worker, struct client *client,
			 const struct message *message)
{
	struct trip_answer answer = { .right = !(message->flags & MESSAGE_TRUNCATED) };
	enum trip_message kind = worker->target->protocol->read(worker, client, message->data,
								message->length, &answer);
	struct trip *trip;

	if (kind == TRIP_MESSAGE_FOREIGN)
		recorder_error(&worker->recorder, RESULT_CORRUPT, 0);
	if (kind != TRIP_MESSAGE_ANSWER)
		return;
	trip = trip_table_find(&client->trips->table, answer.number);
	if (!trip || trip->state != TRIP_OUTSTANDING) {
		take_stray(worker, client, trip, &answer);
		return;
	}
	trip->answer = answer;
	trip_returned(worker, client, trip, message, message->length);
}

/* On a stream the next answer is that to the oldest request, whatever it says. */
static void take_in_order(struct worker *worker, struct client *client,
			  const struct message *message)
{
	struct trips *trips = client->trips;
	struct trip *trip = trip_table_find(&trips->table, trips->next_taken++);
	struct trip_answer answer = { .right = true };
	enum trip_message kind = worker->target->protocol->read(worker, client, trips->part,
								trips->part_length, &answer);

	if (kind != TRIP_MESSAGE_ANSWER || answer.number != trip->number)
		answer.right = false;
	trip->answer = answer;
	trip_returned(worker, client, trip, message, trips->part_length);
	trips->part_length = 0;
}

/* Answers may come cut anywhere. */
static void take_stream(struct worker *worker, struct client *client, const struct message *message)
{
	uint32_t whole = worker->size, left = message->length;
	const uint8_t *bytes = message->data;
	struct trips *trips = client->trips;

	while (left > 0 && client->state == CLIENT_OPEN) {
		uint32_t part = whole - trips->part_length < left ? whole - trips->part_length
								  : left;

		if (client->outstanding == 0) {
			client_break(worker, client, RESULT_SURPLUS, 0);
			return;
		}
		memcpy(trips->part + trips->part_length, bytes, part);
		trips->part_length += part;
		bytes += part;
		left -= part;
		if (trips->part_length == whole)
			take_in_order(worker, client, message);
	}
}

static void trips_take(struct worker *worker, struct client *client, const struct message *message)
{
	if (is_stream(worker))
		take_stream(worker, client, message);
	else
		take_message(worker, client, message);
}

static void departed(struct worker *worker, struct client *client, struct trip *trip,
		     const struct message *message)
{
	trip->kernel_sent_ns = message->departed_ns;
	trip->sent_clock = message->clock;
	trip_told(worker, client, trip, TRIP_AWAITS_DEPARTURE);
}

/* What ends no later in the stream than that octet has left with it. */
static void stream_departed(struct worker *worker, struct client *client,
			    const struct message *message)
{
	struct trips *trips = client->trips;

	while (trips->next_gone != trips->next) {
		uint32_t last = (trips->next_gone + 1) * worker->size - 1;
		struct trip *trip;

		if ((int32_t)(message->departure - last) < 0)
			break;
		trip = trip_table_find(&trips->table, trips->next_gone++);
		if (trip)
			departed(worker, client, trip, message);
	}
}

/* The number of the request is that of the message, less the greetings that went before it. */
static void message_departed(struct worker *worker, struct client *client,
			     const struct message *message)
{
	struct trips *trips = client->trips;

	for (uint32_t before = 0; before <= trips->greetings; before++) {
		uint32_t number = message->departure - (trips->greetings - before);
		struct trip *trip = trip_table_find(&trips->table, number);

		if (trip && trip->state != TRIP_FREE && trip->sent_index == message->departure) {
			departed(worker, client, trip, message);
			return;
		}
	}
}

static void trips_depart(struct worker *worker, struct client *client,
			 const struct message *message)
{
	if (is_stream(worker))
		stream_departed(worker, client, message);
	else
		message_departed(worker, client, message);
}

static uint64_t trips_weigh(const struct worker *worker, const struct client *client)
{
	const struct trips *trips = client->trips;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < trips->table.slot_count; i++) {
		const struct trip *trip = trip_table_at(&trips->table, i);

		if (trip->state == TRIP_OUTSTANDING)
			bytes += worker_request_size(worker, trips->sequence + trip->number);
	}
	return bytes;
}

static void trips_lose(struct worker *worker, const struct client *client)
{
	const struct trip_table *table = &client->trips->table;

	for (uint32_t i = 0; i < table->slot_count; i++) {
		struct trip *trip = trip_table_at(table, i);

		if (trip->state != TRIP_OUTSTANDING)
			continue;
		recorder_lost(&worker->recorder, trip->departure.intended_ns);
		trip_lose(worker, client, trip);
	}
}

/* A lost datagram makes room for the next; a record, or a part of a stream, cannot get lost. */
static void expire_one(struct worker *worker, struct client *client, struct trip *trip)
{
	uint64_t sent_ns = trip->departure.sent_ns;

	if (transports[worker->target->url.transport].connected) {
		worker_missed(worker, sent_ns);
		client_break(worker, client, RESULT_TIMEOUT, -ETIMEDOUT);
		return;
	}
	trip_lose(worker, client, trip);
	client_lost(worker, client, &trip->departure);
}

/* A greeting that was not answered is sent again. */
static void expire_greeting(struct worker *worker, struct client *client, uint64_t before_ns)
{
	struct trips *trips = client->trips;

	if (!worker->target->protocol->greets_first || trips->greeted || trips->greeted_ns == 0 ||
	    trips->greeted_ns >= before_ns)
		return;
	worker_missed(worker, trips->greeted_ns);
	trips->greeted_ns = 0;
	worker_list(worker, client);
}

/* What is told with the next answer takes as long as that; a departure does not. */
static bool is_awaited_in_vain(const struct trip *trip, uint64_t now_ns, uint64_t before_ns)
{
	if (trip->awaits & TRIP_AWAITS_DEPARTURE)
		return now_ns - trip->sent_ns > trip->took_ns + EXCHANGE_SETTLE_NS;
	return trip->departure.sent_ns < before_ns;
}

static void trips_expire(struct worker *worker, struct client *client, uint64_t before_ns)
{
	const struct trip_table *table = &client->trips->table;
	uint64_t now_ns = worker->now_ns;

	expire_greeting(worker, client, before_ns);
	for (uint32_t i = 0; i < table->slot_count && client->state == CLIENT_OPEN; i++) {
		struct trip *trip = trip_table_at(table, i);
		bool outstanding = trip->state == TRIP_OUTSTANDING;

		if (outstanding && trip->departure.sent_ns < before_ns)
			expire_one(worker, client, trip);
		else if (trip->state == TRIP_RETURNED &&
			 is_awaited_in_vain(trip, now_ns, before_ns))
			trip_finish(worker, client, trip);
	}
}

/* What is still waited for is waited for in vain. */
static void trips_settle(struct worker *worker, struct client *client)
{
	const struct trip_table *table = &client->trips->table;

	for (uint32_t i = 0; i < table->slot_count; i++) {
		struct trip *trip = trip_table_at(table, i);

		if (trip->state == TRIP_RETURNED)
			trip_finish(worker, client, trip);
	}
	trip_ways_settle(worker, client->trips);
}

/* Who is not told forgets the session some time. */
static void trips_part(struct worker *worker, struct client *client)
{
	const struct trip_protocol *protocol = worker->target->protocol;
	uint32_t length = 0;

	if (protocol->part)
		length = protocol->part(worker, client, worker->staging);
	if (length > 0)
		(void)engine_send(worker->engine, client->connection, worker->staging, length);
}

const struct exchange trip_exchange = {
	.slot_size = sizeof(struct trip_slots),
	.client_size = sizeof(struct trips),
	.init = trips_init,
	.begin = trips_begin,
	.send = trips_send,
	.take = trips_take,
	.depart = trips_depart,
	.weigh = trips_weigh,
	.lose = trips_lose,
	.expire = trips_expire,
	.part = trips_part,
	.settle = trips_settle,
};
