/*
 * Echo on io_uring: one multishot accept, and a multishot receive for each connection into a ring
 * of provided buffers. What came goes out by send(2) straight from there: measured, that is as
 * cheap as a submission with many connections and cheaper with one. Only what a socket does not
 * take at once is left to the ring. Datagrams come by one multishot recvmsg, and runs to one peer
 * leave by GSO.
 *
 * Life of a buffer: in the ring -> filled by the kernel -> (queued -> being sent) -> in the ring.
 * A peer that never reads may keep them all: this loop trusts its peers, the engine does not.
 */
#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/compat.h"
#include "reference.h"

#define SQ_ENTRIES 1024
#define CQ_ENTRIES 16384
#define BUFFER_SIZE_MIN 4096
#define BUFFER_SIZE_MAX (256 * 1024)
#define BUFFER_BYTES (512 * 1024) /* of all buffers: more would not stay in the cache */
#define NO_BUFFER UINT32_MAX
#define CONNECTION_MAX 65536
#define CLOCK_ROUNDS 32
#define RUN_MAX 64
#define GSO_BYTES_MAX 65000

struct connection {
	int fd;		     /* its place in the table */
	uint32_t head, tail; /* buffers to be sent */
	uint32_t sent;	     /* bytes of the first one that have left */
	bool receiving, sending;
	bool starving; /* no buffer was free: on the list of those that wait for one */
	struct connection *next_starved;
};

struct buffer {
	uint32_t next; /* in a queue; NO_BUFFER: the last */
	uint32_t length;
};

/* What a completion is about: the low bits of user_data, the rest is whose. */
enum operation { OPERATION_ACCEPT, OPERATION_RECEIVE, OPERATION_SEND, OPERATION_SIGNAL };
#define OPERATION_MASK 7ull

/* A run of equal datagrams to one peer, until it is sent. */
struct run {
	struct msghdr header;
	struct iovec iovecs[RUN_MAX];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))];
	size_t bytes;
	uint32_t buffers[RUN_MAX];
};

static struct reference reference;
static struct io_uring ring;
static bool running = true;

static struct io_uring_buf_ring *buffer_ring;
static uint8_t *buffer_memory;
static uint32_t buffer_size, buffer_count, held_count, returned_count;
static struct buffer *buffers;
static struct connection connections[CONNECTION_MAX];
static struct connection *starved;
static bool datagrams_starved;

static uint8_t *buffer_bytes(uint32_t buffer)
{
	return buffer_memory + (size_t)buffer * buffer_size;
}

static void buffer_return(uint32_t buffer)
{
	io_uring_buf_ring_add(buffer_ring, buffer_bytes(buffer), buffer_size,
			      (unsigned short)buffer, io_uring_buf_ring_mask(buffer_count),
			      (int)returned_count++);
}

static void buffers_open(void)
{
	int error;

	/* Small ones for small messages, large ones for bulk: a buffer holds four of them. */
	buffer_size = BUFFER_SIZE_MIN;
	while (buffer_size < BUFFER_SIZE_MAX && reference.message_size > buffer_size / 4)
		buffer_size *= 2;
	buffer_count = BUFFER_BYTES / buffer_size;
	buffer_memory = mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	buffers = calloc(buffer_count, sizeof(*buffers));
	buffer_ring = io_uring_setup_buf_ring(&ring, buffer_count, 0, 0, &error);
	if (buffer_memory == MAP_FAILED || !buffers || !buffer_ring)
		reference_fail("buffers", ENOMEM);
	for (uint32_t i = 0; i < buffer_count; i++)
		buffer_return(i);
}

/* The ring submits when it is full. */
static struct io_uring_sqe *submission(enum operation operation, void *owner)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	while (!sqe) {
		(void)io_uring_submit(&ring);
		sqe = io_uring_get_sqe(&ring);
	}
	sqe->user_data = (uint64_t)(uintptr_t)owner | operation;
	return sqe;
}

static void accept_arm(void)
{
	struct io_uring_sqe *sqe = submission(OPERATION_ACCEPT, NULL);

	io_uring_prep_multishot_accept(sqe, reference.fd, NULL, NULL, SOCK_CLOEXEC);
}

