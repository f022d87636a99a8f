/* Departures, tried once: by a name of ours, as a completion and in an error queue; or counted. */
#include <errno.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <stdalign.h>
#include <string.h>
#include <unistd.h>

#include <liburing.h>

#include "attempt.h"
#include "kernel.h"

#define ENTRIES 8u
#define WAIT_MS 200
#define NAME 0x80000001u /* no count, and as a completion's result it looks like an error */

/* A socket whose datagrams can be stamped, or a negative errno. */
static int stamped_loop(void)
{
	const uint32_t option = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
				SOF_TIMESTAMPING_OPT_TSONLY;
	int error, fd = attempt_udp_loop();

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &option, sizeof(option)) == 0)
		return fd;
	error = -errno;
	(void)close(fd);
	return error;
}

static struct cmsghdr *put(struct cmsghdr *at, int type, uint32_t value)
{
	*at = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
				.cmsg_type = type,
				.cmsg_len = CMSG_LEN(sizeof(value)) };
	memcpy(CMSG_DATA(at), &value, sizeof(value));
	return (struct cmsghdr *)((uint8_t *)at + CMSG_SPACE(sizeof(value)));
}

/* A datagram that asks for its stamp, under NAME or under the kernel's count. */
static int send_stamped(int fd, bool named)
{
	alignas(struct cmsghdr) uint8_t control[2 * CMSG_SPACE(sizeof(uint32_t))] = { 0 };
	struct iovec vector = { .iov_base = &(char){ 0 }, .iov_len = 1 };
	struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *end = put((struct cmsghdr *)control, SO_TIMESTAMPING,
				  SOF_TIMESTAMPING_TX_SOFTWARE);

	if (named)
		end = put(end, KERNEL_STAMP_ID, NAME);
	header.msg_controllen = (socklen_t)((uint8_t *)end - control);
	return sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Send, and wait for the completion of its stamp. */
static int departure_on(struct io_uring *ring, int fd)
{
	struct __kernel_timespec limit = { .tv_nsec = WAIT_MS * 1000000ll };
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	struct io_uring_cqe *cqe;
	int error = send_stamped(fd, true);

	if (error < 0)
		return error;
	io_uring_prep_cmd_sock(sqe, (int)KERNEL_COMMAND_SENT, fd, 0, 0, NULL, 0);
	error = io_uring_submit_and_wait_timeout(ring, &cqe, 1, &limit, NULL);
	if (error < 0)
		return error;
	if (cqe == NULL)
		return -ETIME;
	if (!(cqe->flags & IORING_CQE_F_MORE))
		return cqe->res < 0 ? cqe->res : -EOPNOTSUPP;
	return (uint32_t)cqe->res == NAME ? 0 : -EOPNOTSUPP;
}

int attempt_departures(void)
{
	struct io_uring ring;
	int fd, error = io_uring_queue_init(ENTRIES, &ring, IORING_SETUP_CQE32);

	if (error < 0)
		return error;
	fd = stamped_loop();
	if (fd >= 0)
		error = departure_on(&ring, fd);
	io_uring_queue_exit(&ring);
	if (fd < 0)
		return fd;
	(void)close(fd);
	return error;
}

/* The stamp of the one datagram that was sent. */
static bool receive_name(int fd, uint32_t *ret_name)
{
	alignas(struct cmsghdr) uint8_t control[512];
	struct msghdr header = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct pollfd error = { .fd = fd };
	struct departure departure;

	if (poll(&error, 1, WAIT_MS) <= 0 ||
	    recvmsg(fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0 ||
	    !departure_read(&header, &departure))
		return false;
	*ret_name = departure.name;
	return true;
}

static bool is_named(bool chosen)
{
	int fd = stamped_loop();
	uint32_t name = 0;
	bool good;

	if (fd < 0)
		return false;
	good = send_stamped(fd, chosen) == 0 && receive_name(fd, &name) &&
	       name == (chosen ? NAME : 0u);
	(void)close(fd);
	return good;
}

enum departure_naming attempt_naming(void)
{
	return is_named(true) ? NAMING_CHOSEN : is_named(false) ? NAMING_COUNTED : NAMING_NONE;
}
