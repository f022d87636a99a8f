/*
 * The second completion of a zero-copy send: the network has let go of the bytes. It may come late,
 * even only when the socket is closed. The bytes must not change before: that is checked.
 */
#include "ring_state.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"

#define SOON_NS_MAX 30000u
#define LATE_NS_MAX (2 * NS_PER_S)
#define SUM_FACTOR UINT64_C(0x9e3779b97f4a7c15)

static uint64_t misuses;

uint64_t sim_ring_misuses(void)
{
	return misuses;
}

static uint64_t sum_piece(uint64_t sum, const uint8_t *bytes, size_t length)
{
	for (uint64_t part = 0; length > 0; part = 0) {
		size_t count = length < sizeof(part) ? length : sizeof(part);

		memcpy(&part, bytes, count);
		sum = (sum ^ part) * SUM_FACTOR;
		sum ^= sum >> 29;
		bytes += count;
		length -= count;
	}
	return sum;
}

/* Of what has been sent. */
static uint64_t memory_sum(const struct operation *notification)
{
	size_t left = notification->done;
	uint64_t sum = SUM_FACTOR;

	for (size_t i = 0; i < notification->header.msg_iovlen && left > 0; i++) {
		const struct iovec *piece = &notification->vector[i];
		size_t length = piece->iov_len < left ? piece->iov_len : left;

		sum = sum_piece(sum, piece->iov_base, length);
		left -= length;
	}
	return sum;
}

static enum outcome issue(struct operation *notification)
{
	bool usage = (notification->sqe.ioprio & IORING_SEND_ZC_REPORT_USAGE) != 0;

	if (memory_sum(notification) != notification->memory) {
		misuses++;
		world_note("memory of a zero-copy send changed before its notification");
	}
	return operation_done(notification, usage ? (int32_t)IORING_NOTIF_USAGE_ZC_COPIED : 0,
			      IORING_CQE_F_NOTIF);
}

const struct operation_kind notification_kind = {
	.name = "notification",
	.issue = issue,
};

/* The network gives the bytes back at the latest when the connection has broken ... */
static void connection_changed(struct watcher *watcher, uint32_t events)
{
	if (events & (POLLERR | POLLHUP))
		operation_queue((struct operation *)watcher);
}

/* ... or the socket is gone. */
static void socket_gone(struct watcher *watcher)
{
	operation_queue((struct operation *)watcher);
}

int notification_prepare(struct operation *operation)
{
	struct operation *notification = operation_new(operation->ring);

	notification->kind = &notification_kind;
	notification->sqe = (struct io_uring_sqe){ .user_data = operation->sqe.user_data,
						   .ioprio = operation->sqe.ioprio };
	notification->header.msg_iovlen = operation->header.msg_iovlen;
	memcpy(notification->vector, operation->vector,
	       operation->header.msg_iovlen * sizeof(struct iovec));
	operation->notification = notification;
	return 0;
}

void notification_start(struct operation *operation)
{
	struct operation *notification = operation->notification;
	uint64_t delay_ns = world_below(SOON_NS_MAX);

	operation->notification = NULL;
	notification->done = operation->result > 0 ? (uint32_t)operation->result : 0;
	notification->memory = memory_sum(notification);
	if (notification->done > 0 && operation->file != NULL &&
	    world_fault(FAULT_NOTIFICATION_LATE)) {
		notification->watcher.changed = connection_changed;
		notification->watcher.gone = socket_gone;
		file_watch(operation->file, &notification->watcher);
		operation_list(notification);
		if (world_below(2) == 0)
			return;
		delay_ns = world_random() % LATE_NS_MAX;
	}
	operation_hold(notification, delay_ns, false);
}
