/*
 * As many datagrams to one server as it answers, WINDOW of them outstanding, for so many seconds;
 * prints how many answers a second came. It does not look at them, and lets the kernel split and
 * join them (UDP_SEGMENT, UDP_GRO), so the server, whatever it answers, limits the rate. For
 * bench/compare-stamps.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define USAGE                      \
	"Usage: %s PORT SECONDS\n" \
	"Ask the UDP server on that port of 127.0.0.1 and print its answers a second.\n"

#define WINDOW 64u
#define LENGTH 64u
#define LOST_AFTER_US 200000

static uint8_t questions[WINDOW * LENGTH]; /* all zero: of STAMP, in the year 1900 */

static _Noreturn void fail(const char *what)
{
	(void)fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(2);
}

static unsigned long number(const char *text, unsigned long max, const char *program)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || value == 0 || value > max) {
		(void)fprintf(stderr, USAGE, program);
		exit(2);
	}
	return value;
}

static int open_socket(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), length = LENGTH, one = 1;
	struct timeval wait = { .tv_usec = LOST_AFTER_US };

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("127.0.0.1");
	if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &length, sizeof(length)) < 0 ||
	    setsockopt(fd, SOL_UDP, UDP_GRO, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		fail("setsockopt");
	return fd;
}

/* How many answers have come; 0: none for long, so all have been lost. */
static uint32_t receive_some(int fd)
{
	static uint8_t answers[65536];
	ssize_t length = recv(fd, answers, sizeof(answers), 0);

	if (length < 0 && errno != EAGAIN)
		fail("receive");
	return length > 0 ? (uint32_t)(length + LENGTH - 1) / LENGTH : 0;
}

int main(int argc, char **argv)
{
	uint64_t begin_ns, end_ns, now_ns, answers = 0;
	uint32_t count = WINDOW;
	int fd;

	if (argc != 3)
		(void)number("", 0, argv[0]);
	fd = open_socket((uint16_t)number(argv[1], UINT16_MAX, argv[0]));
	begin_ns = clock_now_ns();
	end_ns = begin_ns + number(argv[2], 3600, argv[0]) * NS_PER_S;
	do {
		if (send(fd, questions, count * LENGTH, 0) < 0)
			fail("send");
		count = receive_some(fd);
		answers += count;
		if (count == 0)
			count = WINDOW;
		now_ns = clock_now_ns();
	} while (now_ns < end_ns);
	(void)close(fd);
	(void)printf("%.0f\n", (double)answers * NS_PER_S / (double)(now_ns - begin_ns));
	return answers > 0 ? 0 : 1;
}
