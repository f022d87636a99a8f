#include "worker.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "times.h"

/* While draining the engine is asked this often whether it has finished. */
#define DRAIN_STEP_NS (2 * NS_PER_MS)

static int fault(struct worker *worker, int error, const char *what)
{
	return error_set(&worker->error, error, "%s: %s", what, strerror(-error));
}

/* NULL: everybody. */
static const uid_t *allowed_uids(const struct serve_options *options,
				 const struct listener *listener)
{
	return transports[listener->url.transport].local && options->allowed_uids.count > 0
		       ? options->allowed_uids.items
		       : NULL;
}

static int open_listeners(struct worker *worker)
{
	struct listener_list *list = worker->setup->listeners;
	uint16_t number;

	for (uint32_t i = 0; i < list->count; i++) {
		struct listener *listener = &list->items[i];
		const struct listener_options options = {
			.talks = listener->service->talks,
			.shared = listener_is_shared(listener) && list->thread_count > 1,
			.kept = listener->passed,
			.ancillary = times_ancillary(worker->setup->options, listener),
			.allowed_uids = allowed_uids(worker->setup->options, listener),
			.allowed_uid_count = worker->setup->options->allowed_uids.count,
		};
		int error = engine_listen(worker->engine, listener_take(listener, worker->number),
					  &options, &number);

		if (error)
			return fault(worker, error, listener->text.text);
		assert(number == i);
	}
	return 0;
}

/* Behind the listeners, so that their numbers are those of the list. */
static int open_pulse(struct worker *worker)
{
	struct pulse *pulse = worker->setup->pulse;
	uint16_t number;
	int error;

	if (!pulse)
		return 0;
	error = engine_listen(worker->engine, pulse_take(pulse, worker->number),
			      &pulse_listener_options, &number);
	if (error)
		return fault(worker, error, "the socket that asks whether it serves");
	assert(number == worker->setup->listeners->count);
	return 0;
}

static int open_injector(struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	int error;

	if (setup->options->inject.count == 0)
		return 0;
	error = injector_open(&setup->options->inject, setup->options->inject_seed, worker->number,
			      setup->listeners, setup->config, &worker->serving.departures,
			      &worker->serving.injector);
	return error ? fault(worker, error, "--inject") : 0;
}

static int open_all(struct worker *worker)
{
	const struct worker_setup *setup = worker->setup;
	const struct cpu_list *cpus = &setup->options->cpus;
	int error = 0;

	/* First of all, so that the engine's memory is near its CPU. */
	if (cpus->count > 0)
		error = cpu_pin(cpus->cpus[worker->number % cpus->count]);
	if (error)
		return fault(worker, error, "--cpus");
	error = serving_init(&worker->serving, setup->options, setup->listeners, setup->guard,
			     setup->config->connection_max);
	if (error)
		return fault(worker, error, "cannot prepare the services");
	if (setup->rates->listener_count > 0)
		worker->serving.limits = setup->rates;
	error = open_injector(worker);
	if (error)
		return error;
	error = choice_open((enum backend_choice)setup->options->backend, setup->config,
			    &worker->engine, &worker->choice, &worker->error);
	if (!error)
		error = open_listeners(worker);
	if (!error)
		error = open_pulse(worker);
	if (error)
		return error;
	error = sandbox_thread(setup->sandbox, SANDBOX_WORKER);
	return error ? fault(worker, error, "seccomp (--sandbox off does without)") : 0;
}

static void note_injected(struct worker *worker)
{
	const struct serving *serving = &worker->serving;

	for (uint32_t i = 0; serving->injector && i < serving->listeners->count; i++)
		serving->tallies[i].injected = injector_tally(serving->injector, i);
}

static void write_report(struct worker *worker)
{
	struct report *report = &worker->report;

	(void)pthread_mutex_lock(&worker->mutex);
	if (worker->engine) {
		report->engine = *engine_counters(worker->engine);
		report->connections = engine_connections(worker->engine);
		report->kernel_drops = engine_kernel_drops(worker->engine);
		engine_pools(worker->engine, report->pools);
		note_injected(worker);
		memcpy(report->tallies, worker->serving.tallies,
		       worker->setup->listeners->count * sizeof(report->tallies[0]));
	}
	report->cpu_ns = clock_cpu_ns(CLOCK_THREAD_CPUTIME_ID) - worker->start_cpu_ns;
	worker->report_count++;
	(void)pthread_cond_broadcast(&worker->changed);
	(void)pthread_mutex_unlock(&worker->mutex);
}

static void enter(struct worker *worker, enum worker_state state)
{
	(void)pthread_mutex_lock(&worker->mutex);
	worker->state = state;
	(void)pthread_cond_broadcast(&worker->changed);
	(void)pthread_mutex_unlock(&worker->mutex);
}

/* Returns false when it is time to end. */
static bool obey(struct worker *worker)
{
	unsigned int orders = atomic_exchange(&worker->orders, 0);

	if (orders & ORDER_REPORT)
		write_report(worker);
	if (orders & ORDER_DRAIN) {
		worker->draining = true;
		worker->deadline_ns = clock_now_ns() + worker->setup->options->drain_ns;
		engine_drain(worker->engine);
		if (worker->serving.injector)
			injector_drain(worker->serving.injector);
	}
	return !(orders & ORDER_END);
}

