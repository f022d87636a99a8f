/* Datagrams and records of the simulated kernel say what the real one's say. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdalign.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#include <criterion/criterion.h>

#include "base/lacking.h"
#include "sim_script.h"

static int udp_to(const struct sockaddr_storage *name, socklen_t length)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	cr_assert_eq(connect(fd, (const struct sockaddr *)name, length), 0);
	return fd;
}

static void say_unread(struct script_log *log, int fd)
{
	int unread = -1;

	(void)script_did(log, "FIONREAD", ioctl(fd, FIONREAD, &unread));
	script_say(log, "unread %d", unread);
}

/* Receive with all that recvmsg(2) tells. */
static void receive_whole(struct script_log *log, int fd, size_t room, int flags)
{
	char bytes[100] = { 0 };
	struct sockaddr_storage name;
	struct iovec vector = { .iov_base = bytes, .iov_len = room };
	struct msghdr header = {
		.msg_name = &name, .msg_namelen = sizeof(name), .msg_iov = &vector, .msg_iovlen = 1
	};

	if (script_did(log, "recvmsg", recvmsg(fd, &header, flags | MSG_DONTWAIT)) < 0)
		return;
	script_say(log, "'%s' of a name of %u, flags %x", bytes, header.msg_namelen,
		   (unsigned int)header.msg_flags);
}

static void datagrams(struct script_log *log)
{
	struct sockaddr_storage name, told;
	socklen_t length, told_length = sizeof(told);
	int server = script_bound(SOCK_DGRAM, &name, &length), client = udp_to(&name, length);

	script_poll(log, "fresh", server);
	script_receive(log, server, 10);
	script_send(log, server, "to nobody");
	script_send(log, client, "truncated");
	script_await(log, "there", server, POLLIN);
	say_unread(log, server);
	receive_whole(log, server, 4, MSG_PEEK);
	receive_whole(log, server, 4, 0);
	script_send(log, client, "truncated");
	script_await(log, "there", server, POLLIN);
	receive_whole(log, server, 4, MSG_TRUNC);
	script_send(log, client, "");
	script_send(log, client, "last");
	script_await(log, "empty", server, POLLIN);
	receive_whole(log, server, 10, 0);
	script_await(log, "last", server, POLLIN);
	receive_whole(log, server, 10, 0);
	(void)script_did(log, "no peer",
			 getpeername(server, (struct sockaddr *)&told, &told_length));
	(void)script_did(log, "peer", getpeername(client, (struct sockaddr *)&told, &told_length));
	(void)script_did(log, "listen", listen(server, 1));
	(void)script_did(log, "accept", accept4(server, NULL, NULL, 0));
	(void)close(server);
	script_send(log, client, "nobody");
	script_await(log, "unreachable", client, POLLERR);
	script_receive(log, client, 10);
	script_receive(log, client, 10);
	(void)close(client);
}

Test(sim_message, datagrams)
{
	script_compare("datagrams", datagrams);
}

static void too_long(struct script_log *log)
{
	static char bytes[70000];
	struct sockaddr_storage name;
	socklen_t length;
	int server = script_bound(SOCK_DGRAM, &name, &length), client = udp_to(&name, length);

	(void)script_did(log, "largest", send(client, bytes, 65507, 0));
	(void)script_did(log, "larger", send(client, bytes, 65508, 0));
	(void)script_did(log, "much larger", send(client, bytes, sizeof(bytes), 0));
	(void)close(server);
	(void)close(client);
}

Test(sim_message, too_long)
{
	script_compare("too_long", too_long);
}

/* Who is connected hears from its peer alone. */
static void a_connected_socket(struct script_log *log)
{
	struct sockaddr_storage names[3];
	socklen_t length;
	int sockets[3];

	for (int i = 0; i < 3; i++)
		sockets[i] = script_bound(SOCK_DGRAM, &names[i], &length);
	(void)script_did(log, "connect", connect(sockets[0], (struct sockaddr *)&names[1], length));
	(void)script_did(
		log, "stranger",
		sendto(sockets[2], "stranger", 8, 0, (struct sockaddr *)&names[0], length));
	(void)script_did(log, "peer",
			 sendto(sockets[1], "peer", 4, 0, (struct sockaddr *)&names[0], length));
	script_await(log, "there", sockets[0], POLLIN);
	receive_whole(log, sockets[0], 20, 0);
	receive_whole(log, sockets[0], 20, 0);
	for (int i = 0; i < 3; i++)
		(void)close(sockets[i]);
}

Test(sim_message, a_connected_socket)
{
	script_compare("a_connected_socket", a_connected_socket);
}

