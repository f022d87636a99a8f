/*
 * Waiting until the kernel stamps what it receives. It has one switch for the whole system, thrown
 * by a work item some half a millisecond after the first socket has asked for stamps.
 */
#include <ringside/engine.h>

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "arrival.h"
#include "base/clock.h"
#include "stamping.h"

#define PAUSE_NS (100 * (long)NS_PER_US)

/* A UDP socket that is connected to itself: what it sends, it receives. */
static int mirror_open(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int error, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t length = sizeof(name);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&name, length) == 0 &&
	    getsockname(fd, (struct sockaddr *)&name, &length) == 0 &&
	    connect(fd, (const struct sockaddr *)&name, length) == 0) {
		if (stamping_arrivals(fd, ANCILLARY_ARRIVAL, false))
			return fd;
	}
	error = -errno;
	(void)close(fd);
	return error;
}

/* Send a datagram, then receive it. Is its stamp older than the receive? */
static int mirror_try(int fd, int wait_ms)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(struct timespec[3]))];
	} control;
	uint8_t byte = 0;
	struct iovec vector = { .iov_base = &byte, .iov_len = sizeof(byte) };
	struct msghdr header = { .msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control) };
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct arrival arrival;
	int64_t before_ns;

	if (send(fd, &byte, sizeof(byte), 0) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (poll(&ready, 1, wait_ms) <= 0)
		return 0;
	before_ns = clock_wall_ns();
	if (recvmsg(fd, &header, 0) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	arrival_read(&header, &arrival);
	return arrival.stamp != STAMP_NONE && arrival.ns <= before_ns;
}

int engine_stamps_ready(uint64_t limit_ns)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	uint64_t start_ns = clock_now_ns();
	int result = 0, fd = mirror_open();

	if (fd < 0)
		return fd;
	while ((result = mirror_try(fd, 1)) == 0 && clock_now_ns() - start_ns < limit_ns)
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	(void)close(fd);
	return result < 0 ? result : result > 0 ? 0 : -ETIME;
}
