/* What can go wrong in a simulated machine: a row each, with how often it does. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdint.h>

enum fault {
	/* Of sockets, for both backends. */
	FAULT_SHORT_SEND, /* part of what there was room for */
	FAULT_SEND_AGAIN, /* EAGAIN although there was room */
	FAULT_SEND_ERROR, /* EPIPE, ECONNRESET, ENOBUFS, ENOMEM; datagrams also EHOSTUNREACH ... */
	FAULT_SHORT_RECEIVE, /* part of what was there */
	FAULT_DRIBBLE,	     /* one byte */
	FAULT_RECEIVE_ERROR, /* ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOMEM */
	FAULT_ACCEPT_ERROR,  /* EMFILE, ENFILE, ECONNABORTED, ENOMEM, ENOBUFS, EPERM */
	FAULT_CONNECT_ERROR, /* ECONNREFUSED, ETIMEDOUT, ENETUNREACH */
	FAULT_DATAGRAM_LOST,
	FAULT_DATAGRAM_TWICE,
	FAULT_DATAGRAM_LATE, /* after younger ones */
	FAULT_INTERRUPTED,   /* EINTR, of calls that can say so */
	FAULT_WAKE_LATE,     /* a wait ends later than it could */
	FAULT_WAKE_EARLY,    /* or with nothing to tell, before its time */
	FAULT_CLOCK_STEP,    /* CLOCK_REALTIME jumps by up to an hour, or a second (a leap) */
	/* Of io_uring. */
	FAULT_NO_BUFFERS,	 /* -ENOBUFS ends a multishot although there are buffers */
	FAULT_MULTISHOT_ENDED,	 /* a completion without IORING_CQE_F_MORE, for no reason */
	FAULT_REORDER,		 /* completions of different descriptors change places */
	FAULT_CQ_OVERFLOW,	 /* completions wait in the kernel although there is room */
	FAULT_CANCEL_LATE,	 /* the operation completes before its cancel finds it (-ENOENT) */
	FAULT_CANCEL_RUNNING,	 /* -EALREADY */
	FAULT_NOTIFICATION_LATE, /* of a zero-copy send, up to the socket's close */
	FAULT_SUBMIT_REFUSED,	 /* EBUSY, EAGAIN, EINTR, ENOMEM of io_uring_enter */
	FAULT_SUBMIT_PART,	 /* not all submissions are taken */
	FAULT_SEND_ASYNC,	 /* a send does not complete within the submission */
	/* Of peers (tests/sim). */
	FAULT_PEER_SILENT,
	FAULT_PEER_NEVER_READS,
	FAULT_PEER_HALF_CLOSES,
	FAULT_PEER_RESETS,
	FAULT_PEER_VANISHES, /* nothing more, not even a reset */
	FAULT_SIGNAL,	     /* SIGTERM at any step; a second one */
	FAULT_COUNT,
};

struct fault_row {
	const char *name;
	const char *meaning;  /* one line for people */
	uint32_t per_million; /* of the calls it could befall, in an ordinary campaign */
};

extern const struct fault_row fault_rows[FAULT_COUNT];

/* How often each happens, of a million times that it could. */
struct fault_rates {
	uint32_t per_million[FAULT_COUNT];
};

/* Those of the table, times so many hundredths (0: none, 100: as they are); never above a half. */
void fault_rates_scale(struct fault_rates *ret_rates, uint32_t percent);

#endif
