#include "plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "worker.h"

/* Files for so many connections, or a sentence about it. */
static int raise_files(const struct load_options *options, struct error *ret_error)
{
	uint64_t each = options->reconnect_every > 0 ? 2 : 1;
	uint64_t needed = FILES_OF_PROCESS + (uint64_t)options->threads * FILES_OF_THREAD +
			  each * options->connections;
	uint64_t files_max = files_raise(needed);

	if (files_max >= needed)
		return 0;
	return error_set(ret_error, -EMFILE,
			 "--connections %u needs %" PRIu64
			 " open files, and this process may have %" PRIu64 " (ulimit -Hn)",
			 options->connections, needed, files_max);
}

/* Part index of count when total is divided evenly; the first ones get what is left over. */
static uint64_t part_of(uint64_t total, uint32_t count, uint32_t index)
{
	return total / count + (index < total % count ? 1 : 0);
}

static int plan_init(struct plan *plan)
{
	const struct load_options *options = plan->options;
	uint32_t first_client = 0;
	int error = pattern_open(options->seed, &plan->pattern);

	if (error)
		return error;
	plan->workers = calloc(options->threads, sizeof(*plan->workers));
	if (!plan->workers)
		return -ENOMEM;
	for (uint32_t i = 0; i < options->threads; i++) {
		uint32_t clients = (uint32_t)part_of(options->connections, options->threads, i);

		plan->worker_count++;
		error = worker_init(&plan->workers[i], plan, i, first_client, clients,
				    part_of(options->requests, options->threads, i));
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

/* The gate is shut while threads are made, so that none waits for one that cannot be made. */
static int run_threads(struct plan *plan)
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
	for (uint32_t i = 0; i < made; i++)
		(void)pthread_join(plan->workers[i].thread, NULL);
	return -error;
}

static int run_workers(struct plan *plan, struct error *ret_error)
{
	int error;

	if (pthread_barrier_init(&plan->barrier, NULL, plan->worker_count) != 0)
		return error_set(ret_error, -ENOMEM, "out of memory");
	(void)pthread_mutex_init(&plan->gate, NULL);
	error = run_threads(plan);
	(void)pthread_mutex_destroy(&plan->gate);
	(void)pthread_barrier_destroy(&plan->barrier);
	if (error)
		return error_set(ret_error, error, "cannot start %u threads: %s",
				 plan->worker_count, strerror(-error));
	for (uint32_t i = 0; i < plan->worker_count; i++)
		if (plan->workers[i].error)
			return error_set(ret_error, plan->workers[i].error, "%s",
					 plan->workers[i].reason.text);
	return 0;
}

static int collect(const struct plan *plan, struct outcome *ret_outcome)
{
	struct outcome outcome = { .choice = plan->workers[0].choice };
	int error = result_init(&outcome.result);

	if (error)
		return error;
	for (uint32_t i = 0; i < plan->worker_count; i++) {
		result_merge(&outcome.result, &plan->workers[i].recorder.result);
		outcome.connected += plan->workers[i].connected;
		if (i > 0)
			choice_merge(&outcome.choice, &plan->workers[i].choice);
	}
	*ret_outcome = outcome;
	return 0;
}

int plan_run(const struct load_options *options, const struct target *target,
	     const atomic_int *stop, struct outcome *ret_outcome, struct error *ret_error)
{
	struct plan plan = { .options = options, .target = target, .stop = stop };
	int error = raise_files(options, ret_error);

	if (error)
		return error;
	error = plan_init(&plan);
	if (!error)
		error = run_workers(&plan, ret_error);
	else
		(void)error_set(ret_error, error, "out of memory for %u connections, %u deep",
				options->connections, options->depth);
	if (!error && collect(&plan, ret_outcome) != 0)
		error = error_set(ret_error, -ENOMEM, "out of memory");
	plan_finish(&plan);
	return error;
}

void outcome_finish(struct outcome *outcome)
{
	result_finish(&outcome->result);
}