static void receive_arm(struct connection *connection)
{
	struct io_uring_sqe *sqe = submission(OPERATION_RECEIVE, connection);

	io_uring_prep_recv_multishot(sqe, connection->fd, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	connection->receiving = true;
}

static void send_first(struct connection *connection)
{
	struct io_uring_sqe *sqe = submission(OPERATION_SEND, connection);
	uint32_t buffer = connection->head;

	io_uring_prep_send(sqe, connection->fd, buffer_bytes(buffer) + connection->sent,
			   buffers[buffer].length - connection->sent, MSG_NOSIGNAL | MSG_WAITALL);
	connection->sending = true;
}

static void queue_buffer(struct connection *connection, uint32_t buffer, uint32_t length)
{
	buffers[buffer].next = NO_BUFFER;
	buffers[buffer].length = length;
	if (connection->head == NO_BUFFER)
		connection->head = buffer;
	else
		buffers[connection->tail].next = buffer;
	connection->tail = buffer;
	held_count++;
}

static uint32_t queue_take(struct connection *connection)
{
	uint32_t buffer = connection->head;

	connection->head = buffers[buffer].next;
	connection->sent = 0;
	held_count--;
	return buffer;
}

/* Send at once what can be, and leave the rest to the ring. */
static void echo(struct connection *connection, uint32_t buffer, uint32_t length)
{
	bool first = connection->head == NO_BUFFER;
	ssize_t sent = 0;

	if (first)
		sent = send(connection->fd, buffer_bytes(buffer), length,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent == (ssize_t)length) {
		buffer_return(buffer);
		return;
	}
	queue_buffer(connection, buffer, length);
	if (first) {
		connection->sent = sent > 0 ? (uint32_t)sent : 0;
		send_first(connection);
	}
}

/* A connection lives until its peer has ended it and what it is owed has left. */
static void release(struct connection *connection)
{
	if (connection->receiving || connection->sending || connection->starving)
		return;
	(void)close(connection->fd);
}

static void on_accept(const struct io_uring_cqe *cqe)
{
	if (!(cqe->flags & IORING_CQE_F_MORE))
		accept_arm();
	if (cqe->res < 0)
		return;
	if (cqe->res >= CONNECTION_MAX) {
		(void)close(cqe->res);
		return;
	}
	connections[cqe->res] = (struct connection){ .fd = cqe->res, .head = NO_BUFFER };
	receive_arm(&connections[cqe->res]);
}

static void on_receive(const struct io_uring_cqe *cqe, struct connection *connection)
{
	connection->receiving = cqe->flags & IORING_CQE_F_MORE;
	if (cqe->res > 0) {
		echo(connection, cqe->flags >> IORING_CQE_BUFFER_SHIFT, (uint32_t)cqe->res);
		if (!connection->receiving)
			receive_arm(connection);
	} else if (cqe->res == -ENOBUFS) {
		connection->starving = true;
		connection->next_starved = starved;
		starved = connection;
	} else {
		release(connection);
	}
}

static void on_send(const struct io_uring_cqe *cqe, struct connection *connection)
{
	connection->sending = false;
	if (cqe->res < 0) {
		/* The receive ends too, and with it the connection. */
		(void)shutdown(connection->fd, SHUT_RDWR);
		while (connection->head != NO_BUFFER)
			buffer_return(queue_take(connection));
	} else {
		connection->sent += (uint32_t)cqe->res;
		if (connection->sent == buffers[connection->head].length)
			buffer_return(queue_take(connection));
	}
	if (connection->head != NO_BUFFER)
		send_first(connection);
	else
		release(connection);
}

/* Datagrams: the buffer's head says from whom, after the kernel's struct io_uring_recvmsg_out. */

static struct msghdr datagram_header = { .msg_namelen = sizeof(struct sockaddr_in) };
static struct run run;

static void datagram_arm(void)
{
	struct io_uring_sqe *sqe = submission(OPERATION_RECEIVE, NULL);

	io_uring_prep_recvmsg_multishot(sqe, reference.fd, &datagram_header, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
}

static bool run_takes(const struct iovec *payload, const void *name)
{
	return run.header.msg_iovlen > 0 && run.header.msg_iovlen < RUN_MAX &&
	       payload->iov_len > 0 && payload->iov_len == run.iovecs[0].iov_len &&
	       run.bytes + payload->iov_len <= GSO_BYTES_MAX &&
	       memcmp(run.header.msg_name, name, sizeof(struct sockaddr_in)) == 0;
}

/* What the kernel does not take is lost, as datagrams may be. */
static void run_send(void)
{
	struct cmsghdr *control = (struct cmsghdr *)(void *)run.control;

	if (run.header.msg_iovlen == 0)
		return;
	if (run.header.msg_iovlen > 1) {
		*control = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(uint16_t)),
					     .cmsg_level = SOL_UDP,
					     .cmsg_type = UDP_SEGMENT };
		*(uint16_t *)(void *)CMSG_DATA(control) = (uint16_t)run.iovecs[0].iov_len;
		run.header.msg_control = control;
		run.header.msg_controllen = sizeof(run.control);
	}
	(void)sendmsg(reference.fd, &run.header, MSG_DONTWAIT);
	for (size_t i = 0; i < (size_t)run.header.msg_iovlen; i++)
		buffer_return(run.buffers[i]);
	run.header.msg_iovlen = 0;
}

static void run_add(uint32_t buffer, const struct iovec *payload, void *name)
{
	if (!run_takes(payload, name)) {
		run_send();
		run.header = (struct msghdr){ .msg_name = name,
					      .msg_namelen = sizeof(struct sockaddr_in),
					      .msg_iov = run.iovecs };
		run.bytes = 0;
	}
	run.buffers[run.header.msg_iovlen] = buffer;
	run.iovecs[run.header.msg_iovlen++] = *payload;
	run.bytes += payload->iov_len;
}

