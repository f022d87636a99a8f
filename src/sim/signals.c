#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/signalfd.h>

#include "world.h"

#define SIGNAL_MAX 64

/* Standard signals do not queue: one that is pending already is pending. */
struct signal_file {
	struct file file;
	uint64_t mask, pending;
	struct signal_file *next, **before;
};

static struct {
	struct signal_file *files;
	struct sigaction actions[SIGNAL_MAX];
} signals;

void sim_signals_open(void)
{
	signals.files = NULL;
	for (int i = 0; i < SIGNAL_MAX; i++)
		signals.actions[i] = (struct sigaction){ .sa_handler = SIG_DFL };
}

void sim_signals_close(void)
{
	signals.files = NULL;
}

static uint64_t bit_of(int number)
{
	return UINT64_C(1) << (number - 1);
}

uint64_t sim_signal_mask(const sigset_t *set)
{
	uint64_t mask = 0;

	for (int number = 1; number < SIGNAL_MAX; number++)
		if (sigismember(set, number) == 1)
			mask |= bit_of(number);
	return mask;
}

static uint32_t signal_ready(const struct file *file)
{
	return ((const struct signal_file *)file)->pending ? POLLIN : 0;
}

static ssize_t signal_read(struct file *file, void *bytes, size_t length)
{
	struct signal_file *signal_file = (struct signal_file *)file;
	struct signalfd_siginfo *info = bytes;
	int number;

	if (length < sizeof(*info))
		return -EINVAL;
	if (!signal_file->pending)
		return -EAGAIN;
	number = __builtin_ctzll(signal_file->pending) + 1;
	signal_file->pending &= ~bit_of(number);
	*info = (struct signalfd_siginfo){ .ssi_signo = (uint32_t)number };
	return sizeof(*info);
}

static void signal_destroy(struct file *file)
{
	struct signal_file *signal_file = (struct signal_file *)file;

	*signal_file->before = signal_file->next;
	if (signal_file->next)
		signal_file->next->before = signal_file->before;
	free(signal_file);
}

static const struct file_kind file_kind_signal = {
	.name = "signalfd",
	.ready = signal_ready,
	.read = signal_read,
	.destroy = signal_destroy,
};

int sim_signal_file_open(uint64_t mask, bool nonblocking, struct file **ret_file)
{
	struct signal_file *signal_file = calloc(1, sizeof(*signal_file));

	if (!signal_file)
		return -ENOMEM;
	file_init(&signal_file->file, &file_kind_signal);
	signal_file->file.nonblocking = nonblocking;
	signal_file->mask = mask;
	signal_file->next = signals.files;
	signal_file->before = &signals.files;
	if (signals.files)
		signals.files->before = &signal_file->next;
	signals.files = signal_file;
	*ret_file = &signal_file->file;
	return 0;
}

int sim_signal_action(int number, const struct sigaction *action, struct sigaction *ret_former)
{
	if (number < 1 || number >= SIGNAL_MAX)
		return -EINVAL;
	if (ret_former)
		*ret_former = signals.actions[number];
	if (action)
		signals.actions[number] = *action;
	return 0;
}

static bool told_descriptors(int number)
{
	bool any = false;

	for (struct signal_file *at = signals.files; at; at = at->next) {
		if (!(at->mask & bit_of(number)))
			continue;
		any = true;
		at->pending |= bit_of(number);
		file_changed(&at->file, POLLIN);
	}
	return any;
}

void world_signal(int number)
{
	struct sigaction action;

	world_trace("signal", number, 0);
	if (number < 1 || number >= SIGNAL_MAX || told_descriptors(number))
		return;
	action = signals.actions[number];
	if (action.sa_flags & (int)SA_RESETHAND)
		signals.actions[number] = (struct sigaction){ .sa_handler = SIG_DFL };
	if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
		action.sa_handler(number);
}
