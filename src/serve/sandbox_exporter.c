/*
 * What the thread behind --metrics calls: libmicrohttpd over epoll, questions to the workers, and
 * what stands in files that were opened before. A call that is missing here ends the server with
 * SIGSYS.
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/mman.h>

#include <seccomp.h>

#include "sandbox.h"

const struct filter_row sandbox_exporter_calls[] = {
	{ SCMP_SYS(poll), "the wait for visitors" },
	{ SCMP_SYS(ppoll), "poll() where there is only this" },
	{ SCMP_SYS(epoll_wait), "libmicrohttpd's loop" },
	{ SCMP_SYS(epoll_pwait), "the same" },
	{ SCMP_SYS(epoll_ctl), "visitors come and go" },
	{ SCMP_SYS(accept4), "visitors" },
	{ SCMP_SYS(recvfrom), "requests; answers of the workers" },
	{ SCMP_SYS(sendto), "pages; questions to the workers" },
	{ SCMP_SYS(sendmsg), "pages" },
	{ SCMP_SYS(shutdown), "the end of a visit" },
	{ SCMP_SYS(close), "the same" },
	{ SCMP_SYS(fcntl), "new visitors do not block" },
	{ SCMP_SYS(getsockopt), "errors of sockets" },
	{ SCMP_SYS(getsockname), "libmicrohttpd, of new visitors" },
	{ SCMP_SYS(setsockopt), "TCP_NODELAY, TCP_CORK", .test = FILTER_EQUAL, .argument = 1,
	  .value = IPPROTO_TCP },

	{ SCMP_SYS(read), "to be stopped (eventfd)" },
	{ SCMP_SYS(write), "orders to workers (eventfd); lines on standard error" },
	{ SCMP_SYS(writev), "pages; last words of the C library" },
	{ SCMP_SYS(pread64), "memory in use: a file that is open" },
	{ SCMP_SYS(lseek), "files that are open: a folder of /proc" },
	{ SCMP_SYS(getdents64), "the same" },
	{ SCMP_SYS(futex), "reports of the workers" },
	{ SCMP_SYS(clock_gettime), "where the clock needs the kernel, and CPU time" },
	{ SCMP_SYS(gettimeofday), "the same" },
	{ SCMP_SYS(time), "the same" },
	{ SCMP_SYS(adjtimex), "how good the clock is" },
	{ SCMP_SYS(clock_adjtime), "adjtimex() in newer C libraries" },
	{ SCMP_SYS(uname), "which kernel this is" },
	{ SCMP_SYS(getrusage), "what the process has used" },
	{ SCMP_SYS(prlimit64), "how many files may be open", .test = FILTER_EQUAL, .argument = 2,
	  .value = 0 },
	{ SCMP_SYS(getrlimit), "the same" },

	{ SCMP_SYS(brk), "malloc()" },
	{ SCMP_SYS(mmap), "malloc()", .test = FILTER_WITHOUT, .argument = 2, .value = PROT_EXEC },
	{ SCMP_SYS(mprotect), "malloc()", .test = FILTER_WITHOUT, .argument = 2,
	  .value = PROT_EXEC },
	{ SCMP_SYS(mremap), "realloc()" },
	{ SCMP_SYS(munmap), "free()" },
	{ SCMP_SYS(madvise), "free(), the end of a thread" },
	{ SCMP_SYS(sched_getaffinity), "malloc() counts CPUs" },
	{ SCMP_SYS(getrandom), "malloc()" },
	{ SCMP_SYS(openat), "free() looks at vm.overcommit_memory, and does without",
	  .error = EACCES },
	{ SCMP_SYS(open), "the same", .error = EACCES },

	{ SCMP_SYS(rt_sigprocmask), "abort(), the end of a thread" },
	{ SCMP_SYS(rt_sigaction), "abort()" },
	{ SCMP_SYS(rt_sigreturn), "the end of a signal handler" },
	{ SCMP_SYS(restart_syscall), "a wait goes on after SIGCONT" },
	{ SCMP_SYS(getpid), "abort()" },
	{ SCMP_SYS(gettid), "abort()" },
	{ SCMP_SYS(tgkill), "abort(): a signal to ourselves", .test = FILTER_OURSELVES,
	  .argument = 0 },
	{ SCMP_SYS(exit), "the end of a thread" },
	{ SCMP_SYS(exit_group), "abort()" },
	{ 0 },
};
