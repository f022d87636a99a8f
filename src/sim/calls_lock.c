/*
 * Locks, of tasks. What a task holds or waits for stands in the memory of the real lock, which is
 * all zeros when it is at rest: what was made without a world can be used in one, and the reverse.
 */
#include "calls_lock.h"

#include <string.h>

#include "base/clock.h"
#include "calls.h"
#include "task.h"

/* A world that was given up may leave one locked: its tasks own nothing in the next one. */
struct sim_mutex {
	const struct task *owner;
	uint64_t world;
};

struct sim_condition {
	clockid_t clock;
};

struct sim_barrier {
	uint32_t parties, arrived;
	uint64_t rounds;
};

struct sim_semaphore {
	uint32_t value;
};

_Static_assert(sizeof(struct sim_mutex) <= sizeof(pthread_mutex_t), "fits");
_Static_assert(sizeof(struct sim_condition) <= sizeof(pthread_cond_t), "fits");
_Static_assert(sizeof(struct sim_barrier) <= sizeof(pthread_barrier_t), "fits");
_Static_assert(sizeof(struct sim_semaphore) <= sizeof(sem_t), "fits");

/* Those that wait for a condition, on their own stacks. */
struct waiter {
	const pthread_cond_t *condition;
	bool woken;
	struct waiter *next;
};

static struct {
	struct waiter *first;
	uint64_t world;
} waiting;

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
	if (!world_get())
		return __real_pthread_mutex_init(mutex, attributes);
	memset(mutex, 0, sizeof(*mutex));
	return 0;
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	return world_get() ? 0 : __real_pthread_mutex_destroy(mutex);
}

static bool is_free(const void *argument)
{
	const struct sim_mutex *mutex = argument;

	return mutex->owner == NULL || mutex->world != world_number();
}

static int lock(pthread_mutex_t *mutex)
{
	struct sim_mutex *at = (struct sim_mutex *)mutex;

	if (!task_sleep(is_free, at, UINT64_MAX))
		return EDEADLK;
	at->owner = task_self();
	at->world = world_number();
	return 0;
}

static void unlock(pthread_mutex_t *mutex)
{
	*(struct sim_mutex *)mutex = (struct sim_mutex){ .owner = NULL };
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (!world_get())
		return __real_pthread_mutex_lock(mutex);
	world_enter();
	return lock(mutex);
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (!world_get())
		return __real_pthread_mutex_unlock(mutex);
	unlock(mutex);
	return 0;
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
	struct sim_condition *at = (struct sim_condition *)condition;

	if (!world_get())
		return __real_pthread_cond_init(condition, attributes);
	memset(condition, 0, sizeof(*condition));
	if (attributes)
		(void)pthread_condattr_getclock(attributes, &at->clock);
	return 0;
}

int __wrap_pthread_cond_destroy(pthread_cond_t *condition)
{
	return world_get() ? 0 : __real_pthread_cond_destroy(condition);
}

/* Those of a former world are gone with their stacks. */
static struct waiter *first_waiter(void)
{
	if (waiting.world != world_number())
		waiting.first = NULL;
	waiting.world = world_number();
	return waiting.first;
}

static bool is_woken(const void *argument)
{
	return ((const struct waiter *)argument)->woken;
}

static void waiter_remove(struct waiter *waiter)
{
	struct waiter **at = &waiting.first;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
}

static int wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
	struct waiter waiter = { .condition = condition, .next = first_waiter() };
	bool woken;
	int error;

	waiting.first = &waiter;
	unlock(mutex);
	/* Nobody has signalled: POSIX allows it. */
	waiter.woken = world_fault(FAULT_WAKE_EARLY);
	world_enter();
	woken = task_sleep(is_woken, &waiter, deadline_ns);
	waiter_remove(&waiter);
	error = lock(mutex);
	if (error)
		return error;
	return woken ? 0 : ETIMEDOUT;
}

int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	if (!world_get())
		return __real_pthread_cond_wait(condition, mutex);
	return wait_until(condition, mutex, UINT64_MAX);
}

static uint64_t deadline_of(clockid_t clock, const struct timespec *until)
{
	uint64_t deadline_ns = (uint64_t)until->tv_sec * NS_PER_S + (uint64_t)until->tv_nsec;

	if (clock == CLOCK_REALTIME)
		deadline_ns += world_now_ns() - (uint64_t)world_wall_ns();
	return deadline_ns;
}

