#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/url.h"
#include "plan.h"
#include "sizing.h"

/*
 * So many connections, of all threads, may be with the server at a time without its having
 * answered on them: half of the smallest backlog in use (128). That a connection is made does not
 * say that it has been accepted, so where there are more, each is asked once when it opens.
 */
#define GATE_COUNT 64u

/* How long a turn may take when nothing happens: the run's end and Ctrl-C are looked for so often.
 */
#define TURN_NS_MAX (50 * NS_PER_MS)
/* ... and where requests wait for output memory, whose return makes no message. */
#define TURN_NS_BLOCKED NS_PER_MS

#define SCANS_PER_TIMEOUT 8
#define SCAN_NS_MIN NS_PER_MS
#define SCAN_NS_MAX (250 * NS_PER_MS)

/* Datagrams: nothing at all has been answered for so many timeouts, so nobody is there. */
#define SILENT_TIMEOUTS 5

/* For the last answers to hang-ups; the engine's own limit is shorter. */
#define LEAVE_NS_MAX (3 * NS_PER_S)

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

static void clients_init(struct worker *worker, uint32_t first_client)
{
	size_t stride = worker->exchange->slot_size * worker->options->depth;

	for (uint32_t i = 0; i < worker->client_count; i++) {
		uint64_t sequence = (uint64_t)(first_client + i) << EXCHANGE_SEQUENCE_BITS;

		worker->exchange->init(worker, &worker->clients[i],
				       (char *)worker->slots + i * stride, sequence);
		/* The last one is taken first. */
		worker->waiting[worker->client_count - 1 - i] = &worker->clients[i];
	}
	worker->waiting_count = worker->client_count;
	worker->alive = worker->client_count;
}

int worker_init(struct worker *worker, struct plan *plan, uint32_t index, uint32_t first_client,
		uint32_t client_count, uint64_t share)
{
	bool stream = transports[plan->target->url.transport].stream;

	*worker = (struct worker){
		.plan = plan,
		.options = plan->options,
		.target = plan->target,
		.pattern = plan->pattern,
		.exchange = stream ? &stream_exchange : &datagram_exchange,
		.index = index,
		.share = share,
		.client_count = client_count,
		.gate_max = GATE_COUNT / plan->options->threads,
	};
	if (worker->gate_max == 0)
		worker->gate_max = 1;
	worker->clients = zeroed(client_count, sizeof(*worker->clients));
	worker->slots = zeroed((size_t)client_count * plan->options->depth,
			       worker->exchange->slot_size);
	worker->by_connection = zeroed(connection_max(worker), sizeof(struct client *));
	worker->due = zeroed(client_count, sizeof(struct client *));
	worker->waiting = zeroed(client_count, sizeof(struct client *));
	/* A datagram is never larger than a stream's largest piece, but a record may be. */
	worker->staging = malloc(plan->options->size > WORKER_STAGING_SIZE && !stream
					 ? plan->options->size
					 : WORKER_STAGING_SIZE);
	if (!worker->clients || !worker->slots || !worker->by_connection || !worker->due ||
	    !worker->waiting || !worker->staging || recorder_init(&worker->recorder) != 0)
		return -ENOMEM;
	clients_init(worker, first_client);
	return 0;
}

void worker_finish(struct worker *worker)
{
	recorder_finish(&worker->recorder);
	free(worker->staging);
	free(worker->waiting);
	free(worker->due);
	free(worker->by_connection);
	free(worker->slots);
	free(worker->clients);
}

static struct cost cost_now(const struct worker *worker)
{
	const struct engine_counters *counters = engine_counters(worker->engine);

	return (struct cost){
		.cpu_ns = clock_cpu_ns(CLOCK_THREAD_CPUTIME_ID),
		.spins = counters->spins,
		.spin_hits = counters->spin_hits,
		.spin_ns = counters->spin_ns,
		.system_calls = counters->system_calls,
		.completions = counters->completions,
	};
}

/* Send what the batch has made due; keep those for whom the engine has no memory now. */
static void send_due(struct worker *worker)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < worker->due_count; i++) {
		struct client *client = worker->due[i];

		client->listed = false;
		if (client->state != CLIENT_OPEN)
			continue;
		if (worker->exchange->send(worker, client) == 0)
			continue;
		client->listed = true;
		worker->due[kept++] = client;
	}
	worker->due_count = kept;
}

static void connect_waiting(struct worker *worker)
{
	while (worker->waiting_count > 0 && worker->gated < worker->gate_max)
		client_connect(worker, worker->waiting[--worker->waiting_count]);
}

