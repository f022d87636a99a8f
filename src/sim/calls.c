#include "calls.h"

#include "task.h"

struct waiting {
	struct file *file;
	uint32_t events;
};

ssize_t call_end(const char *name, int descriptor, ssize_t result)
{
	world_trace(name, descriptor, result);
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

static bool is_ready(const void *argument)
{
	const struct waiting *waiting = argument;

	return waiting->file->kind->ready(waiting->file) & waiting->events;
}

bool call_await(struct file *file, uint32_t events, bool waits, uint64_t deadline_ns)
{
	const struct waiting waiting = { .file = file, .events = events };
	bool ready;

	if (!waits)
		return false;
	/* Another task may close its descriptor meanwhile. */
	file_hold(file);
	ready = task_sleep(is_ready, &waiting, deadline_ns);
	file_release(file);
	return ready;
}
