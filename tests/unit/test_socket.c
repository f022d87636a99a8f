/* Sockets to listen at and to connect with, on loopback and in a folder of our own. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/socket.h"

#define COUNT 3

static const struct socket_options plain = { .backlog = 16 };

static char folder[] = "/tmp/ringside-socket-XXXXXX";
static char path[64], path_url[80];
static struct error problem;
static struct listening bound;
static struct url url;
static int fds[COUNT];

static void make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/s", folder);
	(void)snprintf(path_url, sizeof(path_url), "unix:%s", path);
}

static void remove_folder(void)
{
	(void)unlink(path);
	(void)rmdir(folder);
}

TestSuite(socket, .init = make_folder, .fini = remove_folder);

static struct address first_address(const char *text)
{
	struct address_list list;

	cr_assert_eq(url_parse(text, NULL, &url, &problem), 0, "%s", problem.text);
	cr_assert_eq(address_resolve(&url, ADDRESS_TO_LISTEN, &list, &problem), 0);
	return list.addresses[0];
}

static int listen_at(const char *text, uint32_t count)
{
	struct address address = first_address(text);

	return socket_listen(url.transport, &address, &plain, count, fds, &bound, &problem);
}

static struct url_text bound_url(void)
{
	return url_format(&url, &bound.address.any, bound.address.length);
}

static int client_of(const struct address *server, enum transport transport)
{
	int fd;

	cr_assert_eq(socket_client(transport, server, &plain, &fd, &problem), 0, "%s",
		     problem.text);
	return fd;
}

static int option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	cr_assert_eq(getsockopt(fd, level, option, &value, &size), 0);
	return value;
}

static bool readable(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, 10000) == 1;
}

static mode_t mode_of(const char *file)
{
	struct stat status;

	return lstat(file, &status) < 0 ? 0 : status.st_mode;
}

Test(socket, every_descriptor_is_nonblocking_and_closed_on_exec)
{
	static const char *const urls[] = { "tcp://127.0.0.1:0", "udp://127.0.0.1:0",
					    "unix:@ringside-test-flags" };

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		cr_assert_eq(listen_at(urls[i], 2), 0, "%s", problem.text);
		for (int k = 0; k < 2; k++) {
			cr_expect(fcntl(fds[k], F_GETFL) & O_NONBLOCK);
			cr_expect(fcntl(fds[k], F_GETFD) & FD_CLOEXEC);
		}
	}
}

Test(socket, port_zero_becomes_a_real_port)
{
	cr_assert_eq(listen_at("tcp://127.0.0.1:0", 1), 0, "%s", problem.text);
	cr_assert_neq(address_port(&bound.address.any), 0);
	cr_assert_eq(strncmp(bound_url().text, "tcp://127.0.0.1:", 16), 0);
}

Test(socket, accepted_connection_inherits_nodelay)
{
	int client, accepted;

	cr_assert_eq(listen_at("tcp://127.0.0.1:0", 1), 0, "%s", problem.text);
	client = client_of(&bound.address, TRANSPORT_TCP);
	cr_assert_eq(option_of(client, IPPROTO_TCP, TCP_NODELAY), 1);
	(void)connect(client, &bound.address.any, bound.address.length);
	cr_assert(readable(fds[0]));
	accepted = accept(fds[0], NULL, NULL);
	cr_assert_geq(accepted, 0);
	cr_assert_eq(option_of(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
}

Test(socket, what_an_accepted_connection_leaves_unsent_is_bounded)
{
	static const char bytes[65536];
	int client, accepted, unsent, in_flight;

	cr_assert_eq(listen_at("tcp://127.0.0.1:0", 1), 0, "%s", problem.text);
	client = client_of(&bound.address, TRANSPORT_TCP);
	(void)connect(client, &bound.address.any, bound.address.length);
	cr_assert(readable(fds[0]));
	accepted = accept4(fds[0], NULL, NULL, SOCK_NONBLOCK);
	cr_assert_geq(accepted, 0);
	/* The peer reads nothing, so this ends. */
	while (send(accepted, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0)
		;
	cr_assert_eq(errno, EAGAIN);
	cr_assert_eq(ioctl(accepted, SIOCOUTQNSD, &unsent), 0);
	cr_assert_eq(ioctl(accepted, SIOCOUTQ, &in_flight), 0);
	cr_assert_lt(unsent, 256 * 1024, "%d bytes unsent, %d unacknowledged", unsent, in_flight);
}

