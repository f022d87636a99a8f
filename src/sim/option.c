#include "option.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#include <linux/tcp.h>

#include "base/array.h"
#include "departures.h"

#define BUFFER_MIN 4608
#define BUFFER_MAX 425984 /* net.core.rmem_max, doubled */
#define MEMINFO_COUNT 9	  /* SK_MEMINFO_VARS */
#define MEMINFO_DROPS 8

struct option_row {
	int level, option;
	enum socket_option number;
	bool doubled; /* a size of a buffer */
	int domain;   /* that it needs; 0: any */
	int type;
};

static const struct option_row rows[] = {
	{ SOL_SOCKET, SO_REUSEADDR, OPTION_REUSEADDR, false, 0, 0 },
	{ SOL_SOCKET, SO_REUSEPORT, OPTION_REUSEPORT, false, 0, 0 },
	{ SOL_SOCKET, SO_KEEPALIVE, OPTION_KEEPALIVE, false, 0, 0 },
	{ SOL_SOCKET, SO_SNDBUF, OPTION_SNDBUF, true, 0, 0 },
	{ SOL_SOCKET, SO_RCVBUF, OPTION_RCVBUF, true, 0, 0 },
	{ SOL_SOCKET, SO_BROADCAST, OPTION_BROADCAST, false, 0, 0 },
	{ SOL_SOCKET, SO_PRIORITY, OPTION_PRIORITY, false, 0, 0 },
	{ SOL_SOCKET, SO_MARK, OPTION_MARK, false, 0, 0 },
	{ SOL_SOCKET, SO_BUSY_POLL, OPTION_BUSY_POLL, false, 0, 0 },
	{ SOL_SOCKET, SO_PREFER_BUSY_POLL, OPTION_PREFER_BUSY_POLL, false, 0, 0 },
	{ SOL_SOCKET, SO_INCOMING_CPU, OPTION_INCOMING_CPU, false, 0, 0 },
	{ SOL_SOCKET, SO_RXQ_OVFL, OPTION_RXQ_OVFL, false, 0, 0 },
	{ SOL_SOCKET, SO_PASSCRED, OPTION_PASSCRED, false, 0, 0 },
	{ SOL_SOCKET, SO_TIMESTAMPNS, OPTION_TIMESTAMPNS, false, 0, 0 },
	{ SOL_SOCKET, SO_TIMESTAMPING, OPTION_TIMESTAMPING, false, 0, 0 },
	{ IPPROTO_IP, IP_TOS, OPTION_TOS, false, AF_INET, 0 },
	{ IPPROTO_IP, IP_TTL, OPTION_TTL, false, AF_INET, 0 },
	{ IPPROTO_IP, IP_PKTINFO, OPTION_IP_PKTINFO, false, AF_INET, 0 },
	{ IPPROTO_IP, IP_RECVTOS, OPTION_IP_RECVTOS, false, AF_INET, 0 },
	{ IPPROTO_IP, IP_RECVTTL, OPTION_IP_RECVTTL, false, AF_INET, 0 },
	{ IPPROTO_IP, IP_RECVERR, OPTION_IP_RECVERR, false, AF_INET, 0 },
	{ IPPROTO_IP, IP_MTU_DISCOVER, OPTION_IP_MTU_DISCOVER, false, AF_INET, 0 },
	{ IPPROTO_IPV6, IPV6_V6ONLY, OPTION_V6ONLY, false, AF_INET6, 0 },
	{ IPPROTO_IPV6, IPV6_TCLASS, OPTION_TCLASS, false, AF_INET6, 0 },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, OPTION_HOPS, false, AF_INET6, 0 },
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, OPTION_V6_PKTINFO, false, AF_INET6, 0 },
	{ IPPROTO_IPV6, IPV6_RECVTCLASS, OPTION_V6_RECVTCLASS, false, AF_INET6, 0 },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, OPTION_V6_RECVHOPS, false, AF_INET6, 0 },
	{ IPPROTO_TCP, TCP_NODELAY, OPTION_NODELAY, false, AF_INET, SOCK_STREAM },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, OPTION_USER_TIMEOUT, false, AF_INET, SOCK_STREAM },
	{ IPPROTO_TCP, TCP_QUICKACK, OPTION_TCP_OTHER, false, AF_INET, SOCK_STREAM },
	{ IPPROTO_TCP, TCP_KEEPIDLE, OPTION_TCP_OTHER, false, AF_INET, SOCK_STREAM },
	{ IPPROTO_TCP, TCP_KEEPINTVL, OPTION_TCP_OTHER, false, AF_INET, SOCK_STREAM },
	{ IPPROTO_TCP, TCP_KEEPCNT, OPTION_TCP_OTHER, false, AF_INET, SOCK_STREAM },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, OPTION_TCP_OTHER, false, AF_INET, SOCK_STREAM },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT, OPTION_TCP_OTHER, false, AF_INET, SOCK_STREAM },
	{ IPPROTO_TCP, TCP_FASTOPEN, OPTION_TCP_OTHER, false, AF_INET, SOCK_STREAM },
	{ IPPROTO_TCP, TCP_MAXSEG, OPTION_TCP_OTHER, false, AF_INET, SOCK_STREAM },
	{ SOL_UDP, UDP_SEGMENT, OPTION_UDP_SEGMENT, false, AF_INET, SOCK_DGRAM },
	{ SOL_UDP, UDP_GRO, OPTION_UDP_GRO, false, AF_INET, SOCK_DGRAM },
};

