#include "experiment/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lacking.h"

#define EXIT_NOT_STARTED 127
#define TEXT_SIZE_FIRST 65536u
/* Whoever is not listened to often is not to wait for us: what anybody may have (pipe(7)). */
#define PIPE_SIZE (1u << 20)
/* How long those that were killed may take to end, ms. */
#define PAUSES_MAX 1000

/* In the child: go where the program is to run. */
static int settle(const struct child_command *command)
{
	if (command->network > 0 && setns(command->network, CLONE_NEWNET) < 0)
		return -errno;
	return command->cpus && command->cpus->count > 0 ? cpu_list_pin(command->cpus) : 0;
}

/* In the child: become the program. */
static _Noreturn void become(const struct child_command *command, int output, int errors,
			     pid_t parent)
{
	int error;

	/* The parent may have died before it could be asked for. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_NOT_STARTED);
	(void)setpgid(0, 0);
	(void)dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
	(void)dup2(output, STDOUT_FILENO);
	(void)dup2(errors, STDERR_FILENO);
	error = settle(command);
	if (error == 0) {
		(void)execv(command->path, (char *const *)(uintptr_t)command->argv);
		error = -errno;
	}
	(void)dprintf(STDERR_FILENO, "cannot start %s: %s\n", command->path, strerror(-error));
	_exit(EXIT_NOT_STARTED);
}

static int spawn(const struct child_command *command, struct child *child)
{
	int ends[2];
	pid_t parent = getpid();

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	child->errors_fd = memfd_create("errors", MFD_CLOEXEC);
	if (child->errors_fd < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child->output_fd = ends[0];
	(void)fcntl(ends[0], F_SETPIPE_SZ, (int)PIPE_SIZE);
	child->pid = fork();
	if (child->pid == 0)
		become(command, ends[1], child->errors_fd, parent);
	(void)close(ends[1]);
	if (child->pid < 0) {
		child->pid = 0;
		return -errno;
	}
	/* By both of us, so that nobody acts before it is done. */
	(void)setpgid(child->pid, child->pid);
	child->process_fd = pidfd_open(child->pid, 0);
	return child->process_fd < 0 ? -errno : 0;
}

int child_start(const struct child_command *command, struct child *ret_child,
		struct error *ret_error)
{
	int error;

	*ret_child = CHILD_NONE;
	error = spawn(command, ret_child);
	if (error < 0)
		return error_set(ret_error, error, "cannot start %s: %s", command->path,
				 strerror(-error));
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* Wait until one of them can be read, or has ended. Errors: ETIMEDOUT. */
static int wait_any(struct pollfd *wanted, nfds_t number, uint64_t deadline_ns)
{
	for (;;) {
		uint64_t now_ns = clock_now_ns();
		uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
		int count = poll(wanted, number, (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS));

		if (count > 0)
			return 0;
		if (count < 0 && errno != EINTR)
			return -errno;
		if (count == 0 && left_ns == 0)
			return -ETIMEDOUT;
	}
}

static int wait_readable(int fd, uint64_t deadline_ns)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	return fd < 0 ? -EPIPE : wait_any(&wanted, 1, deadline_ns);
}

int child_read_line(struct child *child, uint64_t limit_ns, char *line, size_t size)
{
	uint64_t deadline_ns = clock_now_ns() + limit_ns;
	size_t length = 0;
	ssize_t got;
	int error;

	/* Byte by byte, so that what follows the line stays in the pipe. */
	while (length < size) {
		error = wait_readable(child->output_fd, deadline_ns);
		if (error < 0)
			return error;
		got = read(child->output_fd, &line[length], 1);
		if (got <= 0)
			return got < 0 ? -errno : -EPIPE;
		if (line[length] == '\n') {
			line[length] = '\0';
			return 0;
		}
		length++;
	}
	return -EMSGSIZE;
}

/* Room for another byte, and the zero. */
static int make_room(struct child *child)
{
	size_t size = child->size > 0 ? 2 * child->size : TEXT_SIZE_FIRST;
	char *text;

	if (child->size - child->length > 1)
		return 0;
	if (size > CHILD_TEXT_MAX)
		return -EMSGSIZE;
	text = realloc(child->text, size);
	if (!text)
		return -ENOMEM;
	child->text = text;
	child->size = size;
	return 0;
}

