/* What the kernel threw away at datagram sockets: asked for when somebody wants to know. */
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include "backend.h"

/* The socket's own counter, of 32 bits. A kernel before 4.12 does not tell: 0. */
static uint32_t drops_at(int fd)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t length = sizeof(memory);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) < 0)
		return 0;
	return memory[SK_MEMINFO_DROPS];
}

void drops_keep(struct engine *engine, const struct connection *connection)
{
	if (connection->kind == KIND_DATAGRAM)
		engine->kernel_drops += drops_at(connection->fd);
}

/* Has a slot a datagram socket that is open? Those are never direct descriptors. */
static bool has_socket(const struct connection *connection)
{
	return connection->kind == KIND_DATAGRAM && connection->state != STATE_FREE &&
	       connection->state != STATE_CLOSED && !connection_is(connection, CONNECTION_GONE);
}

uint64_t engine_kernel_drops(const struct engine *engine)
{
	uint64_t drops = engine->kernel_drops;

	for (uint32_t i = 0; i < engine->connections.used; i++)
		if (has_socket(&engine->connections.table[i]))
			drops += drops_at(engine->connections.table[i].fd);
	return drops;
}
