/*
 * Does a peer take what it is sent, although no send ends? io_uring tells of a send when the last
 * of its bytes is gone, epoll when a good part of the socket's buffer is free. Over a slow line
 * that may be seconds, in which the peer reads as fast as it can. TCP knows better: it is asked
 * before anybody is reset.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/tcp.h>

#include "backend.h"

/* What the peer has acknowledged, modulo 2^32. A direct descriptor is none that can be asked, and
 * UNIX sockets know nothing of the kind. */
static bool acknowledged(const struct connection *connection, uint32_t *ret_bytes)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	if (connection->kind != KIND_STREAM || connection_is(connection, CONNECTION_DIRECT) ||
	    getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
		return false;
	*ret_bytes = (uint32_t)info.tcpi_bytes_acked;
	return true;
}

bool peer_takes(struct engine *engine, struct connection *connection, uint32_t least,
		uint64_t limit_ns)
{
	bool first = (int32_t)(connection->asked_ms - connection->progress_ms) < 0;
	uint32_t taken;

	if (!acknowledged(connection, &taken))
		return false;
	if (!first && taken - connection->taken < least)
		return engine->now_ms - connection->asked_ms < limit_ns / 2 / NS_PER_MS;
	connection->asked_ms = engine->now_ms;
	connection->taken = taken;
	if (!first)
		connection->progress_ms = engine->now_ms;
	return true;
}
