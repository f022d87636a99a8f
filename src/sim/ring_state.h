/*
 * Private to the simulated io_uring: what the kernel remembers of a ring and of an operation.
 *
 *	free ──► issued ──► armed (watches its file) ──► queued (task work) ──► issued again ...
 *	           │           └─ held (an event, or a worker of the kernel, will go on with it)
 *	           └──► complete ──► free
 *
 * Last completions of a batch are put into the ring when the batch ends, and those that have more
 * to follow at once, as Linux does; so the two may change places across operations.
 */
#ifndef SIM_RING_STATE_H
#define SIM_RING_STATE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "descriptor.h"
#include "ring.h"
#include "socket_struct.h"
#include "task.h"
#include "world.h"

#define OPERATION_VECTOR 64u /* pieces of a sendmsg or recvmsg */
#define RING_BUNDLE_MAX 256u /* buffers in a bundle, as in Linux */
#define RING_BUCKETS 1024u

/* Of newer kernels than some distributions' headers. */
#define RING_SETUP_MIXED (1u << 18)
#define RING_CQE_SKIP (1u << 5)
#define RING_CQE_LONG (1u << 15)
#define RING_CQE_BUFFER_MORE (1u << 4)

struct completion {
	uint64_t user_data;
	int32_t result;
	uint32_t flags;
	uint64_t more[2]; /* of a long one */
};

/* Completions that wait, first come first served. */
struct completion_queue {
	struct completion *table;
	uint32_t first, count, max;
};

/* What the program and the kernel share, beside the entries. */
struct ring_shared {
	uint32_t sq_head, sq_tail, sq_mask, sq_entries, sq_flags, sq_dropped;
	uint32_t cq_head, cq_tail, cq_mask, cq_entries, cq_flags, cq_overflow;
};

/* What an attempt came to. */
enum outcome {
	OUTCOME_DONE,	/* result and cqe_flags are the last completion */
	OUTCOME_WAITS,	/* for its file */
	OUTCOME_YIELDS, /* could go on, but lets others do so first */
	OUTCOME_LATER,	/* a worker of the kernel has to do it */
	OUTCOME_PARKED, /* it has arranged itself for what wakes it */
};

enum {
	OPERATION_QUEUED = 1 << 0,
	OPERATION_CANCELLED = 1 << 1,
	OPERATION_POLLED = 1 << 2,	/* its file has been ready once */
	OPERATION_RUNNING = 1 << 3,	/* by a worker: a cancel comes too late */
	OPERATION_FINISHED = 1 << 4,	/* by a worker: its completion is task work */
	OPERATION_INTERRUPTED = 1 << 5, /* by a cancel, while a worker runs it */
	OPERATION_FAILED = 1 << 6,
	OPERATION_MULTISHOT = 1 << 7,
	OPERATION_FIXED = 1 << 8,
	OPERATION_ATTEMPTED = 1 << 9,
	OPERATION_LISTED = 1 << 10, /* among those under way */
	OPERATION_HOLDS = 1 << 11,  /* its file */
	OPERATION_EMPTIED =
		1 << 12, /* a UNIX datagram whose bytes were taken by a failed attempt */
	OPERATION_INTRODUCED = 1 << 13, /* connect: under way */
	OPERATION_REFUSED = 1 << 14,	/* wrong as it was submitted; result says why */
	OPERATION_ENDS = 1 << 15,	/* a multishot: its next completion is the last */
	OPERATION_CUT = 1 << 16,	/* a multishot that was ended by a fault */
};

struct operation;
struct chunk;

/* A row for each opcode. */
struct operation_kind {
	const char *name;
	bool needs_file;
	bool selects;	/* may take provided buffers */
	bool announced; /* zero-copy: a notification follows whatever it comes to */
	uint32_t waits; /* POLLIN or POLLOUT */
	int (*prepare)(struct operation *operation); /* or NULL; a negative errno is its result */
	enum outcome (*issue)(struct operation *operation);
};

