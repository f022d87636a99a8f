/* What every thread still calls: clocks, memory, and its end. */
#include <sys/mman.h>

#include <seccomp.h>

#include "sandbox.h"

const struct filter_row sandbox_shared_calls[] = {
	{ SCMP_SYS(clock_gettime), "where the clock needs the kernel, and CPU time" },
	{ SCMP_SYS(gettimeofday), "the same" },
	{ SCMP_SYS(time), "the same" },
	{ SCMP_SYS(adjtimex), "how good the clock is" },
	{ SCMP_SYS(clock_adjtime), "adjtimex() in newer C libraries" },

	{ SCMP_SYS(brk), "malloc()" },
	{ SCMP_SYS(mmap), "malloc()", .test = FILTER_WITHOUT, .argument = 2, .value = PROT_EXEC },
	{ SCMP_SYS(mprotect), "malloc()", .test = FILTER_WITHOUT, .argument = 2,
	  .value = PROT_EXEC },
	{ SCMP_SYS(mremap), "realloc()" },
	{ SCMP_SYS(munmap), "free(), stacks of threads, the end of a ring" },
	{ SCMP_SYS(madvise), "free(), the end of a thread" },
	{ SCMP_SYS(sched_getaffinity), "malloc() counts CPUs" },
	{ SCMP_SYS(getrandom), "malloc(); IRTT's tokens" },

	{ SCMP_SYS(writev), "last words of the C library; pages of libmicrohttpd" },
	{ SCMP_SYS(rt_sigprocmask), "abort(), the end of a thread" },
	{ SCMP_SYS(rt_sigaction), "abort()" },
	{ SCMP_SYS(rt_sigreturn), "the end of a signal handler" },
	{ SCMP_SYS(restart_syscall), "a wait goes on after SIGCONT" },
	{ SCMP_SYS(getpid), "abort(); names of files that are being written" },
	{ SCMP_SYS(gettid), "abort()" },
	{ SCMP_SYS(tgkill), "abort(): a signal to ourselves", .test = FILTER_OURSELVES,
	  .argument = 0 },
	{ SCMP_SYS(tkill), "the same in other C libraries", .test = FILTER_THREAD, .argument = 0 },
	{ SCMP_SYS(exit), "the end of a thread" },
	{ SCMP_SYS(exit_group), "the end, and abort()" },
	{ 0 },
};
