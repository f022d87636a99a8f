/*
 * forbid CALL ERROR PROGRAM [ARGUMENT...]: run a program for which a system call fails with ERROR,
 * as it does in containers and on older kernels: by a seccomp filter.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EXIT_CANNOT = 2, EXIT_SKIPPED = 77 };

struct word {
	const char *name;
	int value;
};

static const struct word calls[] = {
	{ "io_uring_setup", SYS_io_uring_setup },
	{ "io_uring_register", SYS_io_uring_register },
	{ "epoll_pwait2", SYS_epoll_pwait2 },
	{ "unshare", SYS_unshare },
	{ "landlock_create_ruleset", SYS_landlock_create_ruleset },
	{ "seccomp", SYS_seccomp },
	{ 0 },
};

static const struct word errors[] = {
	{ "ENOSYS", ENOSYS }, { "EPERM", EPERM },   { "ENOMEM", ENOMEM },
	{ "EMFILE", EMFILE }, { "EINVAL", EINVAL }, { 0 },
};

/* The value of a name; -1: it is none of the words. */
static int value_of(const struct word *words, const char *name)
{
	for (; words->name; words++)
		if (strcmp(words->name, name) == 0)
			return words->value;
	return -1;
}

static int filter_install(int call, int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? -errno : 0;
}

int main(int argc, char **argv)
{
	int call = argc > 3 ? value_of(calls, argv[1]) : -1;
	int error = argc > 3 ? value_of(errors, argv[2]) : -1;

	if (call < 0 || error < 0) {
		fputs("Usage: forbid io_uring_setup|io_uring_register|epoll_pwait2|unshare|"
		      "landlock_create_ruleset|seccomp "
		      "ENOSYS|EPERM|ENOMEM|EMFILE|EINVAL PROGRAM [ARGUMENT...]\n",
		      stderr);
		return EXIT_CANNOT;
	}
	error = filter_install(call, error);
	if (error) {
		fprintf(stderr, "forbid: no seccomp filter here: %s\n", strerror(-error));
		return EXIT_SKIPPED;
	}
	execv(argv[3], argv + 3);
	fprintf(stderr, "forbid: %s: %s\n", argv[3], strerror(errno));
	return EXIT_CANNOT;
}