struct operation {
	struct watcher watcher; /* first */
	struct sim_ring *ring;
	const struct operation_kind *kind;
	struct file *file;
	struct operation *next, **before;	      /* free; or under way, in all of the ring */
	struct operation *named_next, **named_before; /* under way, in its bucket */
	struct operation *work_next;
	struct operation *linked; /* what begins when this has ended */
	uint64_t event;
	struct io_uring_sqe sqe; /* as it was when it was submitted */
	uint32_t flags;
	uint32_t waits;
	int32_t result;
	uint32_t cqe_flags;
	uint32_t done;	 /* bytes of it so far */
	uint32_t pieces; /* of a bundle: how many buffers it takes before it knows what is there */
	uint32_t attempts; /* in a row that found nothing although the file was ready */
	uint64_t memory;   /* of a notification: a sum of what was sent */
	struct operation *notification; /* of a zero-copy send, until it begins */
	struct msghdr header;
	struct sockaddr_storage name;
	struct iovec vector[OPERATION_VECTOR];
};

struct buffer_group {
	struct io_uring_buf_ring *ring; /* the program's memory */
	uint16_t mask, head;
	bool incremental;
};

/* Buffers that an attempt may use. Nothing is taken before selection_commit(). */
struct selection {
	struct buffer_group *group; /* NULL: none selected */
	struct iovec *vector;
	uint32_t count;
	uint32_t length;
	bool last; /* no buffer is behind these */
};

struct ring_restrictions {
	uint64_t opcodes[4], registers[4];
	uint8_t flags_allowed, flags_required;
	bool registered, enforced;
};

struct sim_ring {
	struct file file; /* first */
	struct sim_ring *next;
	int number; /* its descriptor, for the transcript */
	uint32_t flags;
	bool enabled, ended;
	bool registered; /* io_uring_register_ring_fd() */
	struct task *owner;

	struct ring_shared *shared;
	uint32_t *array; /* NULL: without */
	struct io_uring_sqe *submissions;
	struct io_uring_cqe *completions;
	uint32_t cq_shift;
	struct completion_queue batch, overflow;

	struct operation *free;
	struct chunk *chunks; /* the memory of all operations */
	struct operation *under_way;
	uint32_t under_way_count;
	struct operation *names[RING_BUCKETS];
	struct operation *work_first, **work_end;
	uint32_t work_count;
	uint64_t work_event, submit_event;
	struct operation *link; /* the chain that is being submitted, its last */
	struct operation *link_first;

	struct buffer_group **groups[256]; /* by the high and the low byte of their number */
	struct iovec scratch[RING_BUNDLE_MAX];
	struct file **files;
	uint32_t file_count, file_hint;
	struct ring_restrictions restrictions;
};

/* ring.c: descriptors of rings. */
int ring_open(struct sim_ring *ring);
int ring_setup_error(void);
struct sim_ring *sim_ring_find(int number);
bool ring_lacks_opcode(uint8_t opcode);
bool ring_lacks_setup(uint32_t flags);
bool ring_lacks_register(uint32_t opcode);

/* ring_setup.c. Errors: those of io_uring_setup(2). */
int ring_setup(unsigned entries, struct io_uring_params *params);
void ring_map(struct sim_ring *ring, const struct io_uring_params *params, struct io_uring *user);

/* ring_enter.c: io_uring_enter(2). wait_ns UINT64_MAX: without limit. */
struct ring_wait {
	uint64_t wait_ns, least_ns;
};
int ring_enter(struct sim_ring *ring, uint32_t submit_count, uint32_t wait_count, uint32_t flags,
	       const struct ring_wait *wait);
void ring_call(void);

/* ring_submit.c: take submissions; how many were taken. */
uint32_t ring_submit(struct sim_ring *ring, uint32_t count);

/* ring_work.c: task work. */
void operation_queue(struct operation *operation);
void operation_unqueue(struct operation *operation);
void ring_work(struct sim_ring *ring);
void ring_work_drop(struct sim_ring *ring);

/* ring_completion.c. Post as the last of an operation (may wait in the kernel), or one that is
 * followed by others: false if there is no room, then the operation has to end. */
void completion_last(struct operation *operation);
bool completion_more(struct operation *operation, int32_t result, uint32_t flags);
void completion_flush(struct sim_ring *ring);	  /* the batch ends */
void completion_make_room(struct sim_ring *ring); /* what waited goes into the ring */
uint32_t completion_count(const struct sim_ring *ring);
void completion_finish(struct sim_ring *ring); /* free what is private to it */

