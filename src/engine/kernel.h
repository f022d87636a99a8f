/*
 * What the kernel's interface has and the headers of some distributions do not have yet; each with
 * the kernel that brought it. Whether it is there is found out by trying.
 */
#ifndef ENGINE_KERNEL_H
#define ENGINE_KERNEL_H

#include <stdint.h>

/* A control message: the id of this datagram's stamps (6.13). */
#define KERNEL_STAMP_ID 81

/* SO_TIMESTAMPING: ids of a stream count from what has been written, not from what the peer has
 * acknowledged (6.2). */
#define KERNEL_STAMP_WRITTEN (1 << 16)

/* SO_TIMESTAMPING: tell what this socket has asked for, not what any of this host has (6.12). */
#define KERNEL_STAMP_FILTER (1u << 17)

/* A socket command of io_uring: completions that tell when something was sent (6.17). Their result
 * is the id, their flags have KERNEL_STAMP_HARDWARE or not, and the time stands behind them. */
#define KERNEL_COMMAND_SENT 4u
#define KERNEL_STAMP_HARDWARE (1u << 16)
#define KERNEL_STAMP_TYPE_SHIFT 17

struct kernel_stamp {
	uint64_t seconds, nanoseconds;
};

#endif
