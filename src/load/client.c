#include "client.h"

#include <errno.h>

#include "base/clock.h"
#include "net/socket.h"
#include "worker.h"

static void gate_enter(struct worker *worker, struct client *client)
{
	client->gated = true;
	worker->gated++;
}

static void gate_leave(struct worker *worker, struct client *client)
{
	if (!client->gated)
		return;
	client->gated = false;
	worker->gated--;
}

static void client_done(struct worker *worker, struct client *client)
{
	gate_leave(worker, client);
	client->state = CLIENT_DONE;
	worker->alive--;
}

/* Nobody will answer these any more. What broke is lost already when its last message comes. */
static void lose_outstanding(struct worker *worker, struct client *client)
{
	if (client->outstanding == 0)
		return;
	worker->exchange->lose(worker, client);
	worker->outstanding -= client->outstanding;
	client->outstanding = 0;
}

static int open_connection(struct worker *worker, struct client *client)
{
	const struct address *address = &worker->target->address;
	const struct socket_options options = { .extras = &worker->options->sockopts };
	int fd;
	int error = socket_client(worker->target->url.transport, address, &options, &fd, NULL);

	if (error)
		return error;
	return engine_connect(worker->engine, fd, &address->any, address->length,
			      &client->connection);
}

void client_connect(struct worker *worker, struct client *client)
{
	int error;

	client->since_ns = clock_now_ns();
	error = open_connection(worker, client);
	if (error) {
		recorder_error(&worker->recorder, RESULT_CONNECT, error);
		client_done(worker, client);
		return;
	}
	client->state = CLIENT_CONNECTING;
	worker->by_connection[client->connection] = client;
	gate_enter(worker, client);
}

static void client_opened(struct worker *worker, struct client *client)
{
	if (client->state != CLIENT_CONNECTING)
		return;
	client->state = CLIENT_OPEN;
	client->started = 0;
	client->answered = 0;
	client->newest = 0;
	worker->exchange->begin(worker, client);
	recorder_connected(&worker->recorder, worker->now_ns - client->since_ns);
	/* With a request to answer, the answer tells that the server has accepted. */
	if (!worker->asks || worker->running)
		gate_leave(worker, client);
	worker_list(worker, client);
}

static bool will_reconnect(const struct worker *worker, const struct client *client)
{
	return client->state == CLIENT_LEAVING && !client->broken && worker->running;
}

static enum result_error closed_kind(const struct client *client, int32_t error)
{
	if (client->state == CLIENT_CONNECTING)
		return RESULT_CONNECT;
	return error ? RESULT_RESET : RESULT_CLOSED;
}

static void client_closed(struct worker *worker, struct client *client, int32_t error)
{
	worker->by_connection[client->connection] = NULL;
	if (client->state != CLIENT_LEAVING)
		recorder_error(&worker->recorder, closed_kind(client, error), error);
	lose_outstanding(worker, client);
	if (will_reconnect(worker, client)) {
		client->state = CLIENT_IDLE;
		worker->waiting[worker->waiting_count++] = client;
	} else {
		client_done(worker, client);
	}
}

void client_message(struct worker *worker, struct client *client, const struct message *message)
{
	switch (message->kind) {
	case MESSAGE_OPENED:
		client_opened(worker, client);
		break;
	case MESSAGE_DATA:
		/* What comes after we have hung up, in the same batch, is nobody's. */
		if (client->state == CLIENT_OPEN)
			worker->exchange->take(worker, client, message);
		break;
	case MESSAGE_DEPARTED:
		if (client->state == CLIENT_OPEN && worker->exchange->depart)
			worker->exchange->depart(worker, client, message);
		break;
	case MESSAGE_CLOSED:
		client_closed(worker, client, message->error);
		break;
	default:
		break;
	}
}

static bool has_done_its_share(const struct worker *worker, const struct client *client)
{
	uint64_t every = worker->options->reconnect_every;

	return every > 0 && worker->running && client->answered == every;
}

/* It may send the next request, be it on a new connection: now, or after a pause. */
static void client_go_on(struct worker *worker, struct client *client)
{
	if (worker->pace.think_ns > 0 && worker->running) {
		client->pausing++;
		pace_pause(&worker->pace, client, worker->now_ns);
		return;
	}
	worker_list(worker, client);
}

void client_answered(struct worker *worker, struct client *client, const struct answer *answer)
{
	uint64_t intended_ns = answer->departure.intended_ns;

	client->outstanding--;
	worker->outstanding--;
	client->answered++;
	worker->answered_ns = worker->now_ns;
	worker->answered++;
	gate_leave(worker, client);
	if (answer->right)
		recorder_answer(&worker->recorder, intended_ns, worker->now_ns - intended_ns,
				answer->bytes, answer->overtaken);
	else
		recorder_error(&worker->recorder, RESULT_CORRUPT, 0);
	if (has_done_its_share(worker, client))
		client_leave(worker, client, worker->options->close == CLOSE_RESET);
	client_go_on(worker, client);
}

void client_unanswered(struct worker *worker, struct client *client, uint32_t count)
{
	client->outstanding -= count;
	worker->outstanding -= count;
	worker->answered_ns = worker->now_ns;
	worker->answered += count;
	recorder_finished(&worker->recorder, worker->departure_ns, count, 0);
}

void client_lost(struct worker *worker, struct client *client, const struct departure *departure)
{
	client->outstanding--;
	worker->outstanding--;
	/* What it was asked when it had opened is asked once more: nothing else lets it begin. */
	if (client->gated)
		client->started--;
	recorder_lost(&worker->recorder, departure->intended_ns);
	worker_missed(worker, departure->sent_ns);
	worker_list(worker, client);
}

void client_break(struct worker *worker, struct client *client, enum result_error kind,
		  int32_t cause)
{
	recorder_error(&worker->recorder, kind, cause);
	lose_outstanding(worker, client);
	client->broken = true;
	client_leave(worker, client, true);
}

void client_leave(struct worker *worker, struct client *client, bool reset)
{
	client->state = CLIENT_LEAVING;
	gate_leave(worker, client);
	if (reset)
		engine_reset(worker->engine, client->connection);
	else
		engine_hang_up(worker->engine, client->connection);
}

void client_abandon(struct worker *worker, struct client *client)
{
	if (client->state == CLIENT_IDLE)
		client_done(worker, client);
	else if (client->state == CLIENT_CONNECTING)
		client_break(worker, client, RESULT_CONNECT, -ETIMEDOUT);
	else if (client->state == CLIENT_OPEN)
		client_break(worker, client, RESULT_TIMEOUT, -ETIMEDOUT);
}

void client_expire(struct worker *worker, struct client *client)
{
	const struct load_options *options = worker->options;

	if (client->state == CLIENT_CONNECTING &&
	    worker->now_ns > client->since_ns + options->connect_timeout_ns)
		client_break(worker, client, RESULT_CONNECT, -ETIMEDOUT);
	else if (client->state == CLIENT_OPEN && worker->now_ns > options->timeout_ns)
		worker->exchange->expire(worker, client, worker->now_ns - options->timeout_ns);
}