void socket_options_init(struct sim_socket *socket)
{
	int *values = socket->options.values;

	values[OPTION_SNDBUF] = values[OPTION_RCVBUF] = 212992;
	if (socket->kind == &kind_tcp) {
		values[OPTION_SNDBUF] = 16384;
		values[OPTION_RCVBUF] = 131072;
	}
	values[OPTION_TTL] = values[OPTION_HOPS] = 64;
	values[OPTION_INCOMING_CPU] = -1;
}

/* Options of IPv4 are there on sockets of IPv6, too. */
static bool has(const struct sim_socket *socket, const struct option_row *row)
{
	if (row->domain == AF_INET && socket_is_unix(socket))
		return false;
	if (row->domain == AF_INET6 && socket->domain != AF_INET6)
		return false;
	return row->type == 0 || row->type == socket->type;
}

static const struct option_row *find(const struct sim_socket *socket, int level, int option)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].level == level && rows[i].option == option && has(socket, &rows[i]))
			return &rows[i];
	return NULL;
}

static int missing(const struct sim_socket *socket, int level)
{
	return level == SOL_SOCKET || !socket_is_unix(socket) ? -ENOPROTOOPT : -EOPNOTSUPP;
}

static int linger_set(struct sim_socket *socket, const void *value, socklen_t length)
{
	struct linger linger;

	if (length < sizeof(linger))
		return -EINVAL;
	memcpy(&linger, value, sizeof(linger));
	socket->options.values[OPTION_LINGER_ON] = linger.l_onoff != 0;
	socket->options.values[OPTION_LINGER_S] = linger.l_linger;
	return 0;
}

static int buffer_size(int asked)
{
	int64_t doubled = 2 * (int64_t)asked;

	if (doubled > BUFFER_MAX)
		return BUFFER_MAX;
	return doubled < BUFFER_MIN ? BUFFER_MIN : (int)doubled;
}

int sim_number(const void *value, size_t length)
{
	uint8_t small;
	uint16_t middle;
	int number;

	switch (length) {
	case 0:
		return 0;
	case 1:
		memcpy(&small, value, sizeof(small));
		return small;
	case 2:
	case 3:
		memcpy(&middle, value, sizeof(middle));
		return middle;
	default:
		memcpy(&number, value, sizeof(number));
		return number;
	}
}

int sim_socket_option_set(struct sim_socket *socket, int level, int option, const void *value,
			  socklen_t length)
{
	const struct option_row *row;
	int number;

	if (level == SOL_SOCKET && option == SO_LINGER)
		return linger_set(socket, value, length);
	row = find(socket, level, option);
	if (!row)
		return missing(socket, level);
	if (length < sizeof(number) && level != IPPROTO_IP)
		return -EINVAL;
	number = sim_number(value, length);
	if (row->number == OPTION_TIMESTAMPING && !socket_is_unix(socket)) {
		int error = departures_ask(socket, (uint32_t)number);

		if (error)
			return error;
	}
	socket->options.values[row->number] = row->doubled ? buffer_size(number) : number;
	return 0;
}

static void give(const void *value, size_t size, void *ret_value, socklen_t *length)
{
	if (*length > size)
		*length = (socklen_t)size;
	memcpy(ret_value, value, *length);
}

/* What is no setting. */
static int told(struct sim_socket *socket, int option, int *ret_number)
{
	switch (option) {
	case SO_ERROR:
		*ret_number = -socket_take_error(socket);
		return 0;
	case SO_TYPE:
		*ret_number = socket->type;
		return 0;
	case SO_DOMAIN:
		*ret_number = socket->domain;
		return 0;
	case SO_PROTOCOL:
		*ret_number = socket->protocol;
		return 0;
	case SO_ACCEPTCONN:
		*ret_number = socket->state == SOCKET_LISTENING;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static bool told_whole(const struct sim_socket *socket, int level, int option, void *value,
		       socklen_t *length)
{
	const struct linger linger = { .l_onoff = option_value(socket, OPTION_LINGER_ON),
				       .l_linger = option_value(socket, OPTION_LINGER_S) };
	const struct ucred credentials = { .pid = 4242, .uid = 1000, .gid = 1000 };
	const struct tcp_info info = { .tcpi_bytes_acked = socket->taken };
	uint32_t memory[MEMINFO_COUNT] = { [MEMINFO_DROPS] = socket->dropped };

	if (level == IPPROTO_TCP && option == TCP_INFO && socket->kind == &kind_tcp) {
		give(&info, sizeof(info), value, length);
		return true;
	}
	if (level != SOL_SOCKET)
		return false;
	if (option == SO_LINGER)
		give(&linger, sizeof(linger), value, length);
	else if (option == SO_MEMINFO)
		give(memory, sizeof(memory), value, length);
	else if (option == SO_PEERCRED && socket_is_unix(socket))
		give(&credentials, sizeof(credentials), value, length);
	else
		return false;
	return true;
}

int sim_socket_option_get(struct sim_socket *socket, int level, int option, void *value,
			  socklen_t *length)
{
	const struct option_row *row = find(socket, level, option);
	int number = 0;

	if (told_whole(socket, level, option, value, length))
		return 0;
	if (row)
		number = option_value(socket, row->number);
	else if (level != SOL_SOCKET || told(socket, option, &number) < 0)
		return missing(socket, level);
	give(&number, sizeof(number), value, length);
	return 0;
}