Test(socket, siblings_share_a_port_that_zero_chose)
{
	struct address other;

	cr_assert_eq(listen_at("udp://127.0.0.1:0", COUNT), 0, "%s", problem.text);
	for (int i = 0; i < COUNT; i++) {
		cr_assert_eq(address_of_socket(fds[i], &other), 0);
		cr_assert_eq(address_port(&other.any), address_port(&bound.address.any));
	}
}

/* Two servers of one user, both with several threads: SO_REUSEPORT alone would let them share. */
Test(socket, port_in_use_is_found_also_by_siblings)
{
	struct url_text taken;

	cr_assert_eq(listen_at("tcp://127.0.0.1:0", COUNT), 0, "%s", problem.text);
	taken = bound_url();
	cr_assert_eq(listen_at(taken.text, COUNT), -EADDRINUSE);
	cr_assert_not_null(strstr(problem.text, taken.text));
	cr_assert_not_null(strstr(problem.text, "another process has that port"));
	cr_assert_eq(listen_at(taken.text, 1), -EADDRINUSE);
}

Test(socket, failed_listen_leaves_no_descriptor_open)
{
	struct url_text taken;
	int before, after;

	cr_assert_eq(listen_at("udp://127.0.0.1:0", 1), 0, "%s", problem.text);
	taken = bound_url();
	before = dup(0);
	(void)close(before);
	cr_assert_eq(listen_at(taken.text, COUNT), -EADDRINUSE);
	after = dup(0);
	cr_assert_eq(before, after);
}

Test(socket, address_of_another_host_is_told)
{
	cr_assert_eq(listen_at("tcp://192.0.2.1:7777", 1), -EADDRNOTAVAIL);
	cr_assert_str_eq(problem.text, "cannot listen at tcp://192.0.2.1:7777: "
				       "that is no address of this host");
}

Test(socket, all_addresses_serve_ipv4_and_ipv6)
{
	struct address server;
	int client;

	cr_assert_eq(listen_at("tcp://:0", 1), 0, "%s", problem.text);
	if (bound.address.any.sa_family != AF_INET6)
		cr_skip("no IPv6 here");
	server = first_address("tcp://127.0.0.1:0");
	server.v4.sin_port = bound.address.v6.sin6_port;
	client = client_of(&server, TRANSPORT_TCP);
	(void)connect(client, &server.any, server.length);
	cr_assert(readable(fds[0]));
}

Test(socket, single_ipv6_address_leaves_ipv4_alone)
{
	if (listen_at("tcp://[::1]:0", 1) == -EAFNOSUPPORT || bound.address.length == 0)
		cr_skip("no IPv6 here");
	cr_assert_eq(option_of(fds[0], IPPROTO_IPV6, IPV6_V6ONLY), 1);
}

Test(socket, datagrams_to_all_addresses_tell_which_was_asked)
{
	cr_assert_eq(listen_at("udp://0.0.0.0:0", 1), 0, "%s", problem.text);
	cr_assert_eq(option_of(fds[0], IPPROTO_IP, IP_PKTINFO), 1);
	cr_assert_eq(listen_at("udp://127.0.0.1:0", 1), 0, "%s", problem.text);
	cr_assert_eq(option_of(fds[0], IPPROTO_IP, IP_PKTINFO), 0);
}

Test(socket, keepalive_and_user_timeout_are_set_where_asked)
{
	struct socket_options options = { .keepalive = true, .user_timeout_ns = 3000000000 };
	struct address address = first_address("tcp://127.0.0.1:0");

	cr_assert_eq(socket_listen(TRANSPORT_TCP, &address, &options, 1, fds, &bound, &problem), 0);
	cr_assert_eq(option_of(fds[0], SOL_SOCKET, SO_KEEPALIVE), 1);
	cr_assert_eq(option_of(fds[0], IPPROTO_TCP, TCP_USER_TIMEOUT), 3000);
}

Test(socket, extra_options_win)
{
	struct sockopt_list extras = { .count = 0 };
	struct socket_options options = { .extras = &extras };
	struct address address = first_address("tcp://127.0.0.1:0");

	cr_assert_eq(sockopt_parse("nodelay=off", &extras, &problem), 0);
	cr_assert_eq(socket_listen(TRANSPORT_TCP, &address, &options, 1, fds, &bound, &problem), 0);
	cr_assert_eq(option_of(fds[0], IPPROTO_TCP, TCP_NODELAY), 0);
}

Test(socket, unix_file_is_for_owner_and_group_whatever_the_umask)
{
	(void)umask(0077);
	cr_assert_eq(listen_at(path_url, 1), 0, "%s", problem.text);
	cr_assert_eq(mode_of(path), S_IFSOCK | 0660);
}

