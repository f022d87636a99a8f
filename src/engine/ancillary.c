/* Asking the kernel for ancillary data, by the socket options there are for each kind of socket. */
#include "ancillary.h"

#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/array.h"
#include "kernel.h"
#include "stamping.h"

static bool switch_on(int fd, int level, int option)
{
	const int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

uint32_t stamping_arrival_flags(uint32_t ancillary)
{
	uint32_t flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

	if (!(ancillary & ANCILLARY_ARRIVAL))
		return 0;
	if (ancillary & ANCILLARY_HARDWARE)
		flags |= SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
	return flags;
}

bool stamping_set(int fd, uint32_t flags)
{
	const uint32_t attempts[] = { flags | KERNEL_STAMP_FILTER, flags };

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &attempts[i],
			       sizeof(attempts[i])) == 0)
			return true;
	return false;
}

/*
 * SO_TIMESTAMPING tells the truth: a packet that has no stamp gets none. SO_TIMESTAMPNS makes one
 * up when it is received, so it is for those that have nothing else. Sockets of AF_UNIX stamp for
 * SO_TIMESTAMPNS alone, in the sender's system call.
 */
bool stamping_arrivals(int fd, uint32_t ancillary, bool is_unix)
{
	return (!is_unix && stamping_set(fd, stamping_arrival_flags(ancillary))) ||
	       switch_on(fd, SOL_SOCKET, SO_TIMESTAMPNS);
}

/* The header of IPv4 is told by the options of IPv4, on sockets of IPv6 too. */
static bool headers_start(int fd, int family)
{
	static const struct {
		int level, option;
	} options[] = {
		{ IPPROTO_IP, IP_RECVTTL },
		{ IPPROTO_IP, IP_RECVTOS },
		{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT },
		{ IPPROTO_IPV6, IPV6_RECVTCLASS },
	};
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (family == AF_INET6 || options[i].level == IPPROTO_IP)
			any = switch_on(fd, options[i].level, options[i].option) || any;
	return any;
}

void ancillary_start(struct connection *connection)
{
	uint32_t asked = connection->ancillary;
	int fd = connection->fd, family;
	socklen_t length = sizeof(family);
	bool told = false;

	if (asked == 0 || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) < 0)
		return;
	/* UNIX streams carry no stamps. */
	if ((asked & ANCILLARY_ARRIVAL) && (family != AF_UNIX || connection->kind != KIND_STREAM))
		told = stamping_arrivals(fd, asked, family == AF_UNIX);
	if ((asked & ANCILLARY_HEADER) && connection_is(connection, CONNECTION_UDP))
		told = headers_start(fd, family) || told;
	if (told)
		connection->flags |= CONNECTION_CONTROL;
}

/*
 * TCP inherits the options of its listener; a UNIX socket does not, and what it was sent before it
 * was accepted has no stamp: the kernel would make one up, so those bytes are counted. A direct
 * descriptor knows no setsockopt(2), so records on those are not stamped.
 */
static bool records_start(struct connection *connection)
{
	int early = 0;

	if (connection_is(connection, CONNECTION_DIRECT) ||
	    !switch_on(connection->fd, SOL_SOCKET, SO_TIMESTAMPNS))
		return false;
	if (ioctl(connection->fd, SIOCINQ, &early) == 0)
		connection->early = (uint32_t)early;
	return true;
}

void ancillary_accepted(const struct connection *listener, struct connection *connection)
{
	connection->ancillary = listener->ancillary;
	if (!connection_is(listener, CONNECTION_CONTROL))
		return;
	if (connection->kind == KIND_STREAM || records_start(connection))
		connection->flags |= CONNECTION_CONTROL;
}
