/*
 * Tasks: the threads of the program under test, one at a time. A task runs until a simulated call
 * would sleep; then another one, or the next event of the world, has its turn. Who that is among
 * those that could go on is drawn by the seed.
 *
 * They are contexts with stacks of their own (swapcontext(3)), told to the address sanitizer.
 */
#ifndef SIM_TASK_H
#define SIM_TASK_H

#include <stdbool.h>
#include <stdint.h>

struct task;

/* Start one; it has its first turn later. name is copied. Errors: ENOMEM. It belongs to the world;
 * what run() returns is kept until the world is closed. */
int task_start(void *(*run)(void *argument), void *argument, const char *name,
	       struct task **ret_task);

/* The one that runs now; NULL: an event does, or nobody. */
struct task *task_self(void);

bool task_has_ended(const struct task *task, void **ret_result);

/*
 * Sleep until ready(argument) is true (NULL: never) or the deadline has come (UINT64_MAX: none);
 * returns what ready() said. It is asked often and must change nothing. Without a task (in an
 * event) this does not sleep. FAULT_WAKE_LATE and FAULT_WAKE_EARLY are the caller's.
 */
bool task_sleep(bool (*ready)(const void *argument), const void *argument, uint64_t deadline_ns);

/* Let others have a turn. */
void task_yield(void);

/* How many have not ended. */
uint32_t tasks_alive(void);

/* Of the world. Tasks that have not ended are dropped, with all that is on their stacks. */
void tasks_open(void);
void tasks_close(void);

/* As world_run(). */
int tasks_run(void);

#endif
