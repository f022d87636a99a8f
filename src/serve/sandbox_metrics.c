/*
 * What the thread behind --metrics still calls: HTTP at its own listener, by libmicrohttpd on
 * epoll; reports of the workers, and the question whether they serve; what the kernel says of us,
 * by files that are open. A call that is missing here ends the server with SIGSYS.
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <seccomp.h>

#include "sandbox.h"

const struct filter_row sandbox_metrics_calls[] = {
	{ SCMP_SYS(poll), "the wait for visitors and answers" },
	{ SCMP_SYS(ppoll), "poll() where there is only this" },
	{ SCMP_SYS(epoll_wait), "libmicrohttpd's loop" },
	{ SCMP_SYS(epoll_pwait), "epoll_wait() where there is only this" },
	{ SCMP_SYS(epoll_ctl), "visitors come and go" },
	{ SCMP_SYS(accept4), "visitors" },
	{ SCMP_SYS(accept), "the same" },
	{ SCMP_SYS(fcntl), "visitors, where accept4() is not used" },
	{ SCMP_SYS(getsockname), "libmicrohttpd asks what it listens at" },
	{ SCMP_SYS(recvfrom), "requests; answers of the workers" },
	{ SCMP_SYS(recvmsg), "the same" },
	{ SCMP_SYS(sendto), "pages; questions to the workers" },
	{ SCMP_SYS(sendmsg), "pages" },
	{ SCMP_SYS(setsockopt), "TCP_CORK, TCP_NODELAY", .test = FILTER_EQUAL, .argument = 1,
	  .value = IPPROTO_TCP },
	{ SCMP_SYS(getsockopt), "errors of sockets" },
	{ SCMP_SYS(shutdown), "the end of a page, or of who stays too long" },
	{ SCMP_SYS(close), "visitors" },

	{ SCMP_SYS(read), "the order to end: an eventfd" },
	{ SCMP_SYS(write), "orders (eventfd); last words of the C library" },
	{ SCMP_SYS(futex), "orders and reports" },
	{ SCMP_SYS(pread64), "/proc/self/statm" },
	{ SCMP_SYS(lseek), "/proc/self/fd" },
	{ SCMP_SYS(getdents64), "/proc/self/fd" },
	{ SCMP_SYS(openat), "free() looks at vm.overcommit_memory, and does without",
	  .error = EACCES },
	{ SCMP_SYS(open), "the same", .error = EACCES },

	{ .more = sandbox_shared_calls },
	{ 0 },
};
