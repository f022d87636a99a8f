/* io_uring: submitting, and waiting for completions: polling first where that pays, then asleep. */
#include "base/compat.h"
#include "uring.h"

#define SPIN_ROUNDS_PER_CLOCK 32

/* One sleep at most: without any limit a minimum wait would end the sleep of an idle engine. */
#define SLEEP_NS_MAX (3600 * NS_PER_S)

int uring_submit(struct engine *engine)
{
	struct uring *uring = engine->state;

	engine->counters.system_calls++;
	return io_uring_submit_and_get_events(&uring->ring);
}

/* Is there something to be had without waiting: completions, or task work that makes some? */
bool uring_has_news(const struct uring *uring)
{
	unsigned flags = IO_URING_READ_ONCE(*uring->ring.sq.kflags);

	return io_uring_cq_ready(&uring->ring) > 0 ||
	       (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

/* ... that the kernel has to put into the ring first? */
static bool needs_kernel(const struct uring *uring)
{
	return io_uring_cq_ready(&uring->ring) == 0 && uring_has_news(uring);
}

/* Watch the ring in user memory for as long as the spin allows; no system call. */
static bool spin_on_ring(struct engine *engine, uint64_t wait_ns)
{
	const struct uring *uring = engine->state;
	uint64_t window_ns = engine->spin.window_ns < wait_ns ? engine->spin.window_ns : wait_ns;
	uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
	bool hit = false;

	engine->counters.spins++;
	while (!hit && now_ns - start_ns < window_ns) {
		for (int i = 0; i < SPIN_ROUNDS_PER_CLOCK && !hit; i++) {
			processor_pause();
			hit = uring_has_news(uring);
		}
		now_ns = clock_now_ns();
	}
	engine->counters.spin_ns += now_ns - start_ns;
	engine->counters.spin_hits += hit;
	spin_result(&engine->spin, hit);
	return hit;
}

static int wait_in_kernel(struct engine *engine, uint64_t wait_ns)
{
	uint64_t sleep_ns = wait_ns < SLEEP_NS_MAX ? wait_ns : SLEEP_NS_MAX;
	struct uring *uring = engine->state;
	struct __kernel_timespec limit = { .tv_sec = (long long)(sleep_ns / NS_PER_S),
					   .tv_nsec = (long long)(sleep_ns % NS_PER_S) };
	struct io_uring_cqe *cqe;

	engine->counters.system_calls++;
	if (feature_on(engine, FEATURE_MIN_WAIT)) {
		engine->counters.feature_uses[FEATURE_MIN_WAIT]++;
		return io_uring_submit_and_wait_min_timeout(&uring->ring, &cqe,
							    engine->config.min_wait_count, &limit,
							    engine->config.min_wait_us, NULL);
	}
	return io_uring_submit_and_wait_timeout(&uring->ring, &cqe, 1, &limit, NULL);
}

/* Submit, then poll, then sleep. What completes while it is submitted ends the wait at once. */
int uring_wait(struct engine *engine, uint64_t wait_ns)
{
	struct uring *uring = engine->state;
	bool submits = io_uring_sq_ready(&uring->ring) > 0;
	int error = 0;

	if (wait_ns == 0)
		return submits || needs_kernel(uring) ? uring_submit(engine) : 0;
	if (!spin_wanted(&engine->spin))
		return wait_in_kernel(engine, wait_ns);
	if (submits)
		error = uring_submit(engine);
	if (error < 0 || io_uring_cq_ready(&uring->ring) > 0)
		return error;
	return spin_on_ring(engine, wait_ns) ? uring_submit(engine)
					     : wait_in_kernel(engine, wait_ns);
}

/* A quiet send does not end a wait. Does anything hang on its end? */
bool uring_must_not_sleep(struct engine *engine)
{
	const struct uring *uring = engine->state;
	bool waiting = uring->quiet_urgent || engine->draining || engine->hungry;

	engine->hungry = false;
	if (uring->quiet_count == 0)
		return false;
	return waiting || engine->starved_count > 0;
}
