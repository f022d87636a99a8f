#include "witness.h"

#include <stdio.h>

static void complain(struct witness *witness, const struct message *message, const char *what)
{
	if (witness->complaint[0] == '\0')
		(void)snprintf(witness->complaint, sizeof(witness->complaint),
			       "connection %u, message kind %u, batch %llu: %s",
			       message->connection, message->kind,
			       (unsigned long long)witness->batches, what);
}

static void see_opened(struct witness *witness, const struct message *message)
{
	uint32_t connection = message->connection;

	if (witness->open[connection])
		complain(witness, message, "opened twice");
	if (witness->batches && witness->closed_at[connection] == witness->batches)
		complain(witness, message, "its number was reused in the batch that closed it");
	witness->open[connection] = true;
}

static void see_data(struct witness *witness, struct engine *engine, const struct message *message)
{
	struct datagram datagram;
	bool to_listener = engine_datagram(engine, message, &datagram);

	if (!to_listener && !witness->open[message->connection])
		complain(witness, message, "data on a connection that is not open");
	if (message->capacity < message->length)
		complain(witness, message, "no room to echo what came");
	if (message->length > 0 && !message->data)
		complain(witness, message, "a length without data");
	if (message->length == 0 && !(message->flags & MESSAGE_DATAGRAM))
		complain(witness, message, "an empty piece of a stream");
}

static void see_departed(struct witness *witness, const struct message *message)
{
	bool client = message->flags & MESSAGE_CLIENT;

	if (client && !witness->open[message->connection])
		complain(witness, message, "a departure on a connection that is not open");
	if (message->departed_ns <= 0 || message->stamp < STAMP_KERNEL)
		complain(witness, message, "a departure without a time");
	if (message->data || message->length > 0)
		complain(witness, message, "a departure with data");
}

static void see_closed(struct witness *witness, const struct message *message)
{
	bool refused = (message->flags & MESSAGE_CLIENT) && message->error != 0;

	if (!witness->open[message->connection] && !refused)
		complain(witness, message, "closed what was not open");
	if (message->error > 0)
		complain(witness, message, "the error is not a negative errno");
	witness->open[message->connection] = false;
	witness->closed_at[message->connection] = witness->batches;
}

void witness_batch(struct witness *witness, struct engine *engine, const struct message *batch,
		   uint32_t count)
{
	witness->batches++;
	for (uint32_t i = 0; i < count; i++) {
		if (batch[i].connection >= WITNESS_CONNECTION_MAX)
			complain(witness, &batch[i], "a number beyond connection_max");
		else if (batch[i].kind == MESSAGE_OPENED)
			see_opened(witness, &batch[i]);
		else if (batch[i].kind == MESSAGE_DATA)
			see_data(witness, engine, &batch[i]);
		else if (batch[i].kind == MESSAGE_CLOSED)
			see_closed(witness, &batch[i]);
		else if (batch[i].kind == MESSAGE_DEPARTED)
			see_departed(witness, &batch[i]);
		else if (batch[i].kind != MESSAGE_SENT)
			complain(witness, &batch[i], "an unknown kind");
	}
}