static void on_datagram(const struct io_uring_cqe *cqe)
{
	uint32_t buffer = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
	struct io_uring_recvmsg_out *out;
	struct iovec payload;

	if (!(cqe->flags & IORING_CQE_F_MORE))
		datagrams_starved = true;
	if (cqe->res == -ENOBUFS)
		return;
	if (cqe->res < 0)
		reference_fail("recvmsg", cqe->res);
	out = io_uring_recvmsg_validate(buffer_bytes(buffer), cqe->res, &datagram_header);
	payload.iov_base = io_uring_recvmsg_payload(out, &datagram_header);
	payload.iov_len = io_uring_recvmsg_payload_length(out, cqe->res, &datagram_header);
	run_add(buffer, &payload, io_uring_recvmsg_name(out));
}

/* There are buffers: go on where there was none. */
static void starved_arm(void)
{
	if (datagrams_starved)
		datagram_arm();
	datagrams_starved = false;
	while (starved) {
		struct connection *connection = starved;

		starved = connection->next_starved;
		connection->starving = false;
		receive_arm(connection);
	}
}

static void handle(const struct io_uring_cqe *cqe)
{
	void *owner = (void *)(uintptr_t)(cqe->user_data & ~OPERATION_MASK);

	switch ((enum operation)(cqe->user_data & OPERATION_MASK)) {
	case OPERATION_ACCEPT:
		on_accept(cqe);
		break;
	case OPERATION_RECEIVE:
		if (reference.udp)
			on_datagram(cqe);
		else
			on_receive(cqe, owner);
		break;
	case OPERATION_SEND:
		on_send(cqe, owner);
		break;
	case OPERATION_SIGNAL:
		running = false;
		break;
	}
}

/* Watch the rings in user memory, without a system call, until something can be reaped. */
static bool poll_ring(void)
{
	uint64_t end_ns = clock_now_ns() + reference.spin_ns;

	do {
		for (int i = 0; i < CLOCK_ROUNDS; i++) {
			if (io_uring_cq_ready(&ring))
				return true;
			if (IO_URING_READ_ONCE(*ring.sq.kflags) & IORING_SQ_TASKRUN)
				return io_uring_get_events(&ring) >= 0;
			processor_pause();
		}
	} while (clock_now_ns() < end_ns);
	return false;
}

/* Submit and wait for completions, at first without sleeping where that has paid. */
static void wait_completions(void)
{
	static struct spin spin;
	uint64_t start_ns;

	if (reference.spin_ns == 0) {
		(void)io_uring_submit_and_wait(&ring, 1);
	} else if (spin_wanted(&spin)) {
		bool hit;

		(void)io_uring_submit_and_get_events(&ring);
		hit = poll_ring();
		spin_result(&spin, hit);
		if (!hit)
			(void)io_uring_submit_and_wait(&ring, 1);
	} else {
		start_ns = clock_now_ns();
		(void)io_uring_submit_and_wait(&ring, 1);
		spin_slept(&spin, clock_now_ns() - start_ns < reference.spin_ns);
	}
}

static void turn(void)
{
	struct io_uring_cqe *cqe;
	unsigned head, count = 0;

	wait_completions();
	io_uring_for_each_cqe(&ring, head, cqe)
	{
		handle(cqe);
		count++;
	}
	io_uring_cq_advance(&ring, count);
	run_send();
	if (returned_count > 0) {
		io_uring_buf_ring_advance(buffer_ring, (int)returned_count);
		returned_count = 0;
	}
	if (held_count < buffer_count)
		starved_arm();
}

static void ring_open(void)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SINGLE_ISSUER |
						   IORING_SETUP_DEFER_TASKRUN |
						   IORING_SETUP_TASKRUN_FLAG |
						   IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
						   IORING_SETUP_NO_SQARRAY,
					  .cq_entries = CQ_ENTRIES };
	int error = io_uring_queue_init_params(SQ_ENTRIES, &ring, &params);

	if (error >= 0)
		error = io_uring_register_ring_fd(&ring);
	if (error < 0)
		reference_fail("io_uring_setup", error);
}

/* Without the cancel the port would stay bound for some milliseconds after the end. */
static void ring_close(void)
{
	struct io_uring_sync_cancel_reg all = {
		.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL, .timeout = { -1, -1 }
	};

	(void)io_uring_register_sync_cancel(&ring, &all);
	(void)close(reference.fd);
	io_uring_queue_exit(&ring);
}

int main(int argc, char **argv)
{
	reference = reference_open(argc, argv);
	ring_open();
	buffers_open();
	io_uring_prep_poll_add(submission(OPERATION_SIGNAL, NULL), reference.signal_fd, POLLIN);
	if (reference.udp)
		datagram_arm();
	else
		accept_arm();
	(void)io_uring_submit(&ring);
	reference_ready(&reference);
	while (running)
		turn();
	ring_close();
	return 0;
}
