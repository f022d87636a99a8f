#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/url.h"
#include "plan.h"
#include "sizing.h"
#include "trip_protocol.h"
#include "watch.h"

/* So long are the first stamps waited for. */
#define STAMPS_READY_NS (100 * NS_PER_MS)

static void *zeroed(size_t count, size_t size)
{
	return calloc(count > 0 ? count : 1, size);
}

static uint32_t connection_max(const struct worker *worker)
{
	struct engine_config config;

	sizing_config(worker->options, worker->target, worker->client_count, &config);
	return config.connection_max;
}

/* What is kept of a client and of its requests. */
static size_t client_stride(const struct worker *worker)
{
	const struct exchange *exchange = worker->exchange;

	return exchange->slot_size * worker->options->depth + exchange->client_size;
}

static void clients_init(struct worker *worker)
{
	size_t stride = client_stride(worker);

	for (uint32_t i = 0; i < worker->client_count; i++) {
		uint64_t sequence = (uint64_t)(worker->first_client + i) << EXCHANGE_SEQUENCE_BITS;

		worker->exchange->init(worker, &worker->clients[i],
				       (char *)worker->slots + i * stride, sequence);
		/* The last one is taken first. */
		worker->waiting[worker->client_count - 1 - i] = &worker->clients[i];
	}
	worker->waiting_count = worker->client_count;
	worker->alive = worker->client_count;
}

static int measuring_init(struct worker *worker)
{
	const struct load_options *options = worker->options;
	/* With --share the streams of requests of all generators interleave. */
	const struct pace_part part = {
		.index = (options->share.count > 0 ? options->share.index - 1 : 0) *
				 options->threads +
			 worker->index,
		.count = (options->share.count > 0 ? options->share.count : 1) * options->threads,
	};
	const struct result_extent extent = load_times_extent(worker->options, worker->target);
	int error = handover_init(&worker->handover);

	if (!error)
		error = handover_extend(&worker->handover, &extent);
	if (!error)
		error = trip_lines_init(&worker->lines, worker->plan->trip_log);
	if (!error && worker->target->protocol)
		error = worker->target->protocol->open(worker, &worker->protocol_state);
	if (error)
		return error;
	recorder_init(&worker->recorder, handover_begin(&worker->handover), options->rate > 0);
	return pace_init(&worker->pace, options, &part, worker->client_count);
}

/* What one request may need at once. A datagram is never larger than a stream's largest piece, but
 * a record may be. */
static size_t staging_size(const struct worker *worker)
{
	uint32_t largest = worker->options->size.request.max;

	if (transports[worker->target->url.transport].stream || largest < WORKER_STAGING_SIZE)
		return WORKER_STAGING_SIZE;
	return largest;
}

static const struct exchange *exchange_of(const struct target *target)
{
	if (target->protocol)
		return &trip_exchange;
	return transports[target->url.transport].stream ? &stream_exchange : &datagram_exchange;
}

int worker_init(struct worker *worker, struct plan *plan, uint32_t index, uint32_t first_client,
		uint32_t client_count, uint64_t share)
{
	const struct size_mix *mix = &plan->options->size.request;

	*worker = (struct worker){
		.plan = plan,
		.options = plan->options,
		.target = plan->target,
		.pattern = plan->pattern,
		.exchange = exchange_of(plan->target),
		.ancillary = load_times_ancillary(plan->options, plan->target),
		.tells_wall = plan->target->protocol || plan->options->split,
		.index = index,
		.share = share,
		.mixed = mix->min != mix->max,
		.size = mix->max,
		.client_count = client_count,
		.first_client = first_client,
	};
	worker->clients = zeroed(client_count, sizeof(*worker->clients));
	worker->slots = zeroed(client_count, client_stride(worker));
	worker->by_connection = zeroed(connection_max(worker), sizeof(struct client *));
	worker->due = zeroed(client_count, sizeof(struct client *));
	worker->waiting = zeroed(client_count, sizeof(struct client *));
	worker->staging = malloc(staging_size(worker));
	if (plan->options->split && !plan->target->protocol) {
		worker->watches = watches_open(client_count);
		if (!worker->watches)
			return -ENOMEM;
	}
	if (!worker->clients || !worker->slots || !worker->by_connection || !worker->due ||
	    !worker->waiting || !worker->staging || measuring_init(worker) != 0)
		return -ENOMEM;
	clients_init(worker);
	return 0;
}

