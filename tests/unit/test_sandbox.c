/*
 * The filters of ringside serve, in the hands of somebody who runs his own code in one of its
 * threads: each test confines a child as that thread is, and does what it never does.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "serve/sandbox.h"

enum {
	FILES = SANDBOX_FILES,
	SOCKETS = SANDBOX_SOCKETS,
	VERBOSE = SANDBOX_VERBOSE,
	ASKED = SANDBOX_ASKED,
};

TestSuite(sandbox, .timeout = 60);

/* Confined, the child does it: ended by SIGSYS, or this errno. */
enum { KILLED = -1 };

/* A sanitizer makes calls of its own, so in such a build nothing is filtered unless asked for. */
static void need_filters(void)
{
	const struct option_row *row = serve_option_table.rows;

	while (strcmp(row->name, "sandbox") != 0)
		row++;
	if (strcmp(row->standard, "off") == 0)
		cr_skip_test("this build is instrumented");
	if (filter_try() < 0)
		cr_skip_test("this kernel has no filters that end a process");
}

static int fate_of(const struct filter_row *calls, uint32_t needs, int (*act)(void))
{
	pid_t child;
	int status;

	need_filters();
	child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		int error = filter_load(calls, needs);

		_exit(error ? 255 : act());
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	cr_assert(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	cr_assert_neq(WEXITSTATUS(status), 255, "the filter cannot be loaded");
	return WEXITSTATUS(status);
}

static int outcome(long result)
{
	return result < 0 ? errno : 0;
}

static int do_open(void)
{
	return outcome(open("/etc/passwd", O_RDONLY));
}

static int do_create(void)
{
	return outcome(open("/tmp/ringside-sandbox", O_WRONLY | O_CREAT, 0600));
}

static int do_execute(void)
{
	return outcome(execl("/bin/true", "true", NULL));
}

static int do_fork(void)
{
	return outcome(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int do_socket(void)
{
	return outcome(socket(AF_INET, SOCK_STREAM, 0));
}

static int do_local_socket(void)
{
	return outcome(socket(AF_UNIX, SOCK_DGRAM, 0));
}

static int do_connect(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	return outcome(connect(0, (struct sockaddr *)&name, sizeof(name)));
}

static int do_bind(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	return outcome(bind(0, (struct sockaddr *)&name, sizeof(name)));
}

static int do_kill(void)
{
	return outcome(kill(getppid(), 0));
}

static int do_signal_thread(void)
{
	return outcome(syscall(SYS_tgkill, 1, 1, 0));
}

static int do_map_code(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return code == MAP_FAILED ? errno : 0;
}

static int do_make_code(void)
{
	void *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return outcome(mprotect(data, 4096, PROT_READ | PROT_EXEC));
}

static int do_trace(void)
{
	return outcome(ptrace(PTRACE_TRACEME, 0, 0, 0));
}

static int do_read_others(void)
{
	return outcome(process_vm_readv(getpid(), NULL, 0, NULL, 0, 0));
}

static int do_ring(void)
{
	return outcome(syscall(SYS_io_uring_setup, 1, NULL));
}

static int do_type(void)
{
	return outcome(ioctl(0, TIOCSTI, "x"));
}

/* By the call of that name, which C libraries of 32-bit x86 do not use: behind socketcall(2) it is
 * allowed there (filter.c). */
static int do_attach_filter(void)
{
	return outcome(syscall(SYS_setsockopt, 0, IPPROTO_IP, 1, NULL, 0));
}

static int do_set_ids(void)
{
	return outcome(syscall(SYS_setuid, 0));
}

static int do_unlink(void)
{
	return outcome(unlink("/tmp/ringside-no-such-file"));
}

static int do_rename(void)
{
	return outcome(rename("/tmp/ringside-no-such-file", "/tmp/ringside-nor-this"));
}

static int do_limits(void)
{
	const struct rlimit limit = { 1, 1 };

	return outcome(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL));
}

static int do_no_such_call(void)
{
	return outcome(syscall(9999));
}

static const struct trial {
	const char *name;
	int (*act)(void); /* the errno it met, or 0 */
	int worker, main; /* how it ends there */
} trials[] = {
	{ "open", do_open, EACCES, EACCES },
	{ "create", do_create, EACCES, EACCES },
	{ "execute", do_execute, KILLED, KILLED },
	{ "fork", do_fork, KILLED, KILLED },
	{ "socket", do_socket, KILLED, KILLED },
	{ "connect", do_connect, KILLED, KILLED },
	{ "bind", do_bind, KILLED, KILLED },
	{ "kill", do_kill, KILLED, KILLED },
	{ "a signal to another's thread", do_signal_thread, KILLED, KILLED },
	{ "memory for code", do_map_code, KILLED, KILLED },
	{ "code out of data", do_make_code, KILLED, KILLED },
	{ "trace", do_trace, KILLED, KILLED },
	{ "another's memory", do_read_others, KILLED, KILLED },
	{ "a ring without restrictions", do_ring, KILLED, KILLED },
	{ "typing on a terminal", do_type, KILLED, KILLED },
	{ "options of IP", do_attach_filter, KILLED, KILLED },
	{ "another user", do_set_ids, KILLED, KILLED },
	{ "unlink", do_unlink, KILLED, KILLED },
	{ "rename", do_rename, KILLED, KILLED },
	{ "limits", do_limits, KILLED, KILLED },
	{ "a call of the future", do_no_such_call, KILLED, KILLED },
};

#define COUNT (sizeof(trials) / sizeof(trials[0]))

Test(sandbox, a_worker_does_none_of_it)
{
	for (size_t i = 0; i < COUNT; i++)
		cr_expect_eq(fate_of(sandbox_worker_calls, 0, trials[i].act), trials[i].worker,
			     "%s", trials[i].name);
}

Test(sandbox, the_main_thread_does_none_of_it)
{
	for (size_t i = 0; i < COUNT; i++)
		cr_expect_eq(fate_of(sandbox_main_calls, 0, trials[i].act), trials[i].main, "%s",
			     trials[i].name);
}

Test(sandbox, the_thread_behind_metrics_does_none_of_it)
{
	for (size_t i = 0; i < COUNT; i++)
		cr_expect_eq(fate_of(sandbox_metrics_calls, 0, trials[i].act), trials[i].worker,
			     "%s", trials[i].name);
}

Test(sandbox, what_is_asked_for_brings_its_own_calls_and_no_others)
{
	cr_assert_eq(fate_of(sandbox_worker_calls, VERBOSE, do_socket), EACCES);
	cr_assert_eq(fate_of(sandbox_worker_calls, FILES | SOCKETS, do_socket), KILLED);
	cr_assert_eq(fate_of(sandbox_worker_calls, FILES | SOCKETS, do_unlink), KILLED);
	cr_assert_eq(fate_of(sandbox_worker_calls, FILES, do_open), EACCES);
	cr_assert_eq(fate_of(sandbox_main_calls, SOCKETS, do_unlink), ENOENT);
	cr_assert_eq(fate_of(sandbox_main_calls, SOCKETS, do_rename), KILLED);
	cr_assert_eq(fate_of(sandbox_main_calls, SOCKETS, do_open), EACCES);
	cr_assert_eq(fate_of(sandbox_main_calls, FILES, do_rename), ENOENT);
	cr_assert_eq(fate_of(sandbox_main_calls, FILES | SOCKETS, do_unlink), ENOENT);
	/* Which files, Landlock decides. */
	cr_assert_eq(fate_of(sandbox_main_calls, FILES, do_open), 0);
	cr_assert_eq(fate_of(sandbox_main_calls, FILES | SOCKETS | VERBOSE, do_socket), KILLED);
	/* A manager is told by a socket that is open already. */
	cr_assert_eq(fate_of(sandbox_main_calls, ASKED, do_local_socket), KILLED);
	cr_assert_eq(fate_of(sandbox_main_calls, ASKED, do_connect), KILLED);
}

/* Enough memory to make, move and give back heaps; then the text of an error. */
static int do_ordinary_things(void)
{
	struct timespec now;
	void *blocks[64];
	size_t size = 100;

	for (size_t i = 0; i < 64; i++, size += size / 4)
		blocks[i] = malloc(size);
	blocks[0] = realloc(blocks[0], 1 << 20);
	for (size_t i = 0; i < 64; i++)
		free(blocks[i]);
	(void)fprintf(stderr, "%s\n", strerror(4242));
	return outcome(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now));
}

Test(sandbox, memory_clocks_and_messages_go_on_working)
{
	cr_assert_eq(fate_of(sandbox_worker_calls, 0, do_ordinary_things), 0);
	cr_assert_eq(fate_of(sandbox_main_calls, 0, do_ordinary_things), 0);
	cr_assert_eq(fate_of(sandbox_metrics_calls, 0, do_ordinary_things), 0);
}

static int do_abort(void)
{
	abort();
}

static void check_aborts(const struct filter_row *calls)
{
	pid_t child = fork();
	int status;

	cr_assert_geq(child, 0);
	if (child == 0)
		_exit(filter_load(calls, 0) ? 255 : do_abort());
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFSIGNALED(status));
	cr_assert_eq(WTERMSIG(status), SIGABRT);
}

Test(sandbox, a_failed_assertion_is_told_as_one)
{
	need_filters();
	check_aborts(sandbox_worker_calls);
	check_aborts(sandbox_main_calls);
	check_aborts(sandbox_metrics_calls);
}