/* ring_operation.c */
struct operation *operation_new(struct sim_ring *ring);
void operation_begin(struct operation *operation);
void operation_list(struct operation *operation);
void operation_hold(struct operation *operation, uint64_t delay_ns, bool running);
int operation_take_file(struct operation *operation);
void operations_finish(struct sim_ring *ring);
struct operation *operation_of(struct watcher *watcher); /* NULL: not one that is under way */
struct operation **operation_bucket(struct sim_ring *ring, uint64_t user_data);

/* Results, as issue() returns them. */
enum outcome operation_done(struct operation *operation, int32_t result, uint32_t cqe_flags);
enum outcome operation_waits(struct operation *operation); /* unless it must not */

/* ring_operations.c: the rows; NULL for one that this kernel does not have. */
const struct operation_kind *operation_kind(uint8_t opcode);
extern const struct operation_kind notification_kind;

/* ring_receive.c, ring_send.c, ring_notification.c ... */
int receive_prepare(struct operation *operation);
enum outcome receive_issue(struct operation *operation);
int receive_message_prepare(struct operation *operation);
enum outcome receive_message_issue(struct operation *operation);
int send_prepare(struct operation *operation);
enum outcome send_issue(struct operation *operation);
int send_message_prepare(struct operation *operation);
int accept_prepare(struct operation *operation);
enum outcome accept_issue(struct operation *operation);
int connect_prepare(struct operation *operation);
enum outcome connect_issue(struct operation *operation);
int poll_prepare(struct operation *operation);
enum outcome poll_issue(struct operation *operation);
enum outcome close_issue(struct operation *operation);
enum outcome shutdown_issue(struct operation *operation);
enum outcome command_issue(struct operation *operation);
int cancel_prepare(struct operation *operation);
enum outcome cancel_issue(struct operation *operation);
int notification_prepare(struct operation *operation);
void notification_start(struct operation *operation);

/* Fields of the header that were copied when the operation was submitted. */
int operation_copy_message(struct operation *operation, const struct msghdr *user);
int operation_one_piece(struct operation *operation); /* addr and len of the submission */
size_t message_length(const struct msghdr *header);
/* Move what is still to do behind the first bytes. */
void operation_advance(struct operation *operation, uint32_t bytes);

/* ring_cancel.c. What is to be cancelled, and what io_uring_register_sync_cancel(3) says to it: how
 * many were found, if all are meant; or 0, -ENOENT, -EALREADY. ret_running: a worker has some. */
struct cancel {
	uint64_t user_data;
	const struct file *file;
	uint32_t flags; /* IORING_ASYNC_CANCEL_... */
	uint8_t opcode;
};
int ring_cancel(struct sim_ring *ring, const struct cancel *wanted, bool *ret_running);

/* ring_buffers.c */
int group_register(struct sim_ring *ring, const struct io_uring_buf_reg *registration);
int group_unregister(struct sim_ring *ring, uint32_t number);
int group_head(const struct sim_ring *ring, uint32_t number, uint16_t *ret_head);
void groups_finish(struct sim_ring *ring);
/* length_max 0: any; buffers_max: as many as there are (a bundle), or one. */
int selection_make(struct operation *operation, size_t length_max, uint32_t count_max,
		   struct selection *ret_selection);
uint32_t selection_commit(struct selection *selection, uint32_t bytes, bool bundle);

/* ring_files.c: the ring's own table of descriptors. */
int ring_files_register(struct sim_ring *ring, uint32_t count);
int ring_files_unregister(struct sim_ring *ring);
int ring_files_install(struct sim_ring *ring, uint32_t slot, struct file *file); /* slot 0: any */
int ring_files_close(struct sim_ring *ring, uint32_t index);
struct file *ring_file(const struct sim_ring *ring, uint32_t index);
void ring_files_finish(struct sim_ring *ring);

/* ring_register.c: io_uring_register(2). */
int ring_register(struct sim_ring *ring, uint32_t opcode, const void *argument, uint32_t count);
bool ring_forbids(const struct sim_ring *ring, const struct io_uring_sqe *sqe);

#endif
