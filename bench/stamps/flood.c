/*
 * As many datagrams to one server as it answers, WINDOW of them outstanding, for so many seconds;
 * prints how many answers a second came, and does not look at them. "singles": each is sent and
 * received by itself, many to a system call, as by peers who know nothing of each other. "runs":
 * the kernel splits and joins them (UDP_SEGMENT, UDP_GRO), so that next to nothing but the server's
 * own work limits the rate. For bench/compare-stamps.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"

#define USAGE                                   \
	"Usage: %s PORT SECONDS singles|runs\n" \
	"Ask the UDP server on that port of 127.0.0.1 and print its answers a second.\n"

#define WINDOW 64u
#define LENGTH 64u
#define LOST_AFTER_US 200000

static uint8_t questions[WINDOW * LENGTH]; /* all zero: of STAMP, in the year 1900 */
static uint8_t answers[65536];

static _Noreturn void fail(const char *what)
{
	(void)fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(2);
}

static _Noreturn void usage(const char *program)
{
	(void)fprintf(stderr, USAGE, program);
	exit(2);
}

static unsigned long number(const char *text, unsigned long max, const char *program)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || value == 0 || value > max)
		usage(program);
	return value;
}

static int open_socket(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval wait = { .tv_usec = LOST_AFTER_US };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		fail("127.0.0.1");
	return fd;
}

static void join_runs(int fd)
{
	const int length = LENGTH, on = 1;

	if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &length, sizeof(length)) < 0 ||
	    setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on)) < 0)
		fail("setsockopt");
}

/* Each way of sending takes count of them; each way of receiving says how many answers have come,
 * 0 if none did for long: all have been lost. */
static void send_run(int fd, uint32_t count)
{
	if (send(fd, questions, count * LENGTH, 0) < 0)
		fail("send");
}

static uint32_t receive_run(int fd)
{
	ssize_t length = recv(fd, answers, sizeof(answers), 0);

	if (length < 0 && errno != EAGAIN)
		fail("receive");
	return length > 0 ? (uint32_t)(length + LENGTH - 1) / LENGTH : 0;
}

/* Headers of datagrams side by side in memory. */
static void describe(uint8_t *bytes, struct mmsghdr *headers, struct iovec *vectors)
{
	for (uint32_t i = 0; i < WINDOW; i++) {
		vectors[i] = (struct iovec){ .iov_base = bytes + i * LENGTH, .iov_len = LENGTH };
		headers[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &vectors[i],
							    .msg_iovlen = 1 } };
	}
}

static void send_singles(int fd, uint32_t count)
{
	struct mmsghdr headers[WINDOW];
	struct iovec vectors[WINDOW];

	describe(questions, headers, vectors);
	if (sendmmsg(fd, headers, count, 0) < 0)
		fail("send");
}

static uint32_t receive_singles(int fd)
{
	struct mmsghdr headers[WINDOW];
	struct iovec vectors[WINDOW];
	int count;

	describe(answers, headers, vectors);
	count = recvmmsg(fd, headers, WINDOW, MSG_WAITFORONE, NULL);
	if (count < 0 && errno != EAGAIN)
		fail("receive");
	return count > 0 ? (uint32_t)count : 0;
}

static double answers_per_s(int fd, uint64_t for_ns, bool runs)
{
	uint64_t begin_ns = clock_now_ns(), now_ns, total = 0;
	uint32_t count = WINDOW;

	do {
		(runs ? send_run : send_singles)(fd, count);
		count = (runs ? receive_run : receive_singles)(fd);
		total += count;
		if (count == 0)
			count = WINDOW;
		now_ns = clock_now_ns();
	} while (now_ns - begin_ns < for_ns);
	return (double)total * NS_PER_S / (double)(now_ns - begin_ns);
}

int main(int argc, char **argv)
{
	uint64_t for_ns;
	bool runs;
	double rate;
	int fd;

	if (argc != 4 || (strcmp(argv[3], "singles") != 0 && strcmp(argv[3], "runs") != 0))
		usage(argv[0]);
	runs = strcmp(argv[3], "runs") == 0;
	for_ns = number(argv[2], 3600, argv[0]) * NS_PER_S;
	fd = open_socket((uint16_t)number(argv[1], UINT16_MAX, argv[0]));
	if (runs)
		join_runs(fd);
	rate = answers_per_s(fd, for_ns, runs);
	(void)close(fd);
	(void)printf("%.0f\n", rate);
	return rate > 0 ? 0 : 1;
}