Test(socket, stale_unix_file_is_replaced)
{
	int client;

	cr_assert_eq(listen_at(path_url, 1), 0, "%s", problem.text);
	(void)close(fds[0]);
	cr_assert_eq(listen_at(path_url, 1), 0, "%s", problem.text);
	client = client_of(&bound.address, TRANSPORT_UNIX);
	cr_assert_eq(connect(client, &bound.address.any, bound.address.length), 0);
}

Test(socket, live_unix_server_is_never_replaced)
{
	char sentence[160], packet[80];
	int live;

	cr_assert_eq(listen_at(path_url, 1), 0, "%s", problem.text);
	live = fds[0];
	cr_assert_eq(listen_at(path_url, 1), -EADDRINUSE);
	(void)snprintf(sentence, sizeof(sentence),
		       "cannot listen at %s: a server is listening there", path_url);
	cr_assert_str_eq(problem.text, sentence);
	(void)snprintf(packet, sizeof(packet), "unixgram:%s", path);
	cr_assert_eq(listen_at(packet, 1), -EADDRINUSE, "of another type");
	cr_assert(readable(live), "the live server still gets its connections");
}

Test(socket, file_that_is_no_socket_is_never_replaced)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(listen_at(path_url, 1), -EEXIST);
	cr_assert_not_null(strstr(problem.text, "something that is no socket stands there"));
	cr_assert_eq(mode_of(path), S_IFREG | 0600);
}

Test(socket, missing_folder_is_told)
{
	cr_assert_eq(listen_at("unix:/nowhere/at/all", 1), -ENOENT);
	cr_assert_str_eq(problem.text,
			 "cannot listen at unix:/nowhere/at/all: there is no such directory");
}

Test(socket, own_unix_file_is_removed)
{
	cr_assert_eq(listen_at(path_url, 1), 0, "%s", problem.text);
	socket_unlink(&bound);
	cr_assert_eq(mode_of(path), 0);
}

Test(socket, file_of_a_successor_is_left_alone)
{
	struct listening former;

	cr_assert_eq(listen_at(path_url, 1), 0, "%s", problem.text);
	former = bound;
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(listen_at(path_url, 1), 0, "%s", problem.text);
	socket_unlink(&former);
	cr_assert_eq(mode_of(path) & S_IFMT, S_IFSOCK);
}

Test(socket, threads_share_a_unix_listener)
{
	int client, accepted;

	cr_assert_eq(listen_at("unix:@ringside-test-shared", COUNT), 0, "%s", problem.text);
	client = client_of(&bound.address, TRANSPORT_UNIX);
	cr_assert_eq(connect(client, &bound.address.any, bound.address.length), 0);
	accepted = accept(fds[COUNT - 1], NULL, NULL);
	cr_assert_geq(accepted, 0);
}

Test(socket, unix_datagram_client_can_be_answered)
{
	struct sockaddr_un from;
	socklen_t length = sizeof(from);
	char byte = 'x';
	int client;

	cr_assert_eq(listen_at("unixgram:@ringside-test-answer", 1), 0, "%s", problem.text);
	client = client_of(&bound.address, TRANSPORT_UNIXGRAM);
	cr_assert_eq(connect(client, &bound.address.any, bound.address.length), 0);
	cr_assert_eq(send(client, &byte, 1, 0), 1);
	cr_assert_eq(recvfrom(fds[0], &byte, 1, 0, (struct sockaddr *)&from, &length), 1);
	cr_assert_eq(sendto(fds[0], "y", 1, 0, (struct sockaddr *)&from, length), 1);
	cr_assert_eq(recv(client, &byte, 1, 0), 1);
	cr_assert_eq(byte, 'y');
}

Test(socket, records_keep_their_ends)
{
	char buffer[16];
	int client, accepted;

	cr_assert_eq(listen_at("unixpacket:@ringside-test-records", 1), 0, "%s", problem.text);
	client = client_of(&bound.address, TRANSPORT_UNIXPACKET);
	cr_assert_eq(connect(client, &bound.address.any, bound.address.length), 0);
	accepted = accept(fds[0], NULL, NULL);
	cr_assert_eq(send(client, "ab", 2, 0), 2);
	cr_assert_eq(send(client, "c", 1, 0), 1);
	cr_assert_eq(recv(accepted, buffer, sizeof(buffer), 0), 2);
	cr_assert_eq(recv(accepted, buffer, sizeof(buffer), 0), 1);
}