static bool drained(struct worker *worker)
{
	return !engine_busy(worker->engine) || clock_now_ns() >= worker->deadline_ns;
}

/* Orders may have come before it served. */
static bool ordered_to_end(struct worker *worker)
{
	if (atomic_load_explicit(&worker->orders, memory_order_relaxed) && !obey(worker))
		return true;
	return worker->draining && drained(worker);
}

/* Returns 0 when it ends as ordered. */
static int serve(struct worker *worker)
{
	struct injector *injector = worker->serving.injector;
	struct message *batch;
	int count;

	while (!ordered_to_end(worker)) {
		uint64_t wait_ns = worker->draining ? DRAIN_STEP_NS : ENGINE_WAIT_FOREVER;

		if (injector)
			wait_ns = injector_wait_ns(injector, wait_ns);
		count = engine_turn(worker->engine, wait_ns, &batch);
		if (count < 0)
			return fault(worker, count, "the engine has failed");
		if (injector)
			injector_release(injector, worker->engine);
		if (count > 0)
			serving_answer(&worker->serving, worker->engine, batch, (uint32_t)count);
	}
	return 0;
}

static void *run(void *argument)
{
	struct worker *worker = argument;
	char name[16];

	/* Of another thread it would be a file that is written. */
	(void)snprintf(name, sizeof(name), "serve-%u", worker->number);
	(void)pthread_setname_np(pthread_self(), name);
	if (open_all(worker) == 0) {
		worker->start_cpu_ns = clock_cpu_ns(CLOCK_THREAD_CPUTIME_ID);
		enter(worker, WORKER_SERVING);
		(void)serve(worker);
		if (worker->serving.injector)
			injector_end(worker->serving.injector);
	}
	write_report(worker);
	enter(worker, WORKER_ENDED);
	engine_close(worker->engine);
	serving_finish(&worker->serving);
	(void)eventfd_write(worker->setup->ended_fd, 1);
	return NULL;
}

int worker_start(struct worker *worker, const struct worker_setup *setup, uint32_t number)
{
	pthread_condattr_t attributes;
	int error;

	worker->setup = setup;
	worker->number = number;
	(void)pthread_mutex_init(&worker->mutex, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&worker->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	error = pthread_create(&worker->thread, NULL, run, worker);
	return -error;
}

void worker_join(struct worker *worker)
{
	(void)pthread_join(worker->thread, NULL);
}

int worker_await(struct worker *worker, struct error *ret_error)
{
	(void)pthread_mutex_lock(&worker->mutex);
	while (worker->state == WORKER_STARTING)
		(void)pthread_cond_wait(&worker->changed, &worker->mutex);
	(void)pthread_mutex_unlock(&worker->mutex);
	return worker_failed(worker, ret_error) ? -EIO : 0;
}

bool worker_failed(struct worker *worker, struct error *ret_error)
{
	bool failed;

	(void)pthread_mutex_lock(&worker->mutex);
	failed = worker->state == WORKER_ENDED && worker->error.text[0] != '\0';
	if (failed)
		*ret_error = worker->error;
	(void)pthread_mutex_unlock(&worker->mutex);
	return failed;
}

/* The engine must not go away while it is woken. One that is not there yet will look for orders
 * when it serves. */
static void order_locked(struct worker *worker, enum worker_order order)
{
	atomic_fetch_or(&worker->orders, order);
	if (worker->state == WORKER_SERVING)
		engine_wake(worker->engine);
}

void worker_order(struct worker *worker, enum worker_order order)
{
	(void)pthread_mutex_lock(&worker->mutex);
	order_locked(worker, order);
	(void)pthread_mutex_unlock(&worker->mutex);
}

/* Returns false when the time has come. */
static bool wait_locked(struct worker *worker, uint64_t deadline_ns)
{
	const struct timespec deadline = {
		.tv_sec = (time_t)(deadline_ns / NS_PER_S),
		.tv_nsec = (long)(deadline_ns % NS_PER_S),
	};

	if (deadline_ns == WORKER_WAIT_FOREVER)
		return pthread_cond_wait(&worker->changed, &worker->mutex) == 0;
	return pthread_cond_timedwait(&worker->changed, &worker->mutex, &deadline) != ETIMEDOUT;
}

bool worker_report(struct worker *worker, uint64_t deadline_ns, struct report *ret_report)
{
	bool in_time = true;
	uint32_t before;

	(void)pthread_mutex_lock(&worker->mutex);
	before = worker->report_count;
	order_locked(worker, ORDER_REPORT);
	while (in_time && worker->report_count == before && worker->state == WORKER_SERVING)
		in_time = wait_locked(worker, deadline_ns);
	in_time = worker->report_count != before || worker->state != WORKER_SERVING;
	*ret_report = worker->report;
	(void)pthread_mutex_unlock(&worker->mutex);
	return in_time;
}
