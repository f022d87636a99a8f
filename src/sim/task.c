#include "task.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "context.h"
#include "schedule.h"
#include "world.h"

#define TASK_MAX 64

struct task {
	struct context context;
	void *(*run)(void *argument);
	void *argument;
	void *result;
	char name[16];
	bool ended;
	bool sleeps;
	bool (*ready)(const void *argument); /* asleep until this; NULL: until the deadline */
	const void *ready_argument;
	uint64_t deadline_ns;
	int error_number; /* errno, while others run */
};

static struct {
	struct task items[TASK_MAX];
	uint32_t count, alive;
	struct task *self;    /* has its turn; NULL: an event has */
	struct task *current; /* whose stack is used */
	struct task outside;  /* who called world_run() */
	int outcome;
} tasks;

struct task *task_self(void)
{
	return tasks.self;
}

bool task_has_ended(const struct task *task, void **ret_result)
{
	if (task->ended && ret_result)
		*ret_result = task->result;
	return task->ended;
}

uint32_t tasks_alive(void)
{
	return tasks.alive;
}

void task_name_set(struct task *task, const char *name)
{
	(void)snprintf(task->name, sizeof(task->name), "%s", name);
}

static bool can_run(const struct task *task)
{
	if (task->ended)
		return false;
	if (!task->sleeps || task->deadline_ns <= world_now_ns())
		return true;
	return task->ready && task->ready(task->ready_argument);
}

/* One of those that can run, drawn; NULL: none can. */
static struct task *pick(void)
{
	struct task *able[TASK_MAX];
	uint32_t count = 0;

	for (uint32_t i = 0; i < tasks.count; i++)
		if (can_run(&tasks.items[i]))
			able[count++] = &tasks.items[i];
	if (count <= 1)
		return count ? able[0] : NULL;
	return able[world_below(count)];
}

static uint64_t earliest_deadline_ns(void)
{
	uint64_t earliest_ns = UINT64_MAX;

	for (uint32_t i = 0; i < tasks.count; i++) {
		const struct task *task = &tasks.items[i];

		if (!task->ended && task->sleeps && task->deadline_ns < earliest_ns)
			earliest_ns = task->deadline_ns;
	}
	return earliest_ns;
}

/* Whose turn is next? Events have theirs meanwhile, on the stack of whoever asks. */
static struct task *next_turn(void)
{
	for (;;) {
		struct task *next;

		if (schedule_is_over()) {
			tasks.outcome = -EOVERFLOW;
			return &tasks.outside;
		}
		if (schedule_event())
			continue;
		if (tasks.alive == 0) {
			tasks.outcome = 0;
			return &tasks.outside;
		}
		next = pick();
		if (next)
			return next;
		if (!schedule_pass(earliest_deadline_ns())) {
			tasks.outcome = -EDEADLK;
			return &tasks.outside;
		}
	}
}

/* Give the turn away; returns when it has come back. */
static void give_turn(void)
{
	struct task *before = tasks.current, *next;

	before->error_number = errno;
	tasks.self = NULL;
	next = next_turn();
	tasks.current = next;
	tasks.self = next == &tasks.outside ? NULL : next;
	if (next != before) {
		schedule_switched(next->name);
		if (before->ended)
			context_leave(&before->context, &next->context);
		else
			context_switch(&before->context, &next->context);
	}
	errno = before->error_number;
}

static void task_main(void)
{
	struct task *task = tasks.current;

	context_entered();
	task->result = task->run(task->argument);
	task->ended = true;
	tasks.alive--;
	give_turn();
}

int task_start(void *(*run)(void *argument), void *argument, const char *name,
	       struct task **ret_task)
{
	struct task *task = &tasks.items[tasks.count];

	if (tasks.count == TASK_MAX)
		return -ENOMEM;
	*task = (struct task){ .run = run, .argument = argument };
	if (context_open(&task->context, task_main) < 0)
		return -ENOMEM;
	task_name_set(task, name);
	tasks.count++;
	tasks.alive++;
	if (ret_task)
		*ret_task = task;
	return 0;
}

bool task_sleep(bool (*ready)(const void *argument), const void *argument, uint64_t deadline_ns)
{
	struct task *task = tasks.self;
	bool is_ready = ready && ready(argument);

	if (!task || is_ready || deadline_ns <= world_now_ns())
		return is_ready;
	task->ready = ready;
	task->ready_argument = argument;
	task->deadline_ns = deadline_ns;
	task->sleeps = true;
	give_turn();
	task->sleeps = false;
	return ready && ready(argument);
}

void task_yield(void)
{
	if (tasks.self)
		give_turn();
}

int tasks_run(void)
{
	assert(tasks.self == NULL && tasks.current == &tasks.outside);
	give_turn();
	return tasks.outcome;
}

void tasks_open(void)
{
	tasks.count = tasks.alive = 0;
	tasks.self = NULL;
	tasks.current = &tasks.outside;
	context_adopt(&tasks.outside.context);
	task_name_set(&tasks.outside, "outside");
}

void tasks_close(void)
{
	assert(tasks.current == &tasks.outside);
	for (uint32_t i = 0; i < tasks.count; i++)
		context_close(&tasks.items[i].context);
	tasks.count = tasks.alive = 0;
}
