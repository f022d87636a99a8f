/* The end of a connection: lingering, so that no client sees a reset after its answer. */
#include <sys/socket.h>

#include "hot.h"

/* A peer that goes on sending to a connection we have hung up is read so far, and no further. */
#define LINGER_BYTES_MAX (64u * 1024u)

bool linger_receive(struct engine *engine, struct connection *connection, uint32_t length)
{
	if (connection->state == STATE_CLOSING)
		return connection->lingered > 0 ||
		       connection_is(connection, CONNECTION_HUNG_UP | CONNECTION_RESET);
	if (connection->state != STATE_HANGING_UP && connection->state != STATE_LINGERING)
		return false;
	connection->lingered += length;
	if (connection->state == STATE_LINGERING && connection->lingered > LINGER_BYTES_MAX)
		connection_fail(engine, connection, 0);
	return true;
}

/* Our side has said all it will say. A peer that has ended too needs no lingering. */
static void shut_down(struct engine *engine, struct connection *connection)
{
	bool direct = connection_is(connection, CONNECTION_DIRECT);

	if (connection_is(connection, CONNECTION_ENDED) || engine->config.linger_ns == 0 ||
	    direct) {
		connection_move(engine, connection, STATE_CLOSING);
		return;
	}
	if (shutdown(connection->fd, SHUT_WR) < 0) {
		connection_move(engine, connection, STATE_CLOSING);
		return;
	}
	connection_move(engine, connection, STATE_LINGERING);
	connection->progress_ms = engine->now_ms;
}

void reset_on_close(const struct connection *connection)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (!connection_is(connection, CONNECTION_DIRECT | CONNECTION_GONE))
		(void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

bool connection_finish(struct engine *engine, struct connection *connection,
		       void (*close_fd)(struct engine *, struct connection *))
{
	enum connection_step step;

	if (connection->state == STATE_OPEN)
		return false;
	step = connection_step(connection);
	if (step == STEP_SHUT_DOWN)
		shut_down(engine, connection);
	else if (step == STEP_END)
		connection_move(engine, connection, STATE_CLOSING);
	/* On a list: its turn to close comes when it is taken off. */
	if (connection_step(connection) != STEP_CLOSE ||
	    connection_is(connection, CONNECTION_ON_WORK | CONNECTION_READY))
		return false;
	if (connection_is(connection, CONNECTION_RESET))
		reset_on_close(connection);
	close_fd(engine, connection);
	connection_closed(engine, connection);
	return true;
}
