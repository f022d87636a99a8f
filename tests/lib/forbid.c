/*
 * forbid ERROR PROGRAM [ARGUMENT...]: run a program for which io_uring_setup fails with ERROR
 * (EPERM or ENOSYS), as it does in containers: by a seccomp filter.
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

static int filter_install(unsigned error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
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
	int error;

	if (argc < 3 || (strcmp(argv[1], "EPERM") != 0 && strcmp(argv[1], "ENOSYS") != 0)) {
		fputs("Usage: forbid EPERM|ENOSYS PROGRAM [ARGUMENT...]\n", stderr);
		return EXIT_CANNOT;
	}
	error = filter_install(strcmp(argv[1], "EPERM") == 0 ? EPERM : ENOSYS);
	if (error) {
		fprintf(stderr, "forbid: no seccomp filter here: %s\n", strerror(-error));
		return EXIT_SKIPPED;
	}
	execv(argv[2], argv + 2);
	fprintf(stderr, "forbid: %s: %s\n", argv[2], strerror(errno));
	return EXIT_CANNOT;
}
