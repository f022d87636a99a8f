/* epoll: datagrams, many to a system call. */
#include <errno.h>
#include <sys/socket.h>

#include "epoll.h"
#include "hot.h"

/* Coalesced datagrams become many messages: how many buffers may be filled now? */
static uint32_t receive_limit(const struct engine *engine, const struct connection *connection)
{
	const struct epoll *epoll = engine->state;
	bool coalesced = connection_is(connection, CONNECTION_UDP) &&
			 feature_on(engine, FEATURE_GRO);
	uint32_t limit = epoll->receive_guess;

	if (coalesced && limit > BATCH_SLACK / COALESCED_MAX)
		limit = BATCH_SLACK / COALESCED_MAX;
	return limit;
}

static uint32_t prepare_receive(struct engine *engine, struct connection *connection,
				uint32_t *buffers)
{
	struct epoll *epoll = engine->state;
	uint32_t count, limit = receive_limit(engine, connection);

	for (count = 0; count < limit; count++) {
		uint32_t buffer = buffer_take(engine, connection->pool);

		if (buffer == NONE)
			break;
		buffers[count] = buffer;
		datagram_receive_header(engine, connection, buffer, &epoll->receive[count].msg_hdr,
					&epoll->receive_vector[count]);
	}
	return count;
}

/* The next call asks for as many as this one brought, and one more. */
static void guess(struct epoll *epoll, uint32_t asked, uint32_t got)
{
	uint32_t next = got == asked ? asked * 2 : got + 1;

	epoll->receive_guess = next < EPOLL_DATAGRAMS ? next : EPOLL_DATAGRAMS;
}

static bool nothing_received(struct engine *engine, struct connection *connection, int error)
{
	if (error == EINTR)
		return true;
	connection->flags &= ~(uint32_t)CONNECTION_UNREAD;
	/* An error that a peer's answer caused: only a client has just one peer. */
	if (error != EAGAIN && connection_is(connection, CONNECTION_CLIENT))
		connection_fail(engine, connection, -error);
	return error != EAGAIN;
}

bool epoll_receive_datagrams(struct engine *engine, struct connection *connection)
{
	struct epoll *epoll = engine->state;
	uint32_t buffers[EPOLL_DATAGRAMS];
	uint32_t count = prepare_receive(engine, connection, buffers);
	int got, error;

	if (count == 0) {
		starved_add(engine, connection, connection->pool);
		return false;
	}
	engine->counters.system_calls++;
	got = recvmmsg(connection->fd, epoll->receive, count, MSG_DONTWAIT, NULL);
	error = errno;
	arrivals_begin(engine);
	for (uint32_t i = 0; i < count; i++) {
		if ((int)i >= got) {
			buffer_release(engine, buffers[i]);
			continue;
		}
		datagram_received_header(engine, buffers[i], &epoll->receive[i].msg_hdr,
					 epoll->receive[i].msg_len);
		datagram_received(engine, connection, buffers[i]);
	}
	if (got < 0)
		return nothing_received(engine, connection, error);
	engine->counters.completions++;
	guess(epoll, count, (uint32_t)got);
	if ((uint32_t)got < count)
		connection->flags &= ~(uint32_t)CONNECTION_UNREAD;
	return (uint32_t)got == count;
}

static uint32_t prepare_send(struct engine *engine, struct connection *connection)
{
	struct epoll *epoll = engine->state;
	uint32_t number = connection->queue_head, runs;

	for (runs = 0; number != NONE && runs < EPOLL_DATAGRAMS; runs++) {
		uint32_t count = datagram_address(engine, connection, number,
						  &epoll->scratch[runs]);

		epoll->send[runs].msg_hdr = epoll->scratch[runs].header;
		epoll->send_count[runs] = count;
		while (count-- > 0)
			number = engine->buffers.segments[number].next;
	}
	return runs;
}

static void send_refused(struct engine *engine, struct connection *connection, int error)
{
	struct epoll *epoll = engine->state;

	if (error == EAGAIN && datagram_waits(connection)) {
		connection->flags |= CONNECTION_SENDING;
		epoll_watch(engine, connection, true);
	} else if (error != EINTR) {
		datagram_sent(engine, connection,
			      datagram_detach(engine, connection, epoll->send_count[0]), -error);
	}
}

void epoll_send_datagrams(struct engine *engine, struct connection *connection)
{
	struct epoll *epoll = engine->state;
	uint32_t runs = prepare_send(engine, connection);
	int sent;

	engine->counters.system_calls++;
	sent = sendmmsg(connection->fd, epoll->send, runs, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0) {
		int error = errno;

		departure_failed(engine, connection, connection->queue_head);
		send_refused(engine, connection, error);
		return;
	}
	engine->counters.completions++;
	for (int i = 0; i < sent; i++)
		datagram_sent(engine, connection,
			      datagram_detach(engine, connection, epoll->send_count[i]), 0);
	if ((uint32_t)sent < runs)
		departure_failed(engine, connection, connection->queue_head);
	if (connection->queue_head == NONE && connection_is(connection, CONNECTION_WATCHED_OUT))
		epoll_watch(engine, connection, false);
}
