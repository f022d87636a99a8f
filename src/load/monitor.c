#include "monitor.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "plan.h"
#include "worker.h"

/* So often within an interval are the workers asked for it, within these limits. */
#define LOOKS_PER_INTERVAL 4
#define LOOK_NS_MIN (5 * NS_PER_MS)
#define LOOK_NS_MAX (250 * NS_PER_MS)

int monitor_init(struct monitor *monitor, struct plan *plan, const struct observer *observer)
{
	const struct result_extent extent = load_times_extent(plan->options, plan->target);
	int error;

	*monitor = (struct monitor){ .plan = plan, .observer = observer };
	steady_init(&monitor->steady, &plan->options->steady);
	monitor->workers = calloc(plan->worker_count, sizeof(*monitor->workers));
	if (!monitor->workers)
		return -ENOMEM;
	error = result_init(&monitor->total);
	if (!error)
		error = result_init(&monitor->part);
	if (!error)
		error = result_extend(&monitor->total, &extent);
	return error ? error : result_extend(&monitor->part, &extent);
}

void monitor_finish(struct monitor *monitor)
{
	result_finish(&monitor->total);
	result_finish(&monitor->part);
	interval_list_finish(&monitor->intervals);
	free(monitor->workers);
	monitor->workers = NULL;
}

static void add_part(struct monitor *monitor, uint32_t index, const struct result *part)
{
	struct watched *watched = &monitor->workers[index];
	uint64_t spin_ns = part->cost.spin_ns;

	watched->busy_ns += part->cost.cpu_ns > spin_ns ? part->cost.cpu_ns - spin_ns : 0;
	watched->window_ns += result_duration_ns(part);
	result_merge(&monitor->part, part);
}

/* All that belongs to an interval has been added up. */
static void close_interval(struct monitor *monitor)
{
	struct interval interval;

	if (monitor->part.started_ns > 0) {
		if (monitor->begin_ns == 0)
			monitor->begin_ns = monitor->part.started_ns;
		interval_make(&monitor->part, monitor->begin_ns, &interval);
		if (interval_list_add(&monitor->intervals, &interval) != 0)
			monitor->error = -ENOMEM;
		if (monitor->observer && monitor->observer->interval)
			monitor->observer->interval(monitor->observer->context, &interval);
	}
	result_merge(&monitor->total, &monitor->part);
	result_reset(&monitor->part);
}

static bool has_left(const struct worker *worker)
{
	return atomic_load(&worker->left);
}

/* Has this worker given a part away that is not added up yet? */
static bool take_part(struct monitor *monitor, uint32_t index)
{
	struct watched *watched = &monitor->workers[index];

	if (!watched->part)
		watched->part = handover_take(&monitor->plan->workers[index].handover);
	return watched->part != NULL;
}

/* What a worker has given away; or, when it has given all and left, what it still held. */
static void add_what_is_given(struct monitor *monitor, uint32_t index)
{
	struct worker *worker = &monitor->plan->workers[index];
	struct watched *watched = &monitor->workers[index];
	bool left = has_left(worker);

	if (take_part(monitor, index)) {
		add_part(monitor, index, watched->part);
		handover_return(&worker->handover, watched->part);
		watched->part = NULL;
	} else if (left && !watched->collected) {
		add_part(monitor, index, worker->recorder.result);
		watched->collected = true;
	}
}

/* An interval is complete when every worker that still runs has given its part. */
static void look_for_parts(struct monitor *monitor)
{
	struct plan *plan = monitor->plan;
	uint32_t given = 0;

	for (uint32_t i = 0; i < plan->worker_count; i++) {
		if (take_part(monitor, i))
			given++;
		else if (!has_left(&plan->workers[i]))
			return;
	}
	if (given == 0)
		return;
	for (uint32_t i = 0; i < plan->worker_count; i++)
		add_what_is_given(monitor, i);
	close_interval(monitor);
}

static uint64_t answered(const struct plan *plan)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < plan->worker_count; i++)
		total += atomic_load_explicit(&plan->workers[i].progress, memory_order_relaxed);
	return total;
}

static void look_at_rate(struct monitor *monitor, uint64_t now_ns)
{
	struct plan *plan = monitor->plan;
	uint64_t period_ns = steady_period_ns(&monitor->steady), count = answered(plan);
	uint64_t late_ns = now_ns - monitor->sample_ns;
	double seconds = (double)(period_ns + late_ns) / (double)NS_PER_S;

	if (monitor->sample_ns == 0) {
		monitor->sampling_ns = now_ns;
	} else if (steady_add(&monitor->steady, (double)(count - monitor->sampled) / seconds) &&
		   !monitor->settled) {
		monitor->settled = true;
		monitor->settled_after_ns = now_ns - monitor->sampling_ns;
		atomic_store(&plan->ended, true);
	}
	monitor->sampled = count;
	monitor->sample_ns = now_ns + period_ns;
}

static bool is_measuring(const struct plan *plan)
{
	return atomic_load(&plan->measuring) == plan->worker_count;
}

static uint64_t look_period_ns(const struct monitor *monitor)
{
	uint64_t period_ns = monitor->plan->options->interval_ns / LOOKS_PER_INTERVAL;

	if (period_ns < LOOK_NS_MIN)
		return LOOK_NS_MIN;
	return period_ns < LOOK_NS_MAX ? period_ns : LOOK_NS_MAX;
}

void monitor_watch(struct monitor *monitor)
{
	const struct plan *plan = monitor->plan;
	bool samples = plan->options->steady.window_ns > 0;

	for (;;) {
		uint64_t now_ns = clock_now_ns(), until_ns = now_ns + look_period_ns(monitor);

		if (samples && is_measuring(plan) && now_ns >= monitor->sample_ns)
			look_at_rate(monitor, now_ns);
		if (samples && monitor->sample_ns > 0 && monitor->sample_ns < until_ns)
			until_ns = monitor->sample_ns;
		if (plan_await_end(monitor->plan, until_ns))
			return;
		plan_look_at_usage(monitor->plan);
		look_for_parts(monitor);
	}
}

void monitor_collect(struct monitor *monitor)
{
	struct plan *plan = monitor->plan;

	look_for_parts(monitor);
	for (uint32_t i = 0; i < plan->worker_count; i++)
		add_what_is_given(monitor, i);
	close_interval(monitor);
}

double monitor_busy_share(const struct monitor *monitor)
{
	double most = 0;

	for (uint32_t i = 0; i < monitor->plan->worker_count; i++) {
		const struct watched *watched = &monitor->workers[i];
		double share = watched->window_ns > 0
				       ? (double)watched->busy_ns / (double)watched->window_ns
				       : 0;

		if (share > most)
			most = share;
	}
	return most;
}