static void say_control(struct script_log *log, int fd)
{
	alignas(struct cmsghdr) char control[256];
	char bytes[4096];
	struct sockaddr_storage name;
	struct iovec vector = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr header = { .msg_name = &name,
				 .msg_namelen = sizeof(name),
				 .msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control) };
	struct cmsghdr *at;

	if (script_did(log, "recvmsg", recvmsg(fd, &header, MSG_DONTWAIT)) < 0)
		return;
	script_say(log, "family %d", name.ss_family);
	for (at = CMSG_FIRSTHDR(&header); at; at = CMSG_NXTHDR(&header, at)) {
		uint32_t word = 0;
		size_t length = at->cmsg_len - CMSG_LEN(0);

		memcpy(&word, CMSG_DATA(at), length < sizeof(word) ? length : sizeof(word));
		script_say(log, "control %d %d of %zu: %x", at->cmsg_level, at->cmsg_type, length,
			   length <= sizeof(word) ? word : 0u);
	}
}

static void switch_on(int fd, int level, int option)
{
	const int on = 1;

	cr_assert_eq(setsockopt(fd, level, option, &on, sizeof(on)), 0);
}

/* A socket of IPv6 for all addresses hears IPv4, too, and is told to which address it came. */
static void what_is_told_beside(struct script_log *log)
{
	struct sockaddr_in6 name = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	socklen_t length = sizeof(name);
	int server = socket(AF_INET6, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
	int class = 0x28;

	cr_assert_eq(bind(server, (struct sockaddr *)&name, length), 0);
	cr_assert_eq(getsockname(server, (struct sockaddr *)&name, &length), 0);
	switch_on(server, IPPROTO_IPV6, IPV6_RECVPKTINFO);
	switch_on(server, IPPROTO_IP, IP_RECVTTL);
	switch_on(server, IPPROTO_IP, IP_RECVTOS);
	(void)script_did(log, "class",
			 setsockopt(client, IPPROTO_IP, IP_TOS, &class, sizeof(class)));
	four.sin_port = name.sin6_port;
	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)script_did(log, "send",
			 sendto(client, "x", 1, 0, (struct sockaddr *)&four, sizeof(four)));
	script_await(log, "there", server, POLLIN);
	say_control(log, server);
	(void)close(server);
	(void)close(client);
}

Test(sim_message, what_is_told_beside)
{
	script_compare("what_is_told_beside", what_is_told_beside);
}

/* One call sends many datagrams (UDP_SEGMENT). */
static void segments(struct script_log *log)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))] = { 0 };
	const uint16_t size = 100;
	char bytes[250] = { 0 };
	struct iovec vector = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr header = { .msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control) };
	struct sockaddr_storage name;
	socklen_t length;
	int server = script_bound(SOCK_DGRAM, &name, &length), client = udp_to(&name, length);
	struct cmsghdr *said = CMSG_FIRSTHDR(&header);

	*said = (struct cmsghdr){ .cmsg_level = SOL_UDP,
				  .cmsg_type = UDP_SEGMENT,
				  .cmsg_len = CMSG_LEN(sizeof(size)) };
	memcpy(CMSG_DATA(said), &size, sizeof(size));
	(void)script_did(log, "three", sendmsg(client, &header, 0));
	for (int i = 0; i < 3; i++) {
		script_await(log, "there", server, POLLIN);
		say_control(log, server);
	}
	say_control(log, server);
	(void)close(server);
	(void)close(client);
}

Test(sim_message, segments)
{
	script_compare("segments", segments);
}

static void records(struct script_log *log)
{
	int ends[2];

	script_pair(SOCK_SEQPACKET, ends);
	script_poll(log, "fresh", ends[0]);
	script_send(log, ends[0], "one");
	script_send(log, ends[0], "two and more");
	script_send(log, ends[0], "");
	say_unread(log, ends[1]);
	receive_whole(log, ends[1], 50, 0);
	receive_whole(log, ends[1], 3, MSG_TRUNC);
	receive_whole(log, ends[1], 3, 0);
	receive_whole(log, ends[1], 3, 0);
	(void)script_did(log, "shutdown", shutdown(ends[0], SHUT_WR));
	script_poll(log, "ended", ends[1]);
	script_poll(log, "own", ends[0]);
	script_receive(log, ends[1], 3);
	script_send(log, ends[0], "after");
	script_send(log, ends[1], "unread");
	(void)close(ends[0]);
	script_poll(log, "closed", ends[1]);
	script_receive(log, ends[1], 3);
	script_receive(log, ends[1], 3);
	script_send(log, ends[1], "after");
	(void)close(ends[1]);
}

Test(sim_message, records)
{
	script_compare("records", records);
}

static int unix_bound(int type, struct sockaddr_un *ret_name, socklen_t *ret_length)
{
	const struct sockaddr_un unnamed = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	cr_assert_eq(bind(fd, (const struct sockaddr *)&unnamed, sizeof(sa_family_t)), 0);
	*ret_length = sizeof(*ret_name);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)ret_name, ret_length), 0);
	return fd;
}

