#include "reference.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define USAGE                                                                               \
	"Usage: %s [--spin MICROSECONDS] [--message BYTES] tcp|udp\n"                       \
	"Echo on a free port of 127.0.0.1, named on standard output, until SIGTERM, with\n" \
	"buffers that suit messages of so many bytes.\n"

/* A burst of datagrams waits here while the loop is busy. */
#define DATAGRAM_ROOM (4 << 20)

void reference_fail(const char *what, int error)
{
	(void)fprintf(stderr, "reference: %s: %s\n", what, strerror(abs(error)));
	exit(2);
}

static _Noreturn void usage(const char *program)
{
	(void)fprintf(stderr, USAGE, program);
	exit(2);
}

static uint64_t number(const char *text, uint64_t max, const char *program)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (end == text || *end != '\0' || value > max)
		usage(program);
	return value;
}

static struct reference parse(int argc, char **argv)
{
	static const struct option rows[] = {
		{ "spin", required_argument, NULL, 's' },
		{ "message", required_argument, NULL, 'm' },
		{ 0 },
	};
	struct reference reference = { .message_size = 64 };
	int key;

	while ((key = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		if (key == 's')
			reference.spin_ns = number(optarg, 1000000, argv[0]) * 1000;
		else if (key == 'm')
			reference.message_size = (uint32_t)number(optarg, 1 << 20, argv[0]);
		else
			usage(argv[0]);
	}
	if (optind != argc - 1)
		usage(argv[0]);
	reference.udp = strcmp(argv[optind], "udp") == 0;
	if (!reference.udp && strcmp(argv[optind], "tcp") != 0)
		usage(argv[0]);
	return reference;
}

static int open_socket(bool udp)
{
	int type = (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type, 0), one = 1, room = DATAGRAM_ROOM;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		reference_fail("127.0.0.1", errno);
	if (udp) {
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
		return fd;
	}
	/* Connections inherit it: the last segment of a long reply must not wait for an ACK. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (listen(fd, 4096) < 0)
		reference_fail("listen", errno);
	return fd;
}

static int open_signals(void)
{
	sigset_t signals;
	int fd;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		reference_fail("signalfd", errno);
	return fd;
}

struct reference reference_open(int argc, char **argv)
{
	struct reference reference = parse(argc, argv);

	reference.fd = open_socket(reference.udp);
	reference.signal_fd = open_signals();
	return reference;
}

void reference_ready(const struct reference *reference)
{
	struct sockaddr_in address = { 0 };
	socklen_t length = sizeof(address);

	if (getsockname(reference->fd, (struct sockaddr *)&address, &length) < 0)
		reference_fail("getsockname", errno);
	printf("listening %s://127.0.0.1:%u\n", reference->udp ? "udp" : "tcp",
	       ntohs(address.sin_port));
	(void)fflush(stdout);
}