static uint64_t scan_period_ns(const struct worker *worker)
{
	uint64_t shortest = worker->options->timeout_ns < worker->options->connect_timeout_ns
				    ? worker->options->timeout_ns
				    : worker->options->connect_timeout_ns;
	uint64_t period = shortest / SCANS_PER_TIMEOUT;

	if (period < SCAN_NS_MIN)
		return SCAN_NS_MIN;
	return period < SCAN_NS_MAX ? period : SCAN_NS_MAX;
}

static void scan(struct worker *worker)
{
	worker->scan_ns = worker->now_ns + scan_period_ns(worker);
	for (uint32_t i = 0; i < worker->client_count; i++)
		client_expire(worker, &worker->clients[i]);
}

static uint64_t turn_wait_ns(const struct worker *worker, uint64_t until_ns)
{
	uint64_t next = until_ns < worker->scan_ns ? until_ns : worker->scan_ns;
	uint64_t most = worker->due_count > 0 ? TURN_NS_BLOCKED : TURN_NS_MAX;
	uint64_t left = next > worker->now_ns ? next - worker->now_ns : 0;

	return left < most ? left : most;
}

/*
 * One turn of the engine and all that follows from it.
 *
 * The clock is read once, when the batch has come. That is the time of arrival of all its answers,
 * and of departure of the requests that they make due, which go to the kernel with the next turn:
 * what this thread takes to get there counts as latency of theirs. So the generator's own slowness
 * can make a figure worse but never better, and at depth 1 the latencies of a connection add up to
 * the time of the run.
 */
static int worker_turn(struct worker *worker, uint64_t until_ns)
{
	struct message *batch;
	int count;

	count = engine_turn(worker->engine, turn_wait_ns(worker, until_ns), &batch);
	if (count < 0)
		return error_set(&worker->reason, count, "the engine failed: %s", strerror(-count));
	worker->now_ns = clock_now_ns();
	for (int i = 0; i < count; i++) {
		struct client *client = worker->by_connection[batch[i].connection];

		if (client)
			client_message(worker, client, &batch[i]);
	}
	send_due(worker);
	connect_waiting(worker);
	if (worker->now_ns >= worker->scan_ns)
		scan(worker);
	return 0;
}

static bool is_stopped(const struct worker *worker)
{
	return atomic_load_explicit(worker->plan->stop, memory_order_relaxed) != 0;
}

/*
 * Somebody has waited in vain for as long as may be waited, and nobody was answered in that time:
 * nobody will be. The rest need not find out one after the other.
 */
static bool is_silent(const struct worker *worker)
{
	const struct load_options *options = worker->options;
	const struct result *result = &worker->recorder.result;
	uint64_t silence_ns = worker->now_ns - worker->answered_ns;

	if (!transports[worker->target->url.transport].connected)
		return silence_ns > SILENT_TIMEOUTS * options->timeout_ns;
	if (result->errors[RESULT_TIMEOUT] > 0)
		return silence_ns > options->timeout_ns;
	return result->connects == 0 && result->errors[RESULT_CONNECT] > 0 &&
	       silence_ns > options->connect_timeout_ns;
}

/* Do without those that have not been connected, or not been answered yet. */
static void abandon_gated(struct worker *worker)
{
	while (worker->waiting_count > 0)
		client_abandon(worker, worker->waiting[--worker->waiting_count]);
	for (uint32_t i = 0; i < worker->client_count; i++)
		if (worker->clients[i].gated)
			client_abandon(worker, &worker->clients[i]);
}

/* Make all connections, asking each once where there are more than the gate lets pass. */
static int connect_all(struct worker *worker)
{
	bool asks = worker->options->connections > GATE_COUNT &&
		    transports[worker->target->url.transport].connected;
	int error = 0;

	worker->quota = UINT64_MAX;
	worker->per_client = asks ? 1 : 0;
	worker->answered_ns = worker->now_ns;
	connect_waiting(worker);
	while (!error && !is_stopped(worker) && (worker->waiting_count > 0 || worker->gated > 0)) {
		error = worker_turn(worker, UINT64_MAX);
		if (is_silent(worker))
			abandon_gated(worker);
	}
	worker->connected = (uint32_t)worker->recorder.result.connects;
	return error;
}

/*
 * The window begins, and lasts as long as was asked for from now on, however late that is: returns
 * its end. Requests under way belong to those that are to be measured: they will be answered in it.
 */
