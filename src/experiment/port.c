#include "experiment/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* The states of /proc/net/tcp and udp (net/tcp_states.h of the kernel): a listener, and a socket
 * that is bound and not connected. */
#define STATE_LISTEN 0x0a
#define STATE_UNCONNECTED 0x07

static int port_of(int socket, const char *host, uint16_t *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);

	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return -EINVAL;
	if (bind(socket, (struct sockaddr *)&address, size) < 0 ||
	    getsockname(socket, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	*ret_port = ntohs(address.sin_port);
	return 0;
}

int port_choose(const char *host, enum transport transport, uint16_t *ret_port)
{
	int type = transport == TRANSPORT_UDP ? SOCK_DGRAM : SOCK_STREAM;
	int file = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	int error;

	if (file < 0)
		return -errno;
	error = port_of(file, host, ret_port);
	(void)close(file);
	return error;
}

static bool table_has(pid_t process, const char *table, unsigned wanted_state, uint16_t wanted_port)
{
	char path[64], line[512];
	unsigned port, state;
	bool found = false;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)process, table);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &port, &state) == 2 &&
			port == wanted_port && state == wanted_state;
	if (file)
		(void)fclose(file);
	return found;
}

bool port_is_open(pid_t process, enum transport transport, uint16_t port)
{
	if (transport == TRANSPORT_UDP)
		return table_has(process, "udp", STATE_UNCONNECTED, port) ||
		       table_has(process, "udp6", STATE_UNCONNECTED, port);
	return table_has(process, "tcp", STATE_LISTEN, port) ||
	       table_has(process, "tcp6", STATE_LISTEN, port);
}
