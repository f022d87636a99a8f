/*
 * What a worker still calls once it serves, on either backend. There is no opening, no socket, no
 * thread, no program, no memory that can be executed; what a ring does stands in
 * src/engine/uring_rights.c. A call that is missing here ends the server with SIGSYS.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <seccomp.h>

#include "sandbox.h"

const struct filter_row sandbox_worker_calls[] = {
	{ SCMP_SYS(io_uring_enter), "the loop on io_uring" },
	{ SCMP_SYS(io_uring_register), "cancels at the end; restricted by the ring itself" },
	{ SCMP_SYS(epoll_wait), "the loop on epoll" },
	{ SCMP_SYS(epoll_pwait), "epoll_wait() where there is only this" },
	{ SCMP_SYS(epoll_pwait2), "waits of less than a millisecond" },
	{ SCMP_SYS(epoll_ctl), "connections come and go" },

	{ SCMP_SYS(accept4), "new connections" },
	{ SCMP_SYS(recvfrom), "data" },
	{ SCMP_SYS(recvmsg), "datagrams; times of what has left" },
	{ SCMP_SYS(recvmmsg), "datagrams" },
	{ SCMP_SYS(sendto), "answers" },
	{ SCMP_SYS(sendmsg), "answers" },
	{ SCMP_SYS(sendmmsg), "answers to datagrams" },
	{ SCMP_SYS(shutdown), "the end of an answer" },
	{ SCMP_SYS(close), "connections, and everything at the end" },
	{ SCMP_SYS(getsockopt), "errors of sockets, drops, peer credentials" },
	{ SCMP_SYS(setsockopt), "resets (SO_LINGER), stamps (SO_TIMESTAMPING)",
	  .test = FILTER_EQUAL, .argument = 1, .value = SOL_SOCKET },
	{ SCMP_SYS(getpeername), "--verbose names peers", .when = SANDBOX_VERBOSE },
	{ SCMP_SYS(ioctl), "does data wait?", .test = FILTER_EQUAL, .argument = 1,
	  .value = FIONREAD },

	{ SCMP_SYS(read), "to be woken: an eventfd" },
	{ SCMP_SYS(write), "to wake others; lines on standard error" },
	{ SCMP_SYS(eventfd2), "the spare descriptor, taken back when there is one again" },
	{ SCMP_SYS(futex), "orders and reports" },
	{ SCMP_SYS(openat), "free() looks at vm.overcommit_memory, and does without",
	  .error = EACCES },
	{ SCMP_SYS(open), "the same", .error = EACCES },
	{ SCMP_SYS(socket), "the name of a link-local peer's interface; its number will do",
	  .error = EACCES, .when = SANDBOX_VERBOSE },

	{ .more = sandbox_shared_calls },
	{ 0 },
};