static uint64_t start_recording(struct worker *worker)
{
	uint64_t duration_ns = worker->options->duration_ns;
	struct cost cost = cost_now(worker);

	recorder_start(&worker->recorder, worker->now_ns, &cost);
	recorder_sent(&worker->recorder, (uint32_t)worker->outstanding,
		      worker->outstanding * worker->options->size);
	if (worker->options->requests > 0)
		worker->quota = worker->share > worker->outstanding
					? worker->share - worker->outstanding
					: 0;
	return duration_ns > 0 ? worker->now_ns + duration_ns : UINT64_MAX;
}

static void stop_recording(struct worker *worker)
{
	struct cost cost = cost_now(worker);

	recorder_stop(&worker->recorder, worker->now_ns, &cost);
	worker->quota = 0;
	worker->running = false;
}

static void start_clients(struct worker *worker)
{
	worker->running = true;
	worker->answered_ns = worker->now_ns;
	worker->per_client = worker->options->reconnect_every > 0 ? worker->options->reconnect_every
								  : UINT64_MAX;
	for (uint32_t i = 0; i < worker->client_count; i++) {
		struct client *client = &worker->clients[i];

		client->started = 0;
		client->answered = 0;
		if (client->state == CLIENT_OPEN)
			worker_list(worker, client);
	}
}

static bool has_ended(const struct worker *worker, uint64_t end_ns)
{
	if (worker->alive == 0 || is_stopped(worker) || is_silent(worker))
		return true;
	if (!worker->recorder.recording)
		return false;
	return worker->now_ns >= end_ns || (worker->quota == 0 && worker->outstanding == 0);
}

static int run(struct worker *worker)
{
	const struct load_options *options = worker->options;
	uint64_t begin_ns, end_ns = UINT64_MAX;
	int error = 0;

	worker->now_ns = clock_now_ns();
	begin_ns = worker->now_ns + options->omit_ns;
	start_clients(worker);
	if (options->omit_ns == 0)
		end_ns = start_recording(worker);
	send_due(worker);
	while (!error && !has_ended(worker, end_ns)) {
		bool recording = worker->recorder.recording;

		error = worker_turn(worker, recording ? end_ns : begin_ns);
		if (!recording && worker->now_ns >= begin_ns)
			end_ns = start_recording(worker);
	}
	stop_recording(worker);
	return error;
}

/* Nothing more is sent; what is under way is answered, or given up. */
static int drain(struct worker *worker)
{
	uint64_t end_ns = worker->now_ns + 2 * worker->options->timeout_ns;
	int error = 0;

	while (!error && worker->outstanding > 0 && worker->now_ns < end_ns)
		error = worker_turn(worker, end_ns);
	return error;
}

static int leave(struct worker *worker)
{
	uint64_t end_ns = worker->now_ns + LEAVE_NS_MAX;
	int error = 0;

	worker->waiting_count = 0;
	for (uint32_t i = 0; i < worker->client_count; i++)
		if (worker->clients[i].state == CLIENT_OPEN)
			client_leave(worker, &worker->clients[i], false);
	while (!error && engine_connections(worker->engine) > 0 && worker->now_ns < end_ns)
		error = worker_turn(worker, end_ns);
	return error;
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
	sizing_config(options, worker->target, worker->client_count, &config);
	return choice_open(options->backend, &config, &worker->engine, &worker->choice,
			   &worker->reason);
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

/* All that happens between the two meetings happens in every thread, or the others would wait. */
static int work(struct worker *worker)
{
	struct plan *plan = worker->plan;
	int error = open_engine(worker);

	if (error)
		atomic_store(&plan->failed, true);
	else
		tell_choice(worker);
	plan_meet(plan);
	if (!error && !atomic_load(&plan->failed)) {
		worker->now_ns = clock_now_ns();
		error = connect_all(worker);
	}
	if (error)
		atomic_store(&plan->failed, true);
	atomic_fetch_add(&plan->connected, worker->connected);
	plan_meet(plan);
	if (error || atomic_load(&plan->failed) || atomic_load(&plan->connected) == 0)
		return error;
	error = run(worker);
	if (!error)
		error = drain(worker);
	if (!error)
		error = leave(worker);
	return error;
}

void *worker_main(void *argument)
{
	struct worker *worker = argument;

	if (!plan_enter(worker->plan))
		return NULL;
	worker->error = work(worker);
	if (worker->engine)
		choice_note_uses(&worker->choice, worker->engine);
	engine_close(worker->engine);
	worker->engine = NULL;
	return NULL;
}