int __wrap_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
				  clockid_t clock, const struct timespec *until)
{
	if (!world_get())
		return __real_pthread_cond_clockwait(condition, mutex, clock, until);
	return wait_until(condition, mutex, deadline_of(clock, until));
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
				  const struct timespec *until)
{
	const struct sim_condition *at = (const struct sim_condition *)condition;

	if (!world_get())
		return __real_pthread_cond_timedwait(condition, mutex, until);
	return wait_until(condition, mutex, deadline_of(at->clock, until));
}

/* Those that wait for it and have not been woken: how many, or the one of a number woken. */
static uint32_t wake(const pthread_cond_t *condition, uint32_t number)
{
	uint32_t count = 0;

	for (struct waiter *at = first_waiter(); at; at = at->next) {
		if (at->condition != condition || at->woken)
			continue;
		if (count++ == number) {
			at->woken = true;
			break;
		}
	}
	return count;
}

int __wrap_pthread_cond_signal(pthread_cond_t *condition)
{
	uint32_t count;

	if (!world_get())
		return __real_pthread_cond_signal(condition);
	world_enter();
	count = wake(condition, UINT32_MAX);
	if (count > 0)
		(void)wake(condition, world_below(count));
	return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition)
{
	if (!world_get())
		return __real_pthread_cond_broadcast(condition);
	world_enter();
	while (wake(condition, 0) > 0)
		continue;
	return 0;
}

int __wrap_pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes,
				unsigned int count)
{
	if (!world_get())
		return __real_pthread_barrier_init(barrier, attributes, count);
	memset(barrier, 0, sizeof(*barrier));
	((struct sim_barrier *)barrier)->parties = count;
	return 0;
}

int __wrap_pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	return world_get() ? 0 : __real_pthread_barrier_destroy(barrier);
}

struct meeting {
	const struct sim_barrier *barrier;
	uint64_t round;
};

static bool has_met(const void *argument)
{
	const struct meeting *meeting = argument;

	return meeting->barrier->rounds != meeting->round;
}

int __wrap_pthread_barrier_wait(pthread_barrier_t *barrier)
{
	struct sim_barrier *at = (struct sim_barrier *)barrier;
	struct meeting meeting = { .barrier = at };

	if (!world_get())
		return __real_pthread_barrier_wait(barrier);
	world_enter();
	meeting.round = at->rounds;
	if (++at->arrived == at->parties) {
		at->arrived = 0;
		at->rounds++;
		return PTHREAD_BARRIER_SERIAL_THREAD;
	}
	return task_sleep(has_met, &meeting, UINT64_MAX) ? 0 : EDEADLK;
}

/* Neither glibc's values nor the thread sanitizer's, which have some of their own for what was done
 * outside of worlds. */
enum { ONCE_NEW = PTHREAD_ONCE_INIT, ONCE_BEGUN = 0x5100, ONCE_DONE = 0x5200 };

static bool is_done(const void *argument)
{
	return *(const pthread_once_t *)argument == ONCE_DONE;
}

int __wrap_pthread_once(pthread_once_t *once, void (*run)(void))
{
	if (*once == ONCE_DONE)
		return 0;
	if (*once == ONCE_BEGUN)
		return task_sleep(is_done, once, UINT64_MAX) ? 0 : EDEADLK;
	if (!world_get() || *once != ONCE_NEW)
		return __real_pthread_once(once, run);
	*once = ONCE_BEGUN;
	run();
	*once = ONCE_DONE;
	return 0;
}

int __wrap_sem_init(sem_t *semaphore, int shared, unsigned int value)
{
	if (!world_get())
		return __real_sem_init(semaphore, shared, value);
	memset(semaphore, 0, sizeof(*semaphore));
	((struct sim_semaphore *)semaphore)->value = value;
	return 0;
}

int __wrap_sem_destroy(sem_t *semaphore)
{
	return world_get() ? 0 : __real_sem_destroy(semaphore);
}

static bool is_positive(const void *argument)
{
	return ((const struct sim_semaphore *)argument)->value > 0;
}

int __wrap_sem_wait(sem_t *semaphore)
{
	struct sim_semaphore *at = (struct sim_semaphore *)semaphore;

	if (!world_get())
		return __real_sem_wait(semaphore);
	world_enter();
	if (world_fault(FAULT_INTERRUPTED) || !task_sleep(is_positive, at, UINT64_MAX)) {
		errno = EINTR;
		return -1;
	}
	at->value--;
	return 0;
}

int __wrap_sem_post(sem_t *semaphore)
{
	if (!world_get())
		return __real_sem_post(semaphore);
	((struct sim_semaphore *)semaphore)->value++;
	world_enter();
	return 0;
}