void worker_finish(struct worker *worker)
{
	handover_finish(&worker->handover);
	pace_finish(&worker->pace);
	if (worker->target && worker->target->protocol)
		worker->target->protocol->close(worker->protocol_state);
	trip_lines_finish(&worker->lines);
	free(worker->staging);
	free(worker->watches);
	free(worker->waiting);
	free(worker->due);
	free(worker->by_connection);
	free(worker->slots);
	free(worker->clients);
}

struct cost worker_cost(const struct worker *worker)
{
	const struct engine_counters *counters = engine_counters(worker->engine);
	struct thread_usage usage;

	thread_meter_read(&worker->meter, &usage);
	return (struct cost){
		.cpu_ns = usage.cpu_ns,
		.user_ns = usage.user_ns,
		.system_ns = usage.system_ns,
		.switches_voluntary = usage.switches_voluntary,
		.switches_involuntary = usage.switches_involuntary,
		.cycles = usage.cycles,
		.instructions = usage.instructions,
		.spins = counters->spins,
		.spin_hits = counters->spin_hits,
		.spin_ns = counters->spin_ns + worker->pace.polled_ns,
		.system_calls = counters->system_calls,
		.completions = counters->completions,
	};
}

static int open_engine(struct worker *worker)
{
	const struct load_options *options = worker->options;
	const struct cpu_list *cpus = &options->cpus;
	struct engine_config config;

	if (cpus->count > 0) {
		uint32_t cpu = cpus->cpus[worker->index % cpus->count];
		int error = cpu_pin(cpu);

		if (error)
			return error_set(&worker->reason, error, "cannot run on CPU %u: %s", cpu,
					 strerror(-error));
	}
	/* Timers of this thread end when they should, not up to 50 us later. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	sizing_config(options, worker->target, worker->client_count, &config);
	return choice_open(options->backend, &config, &worker->engine, &worker->choice,
			   &worker->reason);
}

/* On io_uring the kernel may have no way to tell when a request left: then nobody waits for it. */
static void check_departures(struct worker *worker)
{
	if (!worker_awaits_departures(worker) || choice_tells_departures(&worker->choice))
		return;
	worker->ancillary &= ~(uint32_t)ANCILLARY_DEPARTURE;
	if (worker->index == 0)
		warning("when requests leave is told by this program, not by the kernel: feature "
			"departures is off (%s); --backend epoll has it",
			worker->choice.states[FEATURE_DEPARTURES].reason);
}

/* Whoever waits for the result is to know what it will be of. Threads get the same engines. */
static void tell_choice(const struct worker *worker)
{
	if (worker->index > 0)
		return;
	if (worker->choice.reason)
		say("on epoll: %s", worker->choice.reason);
	if (worker->choice.missing[0] != '\0')
		say("%s", worker->choice.missing);
}

/* The kernel's stamps begin for the whole host, when the first socket has asked for them. Whatever
 * has none is told in the result. */
static void await_stamps(const struct worker *worker)
{
	bool local = transports[worker->target->url.transport].local;

	if (worker->index == 0 && worker->ancillary & ANCILLARY_ARRIVAL && !local)
		(void)engine_stamps_ready(STAMPS_READY_NS);
}

/* All that happens between the two meetings happens in every thread, or the others would wait. */
static int work(struct worker *worker)
{
	struct plan *plan = worker->plan;
	int error = open_engine(worker);

	if (error)
		atomic_store(&plan->failed, true);
	else
		tell_choice(worker);
	if (!error)
		check_departures(worker);
	plan_meet(plan);
	if (!error && !atomic_load(&plan->failed)) {
		worker->now_ns = clock_now_ns();
		error = worker_connect_all(worker);
		await_stamps(worker);
	}
	if (error)
		atomic_store(&plan->failed, true);
	atomic_fetch_add(&plan->connected, worker->connected);
	plan_meet(plan);
	if (error || !plan_goes_on(plan))
		return error;
	return worker_run(worker);
}

void *worker_main(void *argument)
{
	struct worker *worker = argument;

	if (!plan_enter(worker->plan))
		return NULL;
	thread_meter_open(&worker->meter);
	worker->error = work(worker);
	if (worker->engine) {
		choice_note_uses(&worker->choice, worker->engine);
		worker->kernel_drops = engine_kernel_drops(worker->engine);
	}
	trip_log_flush(worker);
	engine_close(worker->engine);
	worker->engine = NULL;
	thread_meter_close(&worker->meter);
	atomic_store(&worker->left, true);
	plan_leave(worker->plan);
	return NULL;
}