static void local_datagrams(struct script_log *log)
{
	struct sockaddr_un name, other;
	socklen_t length, other_length;
	int server = unix_bound(SOCK_DGRAM, &name, &length);
	int client = unix_bound(SOCK_DGRAM, &other, &other_length), sent = 0;

	script_say(log, "names of %u and %u", length, other_length);
	script_send(log, client, "to nobody");
	(void)script_did(log, "connect", connect(client, (struct sockaddr *)&name, length));
	script_send(log, client, "hello");
	receive_whole(log, server, 20, 0);
	while (send(client, "x", 1, MSG_DONTWAIT) == 1)
		sent++;
	script_say(log, "sent %d, then %s", sent, strerrorname_np(errno));
	script_poll(log, "full", client);
	receive_whole(log, server, 20, 0);
	script_poll(log, "room", client);
	(void)script_did(
		log, "stranger",
		sendto(server, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&other, other_length));
	(void)close(server);
	script_send(log, client, "gone");
	(void)script_did(log, "connect", connect(client, (struct sockaddr *)&name, length));
	(void)close(client);
}

Test(sim_message, local_datagrams)
{
	script_compare("local_datagrams", local_datagrams);
}

static void local_listeners(struct script_log *log)
{
	struct sockaddr_un name;
	socklen_t length;
	int listener = unix_bound(SOCK_SEQPACKET, &name, &length), accepted;
	int clients[3];

	for (int i = 0; i < 3; i++)
		clients[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	script_poll(log, "unconnected", clients[0]);
	script_receive(log, clients[0], 10);
	script_send(log, clients[0], "x");
	(void)script_did(log, "early", connect(clients[0], (struct sockaddr *)&name, length));
	(void)script_did(log, "listen", listen(listener, 1));
	for (int i = 0; i < 3; i++)
		(void)script_did(log, "connect",
				 connect(clients[i], (struct sockaddr *)&name, length));
	(void)script_did(log, "again", connect(clients[0], (struct sockaddr *)&name, length));
	script_send(log, clients[0], "before it is accepted");
	accepted = accept4(listener, NULL, NULL, 0);
	say_unread(log, accepted);
	script_receive(log, accepted, 100);
	(void)close(listener);
	script_poll(log, "not accepted", clients[1]);
	script_receive(log, clients[1], 10);
	script_receive(log, clients[1], 10);
	for (int i = 0; i < 3; i++)
		(void)close(clients[i]);
	(void)close(accepted);
}

Test(sim_message, local_listeners)
{
	script_compare("local_listeners", local_listeners);
}

/* When something has left: the name of it, and whether there is a time. */
static void say_departure(struct script_log *log, int fd)
{
	alignas(struct cmsghdr) char control[256];
	struct msghdr header = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct scm_timestamping times = { 0 };
	struct sock_extended_err error = { 0 };

	if (script_did(log, "error queue", recvmsg(fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT)) < 0)
		return;
	script_say(log, "flags %x", (unsigned int)header.msg_flags);
	for (struct cmsghdr *at = CMSG_FIRSTHDR(&header); at; at = CMSG_NXTHDR(&header, at)) {
		script_say(log, "control %d %d of %zu", at->cmsg_level, at->cmsg_type,
			   at->cmsg_len - CMSG_LEN(0));
		if (at->cmsg_level == SOL_SOCKET)
			memcpy(&times, CMSG_DATA(at), sizeof(times));
		else
			memcpy(&error, CMSG_DATA(at), sizeof(error));
	}
	script_say(log, "name %u, origin %d, timed %d", error.ee_data, error.ee_origin,
		   times.ts[0].tv_sec > 0);
}

static void ask_departures(struct script_log *log, int fd, uint32_t more)
{
	const uint32_t option = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
				SOF_TIMESTAMPING_OPT_TSONLY | more;

	(void)script_did(log, "ask",
			 setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &option, sizeof(option)));
}

static void departures(struct script_log *log)
{
	struct sockaddr_storage name;
	socklen_t length;
	int server = script_bound(SOCK_DGRAM, &name, &length), client = udp_to(&name, length);
	int ends[2];

	ask_departures(log, client, SOF_TIMESTAMPING_TX_SOFTWARE);
	say_departure(log, client);
	for (int i = 0; i < 2; i++) {
		script_send(log, client, "x");
		script_await(log, "left", client, POLLERR);
		say_departure(log, client);
	}
	script_poll(log, "told", client);
	(void)close(client);
	(void)close(server);
	script_connect(ends);
	script_send(log, ends[0], "before");
	script_gather(log, ends[1], 6);
	ask_departures(log, ends[0], SOF_TIMESTAMPING_TX_SOFTWARE | 1u << 16 /* OPT_ID_TCP */);
	script_send(log, ends[0], "hello");
	script_await(log, "left", ends[0], POLLERR);
	say_departure(log, ends[0]);
	(void)close(ends[0]);
	(void)close(ends[1]);
	client = socket(AF_INET, SOCK_STREAM, 0);
	ask_departures(log, client, SOF_TIMESTAMPING_TX_SOFTWARE);
	(void)close(client);
}

Test(sim_message, departures)
{
	script_compare("departures", departures);
}
