#include "fault.h"

#define HALF 500000u

const struct fault_row fault_rows[FAULT_COUNT] = {
	[FAULT_SHORT_SEND] = { "short-send", "a send takes part of what there was room for",
			       20000 },
	[FAULT_SEND_AGAIN] = { "send-again", "a send says EAGAIN although there was room", 20000 },
	[FAULT_SEND_ERROR] = { "send-error", "a send fails: the connection is broken, or no memory",
			       2000 },
	[FAULT_SHORT_RECEIVE] = { "short-receive", "part of what was sent arrives later", 20000 },
	[FAULT_DRIBBLE] = { "dribble", "a single byte arrives, and the rest later", 20000 },
	[FAULT_RECEIVE_ERROR] = { "receive-error", "a receive fails: the connection is broken",
				  2000 },
	[FAULT_ACCEPT_ERROR] = { "accept-error", "no descriptor, no memory, or nobody any more",
				 50000 },
	[FAULT_CONNECT_ERROR] = { "connect-error", "a connection is refused, or times out",
				  200000 },
	[FAULT_DATAGRAM_LOST] = { "datagram-lost", "a datagram does not arrive", 10000 },
	[FAULT_DATAGRAM_TWICE] = { "datagram-twice", "a datagram arrives twice", 10000 },
	[FAULT_DATAGRAM_LATE] = { "datagram-late", "a datagram arrives after younger ones", 10000 },
	[FAULT_INTERRUPTED] = { "interrupted", "a call that waits ends with EINTR", 10000 },
	[FAULT_WAKE_LATE] = { "wake-late", "a wait ends later than it could", 10000 },
	[FAULT_WAKE_EARLY] = { "wake-early", "a wait ends with nothing to tell", 10000 },
	[FAULT_CLOCK_STEP] = { "clock-step", "CLOCK_REALTIME jumps by up to an hour, or a second",
			       2000 },
	[FAULT_NO_BUFFERS] = { "no-buffers", "-ENOBUFS ends a multishot that had buffers", 20000 },
	[FAULT_MULTISHOT_ENDED] = { "multishot-ended", "a completion without IORING_CQE_F_MORE",
				    20000 },
	[FAULT_REORDER] = { "reorder", "completions of different descriptors change places",
			    50000 },
	[FAULT_CQ_OVERFLOW] = { "cq-overflow", "completions wait in the kernel", 10000 },
	[FAULT_CANCEL_LATE] = { "cancel-late", "what is to be cancelled completes before it",
				400000 },
	[FAULT_CANCEL_RUNNING] = { "cancel-running", "what is to be cancelled is running", 100000 },
	[FAULT_NOTIFICATION_LATE] = { "notification-late",
				      "the buffer of a zero-copy send is kept for long", 200000 },
	[FAULT_SUBMIT_REFUSED] = { "submit-refused", "io_uring_enter fails, and may be tried again",
				   10000 },
	[FAULT_SUBMIT_PART] = { "submit-part", "not all submissions are taken", 10000 },
	[FAULT_SEND_ASYNC] = { "send-async", "a send does not complete within the submission",
			       100000 },
	[FAULT_PEER_SILENT] = { "peer-silent", "a peer connects and says nothing", 30000 },
	[FAULT_PEER_NEVER_READS] = { "peer-never-reads", "a peer sends and does not read", 30000 },
	[FAULT_PEER_HALF_CLOSES] = { "peer-half-closes", "a peer ends its side and goes on reading",
				     50000 },
	[FAULT_PEER_RESETS] = { "peer-resets", "a peer resets its connection", 30000 },
	[FAULT_PEER_VANISHES] = { "peer-vanishes", "a peer is heard of no more", 20000 },
	[FAULT_SIGNAL] = { "signal", "SIGTERM at any step, or a second one", 100 },
};

void fault_rates_scale(struct fault_rates *ret_rates, uint32_t percent)
{
	for (int i = 0; i < FAULT_COUNT; i++) {
		uint64_t rate = (uint64_t)fault_rows[i].per_million * percent / 100;

		ret_rates->per_million[i] = rate < HALF ? (uint32_t)rate : HALF;
	}
}
