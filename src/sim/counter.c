#include "counter.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#define VALUE_MAX (UINT64_MAX - 1)

struct counter {
	struct file file;
	uint64_t value;
	bool single; /* EFD_SEMAPHORE */
};

static uint32_t counter_ready(const struct file *file)
{
	const struct counter *counter = (const struct counter *)file;

	return (counter->value > 0 ? POLLIN : 0u) | (counter->value < VALUE_MAX ? POLLOUT : 0u);
}

static ssize_t counter_read(struct file *file, void *bytes, size_t length)
{
	struct counter *counter = (struct counter *)file;
	uint64_t value = counter->single ? 1 : counter->value;

	if (length < sizeof(value))
		return -EINVAL;
	if (counter->value == 0)
		return -EAGAIN;
	counter->value -= value;
	memcpy(bytes, &value, sizeof(value));
	file_changed(file, POLLOUT);
	return sizeof(value);
}

static ssize_t counter_write(struct file *file, const void *bytes, size_t length)
{
	struct counter *counter = (struct counter *)file;
	uint64_t value;

	if (length < sizeof(value))
		return -EINVAL;
	memcpy(&value, bytes, sizeof(value));
	if (value == UINT64_MAX)
		return -EINVAL;
	if (VALUE_MAX - counter->value < value)
		return -EAGAIN;
	counter->value += value;
	file_changed(file, POLLIN);
	return sizeof(value);
}

static void counter_destroy(struct file *file)
{
	free(file);
}

static const struct file_kind file_kind_counter = {
	.name = "eventfd",
	.ready = counter_ready,
	.read = counter_read,
	.write = counter_write,
	.destroy = counter_destroy,
};

int sim_counter_open(uint64_t value, int flags, struct file **ret_file)
{
	struct counter *counter = calloc(1, sizeof(*counter));

	if (!counter)
		return -ENOMEM;
	file_init(&counter->file, &file_kind_counter);
	counter->file.nonblocking = flags & EFD_NONBLOCK;
	counter->value = value;
	counter->single = flags & EFD_SEMAPHORE;
	*ret_file = &counter->file;
	return 0;
}
