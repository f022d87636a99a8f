#include "plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringside/engine.h>

#include "base/clock.h"
#include "base/files.h"
#include "chargen.h"
#include "worker.h"

uint64_t plan_files_needed(const struct load_options *options)
{
	uint64_t each = options->reconnect_every > 0 ? 2 : 1;
	uint64_t of_thread = FILES_OF_THREAD + THREAD_METER_FILES;

	return FILES_OF_PROCESS + options->threads * of_thread + each * options->connections;
}

/* Files for so many connections, or a sentence about it. */
int plan_raise_files(const struct load_options *options, struct error *ret_error)
{
	uint64_t needed = plan_files_needed(options);
	uint64_t files_max = files_raise(needed);

	if (files_max >= needed)
		return 0;
	return error_set(ret_error, -EMFILE,
			 "--connections %u needs %" PRIu64
			 " open files, and this process may have %" PRIu64 " (ulimit -Hn)",
			 options->connections, needed, files_max);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Divided evenly; the first ones get what is left over. */
uint64_t plan_part(uint64_t total, uint32_t count, uint32_t index)
{
	return total / count + (index < total % count ? 1 : 0);
}

uint64_t plan_requests(const struct load_options *options)
{
	const struct share *share = &options->share;

	return share->count > 0 ? plan_part(options->requests, share->count, share->index - 1)
				: options->requests;
}

static int plan_init(struct plan *plan)
{
	const struct load_options *options = plan->options;
	uint64_t requests = plan_requests(options);
	uint32_t first_client = 0;
	int error = pattern_open(options->seed, &plan->pattern);

	if (!error)
		error = chargen_open(&plan->chargen);
	if (error)
		return error;
	plan->workers = calloc(options->threads, sizeof(*plan->workers));
	if (!plan->workers)
		return -ENOMEM;
	for (uint32_t i = 0; i < options->threads; i++) {
		uint32_t clients = (uint32_t)plan_part(options->connections, options->threads, i);

		plan->worker_count++;
		error = worker_init(&plan->workers[i], plan, i, first_client, clients,
				    plan_part(requests, options->threads, i));
		if (error)
			return error;
		first_client += clients;
	}
	return 0;
}

static void plan_finish(struct plan *plan)
{
	for (uint32_t i = 0; i < plan->worker_count; i++)
		worker_finish(&plan->workers[i]);
	free(plan->workers);
	pattern_close(plan->pattern);
	chargen_close(plan->chargen);
}

bool plan_enter(struct plan *plan)
{
	bool abandoned;

	(void)pthread_mutex_lock(&plan->gate);
	abandoned = plan->abandoned;
	(void)pthread_mutex_unlock(&plan->gate);
	return !abandoned;
}

void plan_meet(struct plan *plan)
{
	(void)pthread_barrier_wait(&plan->barrier);
}

bool plan_goes_on(const struct plan *plan)
{
	return !atomic_load(&plan->failed) && atomic_load(&plan->connected) > 0;
}

void plan_leave(struct plan *plan)
{
	(void)pthread_mutex_lock(&plan->gate);
	plan->left++;
	(void)pthread_cond_signal(&plan->changed);
	(void)pthread_mutex_unlock(&plan->gate);
}

static void tell(struct plan *plan)
{
	(void)pthread_mutex_lock(&plan->gate);
	plan->told++;
	(void)pthread_cond_signal(&plan->changed);
	(void)pthread_mutex_unlock(&plan->gate);
}

void plan_begin_window(struct plan *plan)
{
	if (atomic_fetch_add(&plan->measuring, 1) + 1 == plan->worker_count)
		tell(plan);
}

void plan_end_window(struct plan *plan)
{
	if (atomic_fetch_add(&plan->measured, 1) + 1 == plan->worker_count)
		tell(plan);
}

/* What is spent before and after the window is none of its costs. */
void plan_look_at_usage(struct plan *plan)
{
	pid_t server = (pid_t)plan->options->server_pid;

	if (!plan->usage_begun && atomic_load(&plan->measuring) == plan->worker_count) {
		usage_read("", server, &plan->usages[0]);
		plan->usage_begun = true;
	}
	if (!plan->usage_ended && atomic_load(&plan->measured) == plan->worker_count) {
		usage_read("", server, &plan->usages[1]);
		plan->usage_ended = true;
	}
}

bool plan_await_end(struct plan *plan, uint64_t until_ns)
{
	const struct timespec until = { .tv_sec = (time_t)(until_ns / NS_PER_S),
					.tv_nsec = (long)(until_ns % NS_PER_S) };
	int waited = 0;
	bool all;

	(void)pthread_mutex_lock(&plan->gate);
	while (plan->left < plan->worker_count && plan->told == plan->heard && waited == 0)
		waited = pthread_cond_timedwait(&plan->changed, &plan->gate, &until);
	plan->heard = plan->told;
	all = plan->left == plan->worker_count;
	(void)pthread_mutex_unlock(&plan->gate);
	return all;
}

/*
 * Ask the observer, in the main thread, while the workers keep their connections alive. They are
 * woken so that all begin at once, and none closes its engine before the last meeting.
 */
static int release(struct plan *plan, const struct observer *observer, struct error *ret_error)
{
	int error;

	plan_meet(plan); /* engines are open */
	plan_meet(plan); /* connections are made */
	if (!plan_goes_on(plan))
		return 0;
	error = observer->ready(observer->context, ret_error);
	atomic_store(&plan->refused, error != 0);
	atomic_store(&plan->released, true);
	for (uint32_t i = 0; i < plan->worker_count; i++)
		engine_wake(plan->workers[i].engine);
	plan_meet(plan);
	return error;
}

static int watch(struct plan *plan, struct monitor *monitor, struct error *ret_error)
{
	int error = plan->held ? release(plan, monitor->observer, ret_error) : 0;

	monitor_watch(monitor);
	return error;
}

/* The gate is shut while threads are made, so that none waits for one that cannot be made. */
static int run_threads(struct plan *plan, struct monitor *monitor, struct error *ret_error)
{
	uint32_t made = 0;
	int error = 0;

	(void)pthread_mutex_lock(&plan->gate);
	while (made < plan->worker_count && !error) {
		struct worker *worker = &plan->workers[made];

		error = pthread_create(&worker->thread, NULL, worker_main, worker);
		if (!error)
			made++;
	}
	plan->abandoned = error != 0;
	(void)pthread_mutex_unlock(&plan->gate);
	error = error ? error_set(ret_error, -error, "cannot start %u threads: %s",
				  plan->worker_count, strerror(error))
		      : watch(plan, monitor, ret_error);
	for (uint32_t i = 0; i < made; i++)
		(void)pthread_join(plan->workers[i].thread, NULL);
	return error;
}

/* Waits with a limit are on the clock that nobody sets. */
static int locks_init(struct plan *plan)
{
	pthread_condattr_t attributes;
	uint32_t parties = plan->worker_count + (plan->held ? 1 : 0);

	if (pthread_barrier_init(&plan->barrier, NULL, parties) != 0)
		return -ENOMEM;
	(void)pthread_mutex_init(&plan->gate, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&plan->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	return 0;
}

static void locks_finish(struct plan *plan)
{
	(void)pthread_cond_destroy(&plan->changed);
	(void)pthread_mutex_destroy(&plan->gate);
	(void)pthread_barrier_destroy(&plan->barrier);
}

static int run_workers(struct plan *plan, struct monitor *monitor, struct error *ret_error)
{
	int error;

	if (locks_init(plan) != 0)
		return error_set(ret_error, -ENOMEM, "out of memory");
	error = run_threads(plan, monitor, ret_error);
	locks_finish(plan);
	if (error)
		return error;
	for (uint32_t i = 0; i < plan->worker_count; i++)
		if (plan->workers[i].error)
			return error_set(ret_error, plan->workers[i].error, "%s",
					 plan->workers[i].reason.text);
	monitor_collect(monitor);
	return monitor->error ? error_set(ret_error, monitor->error, "out of memory") : 0;
}

/* With -n the window goes on when all is sent, until the last answer. Each request takes the time
 * until the next one's. */
static void note_sending(const struct plan *plan, struct outcome *outcome)
{
	const struct load_options *options = plan->options;
	uint64_t gap_ns = options->rate > 0 ? NS_PER_S / options->rate : 0;

	outcome->sending_ns = outcome->due_ns = result_duration_ns(&outcome->result);
	if (options->requests == 0 || options->rate == 0)
		return;
	outcome->sending_ns = outcome->due_ns = gap_ns;
	for (uint32_t i = 0; i < plan->worker_count; i++) {
		const struct worker *worker = &plan->workers[i];
		uint64_t begin_ns = worker->recorder.begin_ns;

		if (worker->last_sent_ns < begin_ns)
			continue;
		outcome->sending_ns = larger(outcome->sending_ns,
					     worker->last_sent_ns - begin_ns + gap_ns);
		outcome->due_ns = larger(outcome->due_ns, worker->last_due_ns - begin_ns + gap_ns);
	}
}

/* When the window began by the world's clock, from when it was by ours. */
static int64_t unix_time_of(uint64_t monotonic_ns)
{
	return monotonic_ns > 0 ? clock_wall_ns() - (int64_t)(clock_now_ns() - monotonic_ns) : 0;
}

/* What the monitor has becomes the outcome's; it keeps empty ones. */
static void collect(struct plan *plan, struct monitor *monitor, struct outcome *ret_outcome)
{
	struct outcome outcome = {
		.result = monitor->total,
		.intervals = monitor->intervals,
		.choice = plan->workers[0].choice,
		.started_unix_ns = unix_time_of(monitor->total.started_ns),
		.busy_share = monitor_busy_share(monitor),
		.settling = { .reached = monitor->settled,
			      .change = steady_change(&monitor->steady),
			      .after_ns = monitor->settled_after_ns },
		.aborted = atomic_load(&plan->aborted),
	};

	monitor->total = (struct result){ 0 };
	monitor->intervals = (struct interval_list){ 0 };
	for (uint32_t i = 0; i < plan->worker_count; i++) {
		const struct worker *worker = &plan->workers[i];

		outcome.connected += worker->connected;
		outcome.kernel_drops += worker->kernel_drops;
		if (i > 0)
			choice_merge(&outcome.choice, &worker->choice);
		outcome_note_pmu(&outcome, worker->meter.pmu_missing);
	}
	(void)snprintf(outcome.pmu_note, sizeof(outcome.pmu_note), "%s",
		       plan->workers[0].meter.pmu_note);
	note_sending(plan, &outcome);
	*ret_outcome = outcome;
}

/* All that the window has cost this host; where not all threads came to one, the whole run. */
static int run_metered(struct plan *plan, struct monitor *monitor, struct usage *ret_usage,
		       struct error *ret_error)
{
	pid_t server = (pid_t)plan->options->server_pid;
	int error;

	plan->usages = calloc(2, sizeof(*plan->usages));
	if (!plan->usages)
		return error_set(ret_error, -ENOMEM, "out of memory");
	usage_read("", server, &plan->usages[0]);
	error = run_workers(plan, monitor, ret_error);
	if (!plan->usage_ended)
		usage_read("", server, &plan->usages[1]);
	usage_difference(&plan->usages[1], &plan->usages[0], ret_usage);
	free(plan->usages);
	return error;
}

int plan_run(const struct load_options *options, const struct target *target,
	     const atomic_int *stop, const struct observer *observer, struct outcome *ret_outcome,
	     struct error *ret_error)
{
	struct plan plan = {
		.options = options,
		.target = target,
		.stop = stop,
		.held = observer && observer->ready,
		.trip_log = observer ? observer->trip_log : NULL,
	};
	struct monitor monitor = { 0 };
	struct usage usage = { 0 };
	int error = plan_raise_files(options, ret_error);

	if (error)
		return error;
	error = plan_init(&plan);
	if (!error)
		error = monitor_init(&monitor, &plan, observer);
	if (!error)
		error = run_metered(&plan, &monitor, &usage, ret_error);
	else
		(void)error_set(ret_error, error, "out of memory for %u connections, %u deep",
				options->connections, options->depth);
	if (!error) {
		collect(&plan, &monitor, ret_outcome);
		ret_outcome->usage = usage;
	}
	monitor_finish(&monitor);
	plan_finish(&plan);
	return error;
}

void outcome_note_pmu(struct outcome *outcome, const char *missing)
{
	struct cost *cost = &outcome->result.cost;

	if (outcome->pmu_missing[0] == '\0')
		(void)snprintf(outcome->pmu_missing, sizeof(outcome->pmu_missing), "%s", missing);
	if (outcome->pmu_missing[0] != '\0')
		cost->cycles = cost->instructions = 0;
}

void outcome_finish(struct outcome *outcome)
{
	result_finish(&outcome->result);
	interval_list_finish(&outcome->intervals);
}
