#include "gnuplot.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lacking.h"

#define PROGRAM "gnuplot"
/* A picture takes some 20 ms, and has some 100 KiB. */
#define LIMIT_NS (60 * NS_PER_S)
#define OUTPUT_MAX (64u << 20)
#define EXIT_NOT_FOUND 127
#define EXIT_NOT_STARTED 126
#define LAST_WORDS_MAX 1024

/* Files in memory, so that neither side ever waits for the other to read. */
struct drawing {
	int script_fd, output_fd, errors_fd;
	pid_t pid;
	int process_fd;
};

static int script_write(int fd, const char *script, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, script, length);

		if (written < 0)
			return -errno;
		script += written;
		length -= (size_t)written;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int files_open(struct drawing *drawing)
{
	drawing->script_fd = memfd_create("script", MFD_CLOEXEC);
	drawing->output_fd = memfd_create("picture", MFD_CLOEXEC);
	drawing->errors_fd = memfd_create("errors", MFD_CLOEXEC);
	return drawing->script_fd < 0 || drawing->output_fd < 0 || drawing->errors_fd < 0 ? -errno
											  : 0;
}

/* -d: without the user's own settings. */
static _Noreturn void become(const struct drawing *drawing, pid_t parent)
{
	const struct rlimit size = { OUTPUT_MAX, OUTPUT_MAX };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_NOT_STARTED);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)setrlimit(RLIMIT_FSIZE, &size);
	(void)dup2(drawing->script_fd, STDIN_FILENO);
	(void)dup2(drawing->output_fd, STDOUT_FILENO);
	(void)dup2(drawing->errors_fd, STDERR_FILENO);
	(void)execlp(PROGRAM, PROGRAM, "-d", (char *)NULL);
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_STARTED);
}

static int start(struct drawing *drawing)
{
	pid_t parent = getpid();

	drawing->pid = fork();
	if (drawing->pid == 0)
		become(drawing, parent);
	if (drawing->pid < 0)
		return -errno;
	drawing->process_fd = pidfd_open(drawing->pid, 0);
	return drawing->process_fd < 0 ? -errno : 0;
}

/* Errors: ETIMEDOUT. */
static int wait_end(const struct drawing *drawing)
{
	struct pollfd wanted = { .fd = drawing->process_fd, .events = POLLIN };
	uint64_t deadline_ns = clock_now_ns() + LIMIT_NS;

	for (;;) {
		uint64_t now_ns = clock_now_ns();
		uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
		int count = poll(&wanted, 1, (int)(left_ns / NS_PER_MS));

		if (count > 0)
			return 0;
		if (count < 0 && errno != EINTR)
			return -errno;
		if (left_ns < NS_PER_MS)
			return -ETIMEDOUT;
	}
}

/* The first line that says something: what follows repeats the script. */
static void last_words(int fd, char *text, size_t size)
{
	ssize_t length = pread(fd, text, size - 1, 0);
	char *line;

	text[length > 0 ? length : 0] = '\0';
	line = strstr(text, "line ");
	if (line)
		memmove(text, line, strlen(line) + 1);
	text[strcspn(text, "\n")] = '\0';
}

static int judge(const struct drawing *drawing, int status, struct error *ret_error)
{
	char words[LAST_WORDS_MAX];

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_FOUND)
		return error_set(ret_error, -ENOENT,
				 "figures need gnuplot, which is not installed (Debian: "
				 "gnuplot-nox); --markdown alone needs none");
	if (WIFSIGNALED(status))
		return error_set(ret_error, -EPROTO, "gnuplot was ended by signal %d",
				 WTERMSIG(status));
	last_words(drawing->errors_fd, words, sizeof(words));
	return error_set(ret_error, -EPROTO, "gnuplot failed with exit code %d: %s",
			 WEXITSTATUS(status), words);
}

static int output_take(const struct drawing *drawing, char **ret_output)
{
	off_t size = lseek(drawing->output_fd, 0, SEEK_END);
	char *output = size < 0 ? NULL : malloc((size_t)size + 1);
	ssize_t length;

	if (!output)
		return -ENOMEM;
	length = pread(drawing->output_fd, output, (size_t)size, 0);
	output[length > 0 ? length : 0] = '\0';
	*ret_output = output;
	return 0;
}

static int draw(struct drawing *drawing, struct error *ret_error)
{
	int status = 0;
	int error = start(drawing);

	if (!error)
		error = wait_end(drawing);
	if (error && drawing->pid > 0)
		(void)kill(drawing->pid, SIGKILL);
	if (drawing->pid > 0)
		(void)waitpid(drawing->pid, &status, 0);
	if (error == -ETIMEDOUT)
		return error_set(ret_error, error, "gnuplot took longer than %d s and was ended",
				 (int)(LIMIT_NS / NS_PER_S));
	if (error)
		return error_set(ret_error, error, "cannot start gnuplot: %s", strerror(-error));
	return judge(drawing, status, ret_error);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

int gnuplot_run(const char *script, size_t length, char **ret_output, struct error *ret_error)
{
	struct drawing drawing = { -1, -1, -1, 0, -1 };
	int error = files_open(&drawing);

	if (!error)
		error = script_write(drawing.script_fd, script, length);
	if (error)
		(void)error_set(ret_error, error, "cannot start gnuplot: %s", strerror(-error));
	else
		error = draw(&drawing, ret_error);
	if (!error) {
		error = output_take(&drawing, ret_output);
		if (error)
			(void)error_set(ret_error, error, "%s", strerror(-error));
	}
	close_fd(drawing.script_fd);
	close_fd(drawing.output_fd);
	close_fd(drawing.errors_fd);
	close_fd(drawing.process_fd);
	return error;
}
