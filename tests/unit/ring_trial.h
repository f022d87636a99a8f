/*
 * A script of operations, run on a ring: this host's, or the simulated one. It notes what
 * completes, a line for each operation.
 */
#ifndef RING_TRIAL_H
#define RING_TRIAL_H

#include <netinet/in.h>
#include <stdint.h>

#include <liburing.h>

#define LINES 16
#define LINE_BYTES 600
#define ENTRIES 8u
#define PIECE 64u
#define GROUP 3

/* Completions with this in their name have a descriptor as their result. */
#define DESCRIPTOR (1ull << 32)

struct trial {
	struct io_uring ring;
	char lines[LINES][LINE_BYTES];
	struct io_uring_buf_ring *buffers;
	uint8_t memory[ENTRIES * PIECE];
	int descriptor; /* the last that came */
};

struct script {
	const char *name;
	unsigned flags; /* of the ring */
	void (*run)(struct trial *trial);
};

/* What most rings are set up with. */
#define DEFERRED                                                                               \
	(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG | \
	 IORING_SETUP_SUBMIT_ALL)

/* They end with a row without a name. */
extern const struct script receive_scripts[], send_scripts[], other_scripts[];

void trial_note(struct trial *trial, uint32_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Put the first buffers of the memory into the ring of GROUP; set that ring up before. */
void trial_give(struct trial *trial, unsigned count);
/* Submit, and wait for so many completions; fewer are noted after a while. */
void trial_reap(struct trial *trial, unsigned count);
/* An empty submission. Its name is set again after an io_uring_prep_ function by trial_named(). */
struct io_uring_sqe *trial_next(struct trial *trial, uint64_t name);
struct io_uring_sqe *trial_named(struct io_uring_sqe *sqe, uint64_t name);
void trial_provide(struct trial *trial, unsigned count, unsigned flags);
/* Sockets on the loopback: a listener and its name, a client, pairs that are connected. */
void trial_listen(int *ret_listener, struct sockaddr_in *ret_name);
int trial_client(const struct sockaddr_in *name);
void trial_tcp(int pair[2]);
void trial_close(const int pair[2]);
void trial_udp(int pair[2]);
/* Send so many zeros. */
void trial_say(int fd, size_t length);
/* Until what is under way has arrived. */
void trial_rest(void);
/* Until what was sent is there. */
void trial_arrive(int fd);
/* Until so many bytes are there: they may come in pieces. */
void trial_settle(int fd, int bytes);
/* Arm a multishot receive into buffers of GROUP; cancel an operation by its name. */
void trial_receive_many(struct trial *trial, int fd, uint64_t name, uint16_t options);
void trial_cancel(struct trial *trial, uint64_t name, uint64_t what, unsigned flags);

#endif
