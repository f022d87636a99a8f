/* What several workers give away adds up to intervals, and these to the run. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "load/monitor.h"
#include "load/plan.h"
#include "load/worker.h"

#define WORKERS 2u
#define BEGIN_NS 1000000000ull

static struct load_options options = { .interval_ns = 1000 };
static struct target target;
static struct plan plan = { .options = &options, .target = &target, .worker_count = WORKERS };
static struct monitor monitor;
static uint32_t told; /* intervals that the observer was told of */

static void tell(void *context, const struct interval *interval)
{
	told++;
}

static const struct observer observer = { .interval = tell };

static void begin(void)
{
	plan.workers = calloc(WORKERS, sizeof(*plan.workers));
	for (uint32_t i = 0; i < WORKERS; i++) {
		struct worker *worker = &plan.workers[i];

		cr_assert_eq(handover_init(&worker->handover), 0);
		recorder_init(&worker->recorder, handover_begin(&worker->handover), false);
	}
	cr_assert_eq(monitor_init(&monitor, &plan, &observer), 0);
}

static void finish(void)
{
	monitor_finish(&monitor);
	for (uint32_t i = 0; i < WORKERS; i++)
		handover_finish(&plan.workers[i].handover);
	free(plan.workers);
}

TestSuite(monitor, .init = begin, .fini = finish);

static void answer(struct worker *worker, uint32_t count, uint64_t latency_ns)
{
	for (uint32_t i = 0; i < count; i++) {
		recorder_sent(&worker->recorder, 0, 1, 10);
		recorder_answer(&worker->recorder, 0, latency_ns, 10, false);
	}
}

static void start(struct worker *worker, uint64_t now_ns)
{
	recorder_start(&worker->recorder, now_ns, &(struct cost){ 0 });
}

static void give(struct worker *worker, uint64_t now_ns)
{
	struct result *full = worker->recorder.result;
	struct result *empty = handover_spare(&worker->handover);

	recorder_split(&worker->recorder, empty, now_ns, &(struct cost){ .cpu_ns = 100 });
	handover_give(&worker->handover, full);
}

static void leave(struct worker *worker, uint64_t now_ns)
{
	recorder_stop(&worker->recorder, now_ns, &(struct cost){ .cpu_ns = 700 });
	atomic_store(&worker->left, true);
}

static void check_sums(void)
{
	uint64_t sent = 0, requests = 0, bytes = 0;

	for (uint32_t i = 0; i < monitor.intervals.count; i++) {
		sent += monitor.intervals.items[i].sent;
		requests += monitor.intervals.items[i].requests;
		bytes += monitor.intervals.items[i].bytes;
	}
	cr_assert_eq(sent, monitor.total.sent);
	cr_assert_eq(requests, monitor.total.requests);
	cr_assert_eq(bytes, monitor.total.bytes);
	cr_assert_eq(histogram_count(monitor.total.latency), monitor.total.requests);
	cr_assert_eq(told, monitor.intervals.count);
}

Test(monitor, parts_of_an_interval_are_added_up)
{
	struct worker *one = &plan.workers[0], *other = &plan.workers[1];

	start(one, BEGIN_NS);
	start(other, BEGIN_NS + 5);
	answer(one, 3, 50);
	answer(other, 4, 70);
	give(one, BEGIN_NS + 1000);
	give(other, BEGIN_NS + 1010);
	answer(one, 5, 20);
	answer(other, 6, 90);
	leave(one, BEGIN_NS + 2000);
	leave(other, BEGIN_NS + 2005);
	monitor_collect(&monitor);
	cr_assert_eq(monitor.intervals.count, 2);
	cr_assert_eq(monitor.intervals.items[0].requests, 7);
	cr_assert_eq(monitor.intervals.items[0].start_ns, 0);
	cr_assert_eq(monitor.intervals.items[0].duration_ns, 1010);
	cr_assert_eq(monitor.intervals.items[0].max_ns, 70);
	cr_assert_eq(monitor.intervals.items[1].requests, 11);
	cr_assert_eq(monitor.intervals.items[1].min_ns, 20);
	cr_assert_eq(monitor.total.cost.cpu_ns, 1400);
	cr_assert_eq(result_duration_ns(&monitor.total), 2005);
	check_sums();
}

/* All its connections broke in the first interval; the other one goes on. */
Test(monitor, who_left_early_belongs_to_the_interval_it_left_in)
{
	struct worker *one = &plan.workers[0], *other = &plan.workers[1];

	start(one, BEGIN_NS);
	start(other, BEGIN_NS + 5);
	answer(one, 3, 50);
	leave(one, BEGIN_NS + 300);
	answer(other, 4, 70);
	give(other, BEGIN_NS + 1000);
	answer(other, 6, 90);
	leave(other, BEGIN_NS + 2000);
	monitor_collect(&monitor);
	cr_assert_eq(monitor.intervals.count, 2);
	cr_assert_eq(monitor.intervals.items[0].requests, 7);
	cr_assert_eq(monitor.intervals.items[0].start_ns, 0);
	cr_assert_eq(monitor.intervals.items[0].duration_ns, 1000);
	cr_assert_eq(monitor.intervals.items[1].requests, 6);
	cr_assert_eq(monitor.intervals.items[1].start_ns, 1000);
	check_sums();
}

Test(monitor, a_run_without_a_window_has_no_intervals)
{
	recorder_error(&plan.workers[0].recorder, RESULT_CONNECT, -111);
	leave(&plan.workers[0], BEGIN_NS);
	leave(&plan.workers[1], BEGIN_NS);
	monitor_collect(&monitor);
	cr_assert_eq(monitor.intervals.count, 0);
	cr_assert_eq(monitor.total.errors[RESULT_CONNECT], 1);
}

Test(monitor, busy_is_the_busiest_without_its_polling)
{
	struct worker *one = &plan.workers[0], *other = &plan.workers[1];

	start(one, BEGIN_NS);
	start(other, BEGIN_NS);
	recorder_stop(&one->recorder, BEGIN_NS + 1000,
		      &(struct cost){ .cpu_ns = 1000, .spin_ns = 900 });
	recorder_stop(&other->recorder, BEGIN_NS + 1000, &(struct cost){ .cpu_ns = 400 });
	atomic_store(&one->left, true);
	atomic_store(&other->left, true);
	monitor_collect(&monitor);
	cr_assert_float_eq(monitor_busy_share(&monitor), 0.4, 1e-9);
}