/* Take a piece of its output. At the end, or where no more can be taken, that is closed: what still
 * writes to it then fails, rather than to wait for ever. */
static void take_piece(struct child *child)
{
	int error = make_room(child);
	ssize_t got = 0;

	if (!error) {
		got = read(child->output_fd, child->text + child->length,
			   child->size - child->length - 1);
		error = got < 0 && errno != EAGAIN ? -errno : 0;
	}
	if (got > 0) {
		child->length += (size_t)got;
		child->text[child->length] = '\0';
		return;
	}
	child->text_error = error;
	close_fd(&child->output_fd);
}

/* No more than a full pipe at once, so that one that talks without pause ends nobody's wait. */
void child_ignore_output(struct child *child)
{
	struct pollfd ready = { .fd = child->output_fd, .events = POLLIN };
	char forgotten[PIPE_BUF];

	for (size_t taken = 0; taken < PIPE_SIZE && poll(&ready, 1, 0) == 1;) {
		ssize_t got = read(child->output_fd, forgotten, sizeof(forgotten));

		if (got <= 0)
			break;
		taken += (size_t)got;
	}
}

int child_read_rest(struct child *child, const char **ret_text)
{
	/* All that it said is in the pipe, which one that left its group may hold open for ever. */
	if (child->output_fd >= 0)
		(void)fcntl(child->output_fd, F_SETFL, O_NONBLOCK);
	while (child->output_fd >= 0)
		take_piece(child);
	if (child->text_error)
		return child->text_error;
	*ret_text = child->length > 0 ? child->text : "";
	return 0;
}

/* Until it has ended. Errors: ETIMEDOUT. */
static int wait_end(struct child *child, uint64_t deadline_ns)
{
	for (;;) {
		struct pollfd wanted[] = {
			{ .fd = child->process_fd, .events = POLLIN },
			{ .fd = child->output_fd, .events = POLLIN },
		};
		int error = wait_any(wanted, 2, deadline_ns);

		if (error < 0 || wanted[0].revents)
			return error;
		take_piece(child);
		if (clock_now_ns() >= deadline_ns)
			return -ETIMEDOUT;
	}
}

/* Whom it leaves behind has become a child of ours: waited for, so that what it used is told as
 * ours, not as that of other programs. One that we may not kill is let go. */
static void reap_group(pid_t group)
{
	const struct timespec pause = { .tv_nsec = NS_PER_MS };
	pid_t ended = 0;

	for (int i = 0; i < PAUSES_MAX && ended >= 0; i += ended == 0) {
		ended = waitpid(-group, NULL, WNOHANG);
		if (ended == 0)
			(void)nanosleep(&pause, NULL);
	}
}

/* One that has ended, or is to end now: what it has started, and left, goes with it. Until it is
 * waited for nobody else has its number. */
static int reap(struct child *child)
{
	pid_t group = child->pid;
	int error;

	(void)kill(-group, SIGKILL);
	do
		error = wait4(group, &child->status, 0, &child->usage) < 0 ? -errno : 0;
	while (error == -EINTR);
	reap_group(group);
	child->pid = 0;
	return error;
}

int child_wait(struct child *child, uint64_t limit_ns)
{
	int error;

	if (child->pid == 0)
		return 0;
	error = wait_end(child, clock_now_ns() + limit_ns);
	return error ? error : reap(child);
}

int child_stop(struct child *child, uint64_t limit_ns)
{
	int error;

	if (child->pid == 0)
		return 0;
	(void)kill(child->pid, SIGTERM);
	error = child_wait(child, limit_ns);
	if (child->pid > 0)
		(void)reap(child);
	return error;
}

const char *child_last_words(struct child *child, char *text, size_t size)
{
	off_t end = lseek(child->errors_fd, 0, SEEK_END);
	off_t start = end > (off_t)size - 1 ? end - ((off_t)size - 1) : 0;
	ssize_t length = pread(child->errors_fd, text, size - 1, start);
	char *newline;

	if (length <= 0)
		return "";
	while (length > 0 && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	newline = strrchr(text, '\n');
	return newline ? newline + 1 : text;
}

void child_finish(struct child *child)
{
	if (child->pid > 0)
		(void)reap(child);
	close_fd(&child->process_fd);
	close_fd(&child->output_fd);
	close_fd(&child->errors_fd);
	free(child->text);
	child->text = NULL;
	child->length = child->size = 0;
}
