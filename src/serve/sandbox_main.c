/*
 * What the main thread still calls while the workers serve: it waits for signals, collects counters
 * and writes statistics; at the end it removes socket files. Which files it reaches is Landlock's
 * business. A call that is missing here ends the server with SIGSYS.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include <seccomp.h>

#include "sandbox.h"

const struct filter_row sandbox_main_calls[] = {
	{ SCMP_SYS(poll), "the wait for signals and workers" },
	{ SCMP_SYS(ppoll), "poll() where there is only this" },
	{ SCMP_SYS(read), "signals (signalfd), ends of workers (eventfd)" },
	{ SCMP_SYS(write), "orders (eventfd); lines of statistics" },
	{ SCMP_SYS(sendto), "the service manager, and questions to the threads",
	  .when = SANDBOX_ASKED },
	{ SCMP_SYS(recvfrom), "their answers", .when = SANDBOX_ASKED },
	{ SCMP_SYS(futex), "orders, reports, the wait for threads to end" },
	{ SCMP_SYS(close), "files and listeners" },

	/* Files: a new one is written beside the old one and put into its place. */
	{ SCMP_SYS(stat), "what stands where a file is to be written or removed" },
	{ SCMP_SYS(lstat), "the same" },
	{ SCMP_SYS(fstat), "the same" },
	{ SCMP_SYS(newfstatat), "the same" },
	{ SCMP_SYS(statx), "the same" },
	{ SCMP_SYS(openat), "--json-stats", .when = SANDBOX_FILES },
	{ SCMP_SYS(open), "--json-stats", .when = SANDBOX_FILES },
	{ SCMP_SYS(openat), "free() looks at vm.overcommit_memory, and does without",
	  .error = EACCES, .unless = SANDBOX_FILES },
	{ SCMP_SYS(open), "the same", .error = EACCES, .unless = SANDBOX_FILES },
	{ SCMP_SYS(readlink), "--json-stats: a link stays one", .when = SANDBOX_FILES },
	{ SCMP_SYS(readlinkat), "the same", .when = SANDBOX_FILES },
	{ SCMP_SYS(getcwd), "the same", .when = SANDBOX_FILES },
	{ SCMP_SYS(fchmod), "--json-stats: as the old file", .when = SANDBOX_FILES },
	{ SCMP_SYS(rename), "--json-stats", .when = SANDBOX_FILES },
	{ SCMP_SYS(renameat), "--json-stats", .when = SANDBOX_FILES },
	{ SCMP_SYS(renameat2), "--json-stats", .when = SANDBOX_FILES },
	{ SCMP_SYS(fcntl), "fopen() of other C libraries: not for children", .when = SANDBOX_FILES,
	  .test = FILTER_EQUAL, .argument = 1, .value = F_SETFD },
	{ SCMP_SYS(lseek), "stdio", .when = SANDBOX_FILES },
	{ SCMP_SYS(ioctl), "stdio: is it a terminal?", .test = FILTER_EQUAL, .argument = 1,
	  .value = TCGETS },
	{ SCMP_SYS(ioctl), "the same in other C libraries", .test = FILTER_EQUAL, .argument = 1,
	  .value = TIOCGWINSZ },
	{ SCMP_SYS(unlink), "--json-stats", .when = SANDBOX_FILES },
	{ SCMP_SYS(unlinkat), "--json-stats", .when = SANDBOX_FILES },
	{ SCMP_SYS(unlink), "socket files", .when = SANDBOX_SOCKETS, .unless = SANDBOX_FILES },
	{ SCMP_SYS(unlinkat), "socket files", .when = SANDBOX_SOCKETS, .unless = SANDBOX_FILES },

	{ .more = sandbox_shared_calls },
	{ 0 },
};
