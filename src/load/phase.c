/* The phases of a worker's run: connect, warm up, measure, cool down, drain, leave. */
#include <errno.h>

#include "base/clock.h"
#include "base/unit.h"
#include "net/url.h"
#include "plan.h"
#include "trip_protocol.h"
#include "worker.h"

/*
 * So many connections, of all threads, may be with the server at a time without its having
 * answered on them: half of the smallest backlog in use (128). That a connection is made does not
 * say that it has been accepted, so where there are more, each is asked once when it opens.
 */
#define GATE_COUNT 64u

/* Datagrams: nothing at all has been answered for so many timeouts, so nobody is there. */
#define SILENT_TIMEOUTS 5

/* For the last answers to hang-ups; the engine's own limit is shorter. */
#define LEAVE_NS_MAX (3 * NS_PER_S)
/* How long answers may take to come once a signal has ended the run. */
#define DRAIN_INTERRUPTED_NS NS_PER_S

static bool is_interrupted(const struct worker *worker)
{
	return atomic_load_explicit(worker->plan->stop, memory_order_relaxed) != 0;
}

/* Before its time: by a signal, or by what --abort-on and --slip say. */
static bool is_cut_short(const struct worker *worker)
{
	return is_interrupted(worker) ||
	       atomic_load_explicit(&worker->plan->aborted, memory_order_relaxed);
}

static bool is_stopped(const struct worker *worker)
{
	return is_cut_short(worker) ||
	       atomic_load_explicit(&worker->plan->ended, memory_order_relaxed);
}

/*
 * Somebody has waited in vain for as long as may be waited, and nobody was answered in that time:
 * nobody will be. The rest need not find out one after the other.
 */
static bool is_silent(const struct worker *worker)
{
	const struct load_options *options = worker->options;
	const struct recorder *recorder = &worker->recorder;
	bool connected = transports[worker->target->url.transport].connected;
	uint64_t patience_ns = (connected ? 1 : SILENT_TIMEOUTS) * options->timeout_ns;

	if (recorder->connects == 0 && recorder->errors[RESULT_CONNECT] > 0)
		return worker->now_ns - worker->answered_ns > options->connect_timeout_ns;
	return worker->missed_ns > 0 && worker->missed_ns >= worker->answered_ns &&
	       worker->now_ns - worker->missed_ns > patience_ns;
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

/* Nobody knows that a session has begun until something was answered in it. */
static bool greets_first(const struct target *target)
{
	return target->protocol && target->protocol->greets_first;
}

int worker_connect_all(struct worker *worker)
{
	const struct load_options *options = worker->options;
	int error = 0;

	worker->asks = options->connections > GATE_COUNT && target_answers(worker->target) &&
		       transports[worker->target->url.transport].connected;
	worker->asks |= greets_first(worker->target);
	worker->gate_max = GATE_COUNT / options->threads > 0 ? GATE_COUNT / options->threads : 1;
	worker->quota = UINT64_MAX;
	worker->per_client = worker->asks ? 1 : 0;
	worker->answered_ns = worker->now_ns;
	pace_start_connects(&worker->pace, worker->now_ns);
	worker_connect(worker);
	while (!error && !is_stopped(worker) && (worker->waiting_count > 0 || worker->gated > 0)) {
		error = worker_turn(worker, UINT64_MAX);
		if (is_silent(worker))
			abandon_gated(worker);
	}
	worker->connected = (uint32_t)worker->recorder.connects;
	return error;
}

/* Somebody else is not ready yet: keep the connections alive. Not even a signal or an error lets a
 * worker leave before all meet, see release(). */
static int await_release(struct worker *worker)
{
	struct plan *plan = worker->plan;
	int error = 0;

	if (!plan->held)
		return 0;
	while (!error && !atomic_load(&plan->released))
		error = worker_turn(worker, UINT64_MAX);
	plan_meet(plan);
	worker->now_ns = clock_now_ns();
	return error;
}

/* Every generator of a load begins at the same moment of the world's clock. */
static int await_start(struct worker *worker)
{
	uint64_t start_at_ns = worker->options->start_at_ns;
	int64_t ahead_ns = (int64_t)start_at_ns - clock_wall_ns();
	uint64_t start_ns;
	int error = 0;

	if (start_at_ns == 0)
		return 0;
	if (ahead_ns < 0)
		return error_set(&worker->reason, -ETIME,
				 "connections were made only %s after --start-at",
				 duration_text((double)-ahead_ns).text);
	start_ns = clock_now_ns() + (uint64_t)ahead_ns;
	while (!error && worker->now_ns < start_ns && !is_stopped(worker))
		error = worker_turn(worker, start_ns);
	return error;
}

static uint64_t bytes_under_way(const struct worker *worker)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < worker->client_count; i++)
		if (worker->clients[i].outstanding > 0)
			bytes += worker->exchange->weigh(worker, &worker->clients[i]);
	return bytes;
}

/*
 * The window begins, and lasts as long as was asked for from then on, however late that is. In a
 * closed loop requests under way belong to those that are to be measured: they will be answered in
 * it.
 */
static void start_recording(struct worker *worker, uint64_t begin_ns)
{
	const struct load_options *options = worker->options;
	uint64_t under_way = options->rate > 0 ? 0 : worker->outstanding;
	struct cost cost = worker_cost(worker);

	recorder_start(&worker->recorder, begin_ns, &cost);
	recorder_sent(&worker->recorder, begin_ns, (uint32_t)under_way,
		      under_way > 0 ? bytes_under_way(worker) : 0);
	worker->interval_end_ns = begin_ns + options->interval_ns;
	if (options->requests > 0)
		worker->quota = worker->share > under_way ? worker->share - under_way : 0;
	worker->window_end_ns = options->duration_ns > 0 ? begin_ns + options->duration_ns
							 : UINT64_MAX;
	plan_begin_window(worker->plan);
}

static void stop_recording(struct worker *worker)
{
	struct cost cost = worker_cost(worker);

	if (worker->recorder.recording)
		plan_end_window(worker->plan);
	recorder_stop(&worker->recorder, worker->now_ns, &cost);
}

static void start_clients(struct worker *worker)
{
	uint64_t every = worker->options->reconnect_every;

	worker->running = true;
	worker->answered_ns = worker->now_ns;
	worker->per_client = every > 0 ? every : UINT64_MAX;
	if (worker->target->answers == ANSWERS_ENDLESS)
		worker->per_client = 0;
	for (uint32_t i = 0; i < worker->client_count; i++) {
		struct client *client = &worker->clients[i];

		client->started = 0;
		client->answered = 0;
		client->newest = 0;
		if (client->state == CLIENT_OPEN)
			worker_list(worker, client);
	}
}

/* --abort-on and --slip abort: the first thread that sees it ends all of them. */
static void look_for_abort(struct worker *worker)
{
	const struct recorder *recorder = &worker->recorder;
	unsigned int causes = worker->options->abort_on;
	bool aborts = worker->slipped;

	if (causes & 1u << ABORT_LOSS)
		aborts |= recorder->lost > 0;
	for (int kind = 0; causes & 1u << ABORT_ERROR && kind < RESULT_ERROR_COUNT; kind++)
		aborts |= recorder->errors[kind] > 0;
	if (!aborts)
		return;
	atomic_store(&worker->plan->aborted, true);
}

static bool has_ended(struct worker *worker)
{
	look_for_abort(worker);
	if (worker->alive == 0 || is_stopped(worker) || is_silent(worker))
		return true;
	if (!worker->recorder.recording)
		return false;
	return worker->now_ns >= worker->window_end_ns ||
	       (worker->quota == 0 && worker->outstanding == 0);
}

static int measure(struct worker *worker)
{
	const struct load_options *options = worker->options;
	uint64_t begin_ns = worker->now_ns + options->omit_ns;
	int error = 0;

	start_clients(worker);
	pace_start(&worker->pace, options, worker->now_ns);
	if (options->omit_ns == 0)
		start_recording(worker, begin_ns);
	worker_send(worker);
	while (!error && !has_ended(worker)) {
		bool recording = worker->recorder.recording;

		error = worker_turn(worker, recording ? worker->window_end_ns : begin_ns);
		/* What was due until now has left in the warm-up. */
		if (!recording && worker->now_ns >= begin_ns)
			start_recording(worker, worker->now_ns + 1);
	}
	stop_recording(worker);
	return error;
}

/* Those of -n have been sent: what else was due until the last of them was answered is none of
 * them. */
static void leave_out_rest(struct worker *worker)
{
	while (schedule_due_ns(&worker->pace.requests) < worker->recorder.end_ns)
		schedule_advance(&worker->pace.requests);
}

/* Others may still be measuring: go on as before. */
static int cool_down(struct worker *worker)
{
	uint64_t end_ns = worker->now_ns + worker->options->cooldown_ns;
	int error = 0;

	if (worker->options->cooldown_ns == 0)
		return 0;
	if (worker->pace.open && worker->quota == 0)
		leave_out_rest(worker);
	worker->quota = UINT64_MAX;
	while (!error && worker->now_ns < end_ns && worker->alive > 0 && !is_cut_short(worker))
		error = worker_turn(worker, end_ns);
	return error;
}

/* No request is due any more, but for those of an open loop that were and could not be sent yet:
 * what they suffer belongs to the result. */
static void stop_requests(struct worker *worker)
{
	worker->running = false;
	if (worker->pace.open && worker->recorder.begin_ns != UINT64_MAX)
		worker->pace.requests_end_ns = worker->recorder.end_ns;
	else
		worker->quota = 0;
}

static bool is_behind(const struct worker *worker)
{
	return worker->pace.open && worker->quota > 0 && pace_due(&worker->pace, worker->now_ns);
}

/* Is there anybody who may still send what could not be sent yet? */
static bool may_catch_up(const struct worker *worker)
{
	return worker->alive > 0 && !is_cut_short(worker) && !is_silent(worker);
}

/* What was due and did not find a way out by the end is not sent; who has ended it by a signal did
 * not want it to be. */
static void skip_rest(struct worker *worker)
{
	struct schedule *requests = &worker->pace.requests;

	for (; !is_interrupted(worker) && is_behind(worker); schedule_advance(requests))
		recorder_skipped(&worker->recorder, schedule_due_ns(requests));
	worker->quota = 0;
}

/* What could not be sent yet is sent, if that takes no longer than an answer may take. */
static int catch_up(struct worker *worker)
{
	uint64_t end_ns = worker->now_ns + worker->options->timeout_ns;
	int error = 0;

	while (!error && worker->now_ns < end_ns && is_behind(worker) && may_catch_up(worker))
		error = worker_turn(worker, end_ns);
	return error;
}

/* Who ends the run by a signal does not want to wait for a server that keeps silent. */
static uint64_t drain_end_ns(const struct worker *worker, uint64_t end_ns)
{
	uint64_t hurried_ns = worker->now_ns + DRAIN_INTERRUPTED_NS;

	return is_interrupted(worker) && hurried_ns < end_ns ? hurried_ns : end_ns;
}

/* What is under way is answered, or given up. To count what is not sent may take a while, if that
 * is very much, and answers must not wait for it. */
static int drain(struct worker *worker)
{
	uint64_t end_ns = drain_end_ns(worker, worker->now_ns + 2 * worker->options->timeout_ns);
	uint64_t quota = worker->quota;
	int error = 0;

	worker->quota = 0;
	while (!error && worker->now_ns < end_ns && worker->outstanding > 0) {
		error = worker_turn(worker, end_ns);
		end_ns = drain_end_ns(worker, end_ns);
	}
	worker->quota = quota;
	skip_rest(worker);
	return error;
}

/* What was answered is complete when the kernel has told when it had left. */
static int settle(struct worker *worker)
{
	uint64_t end_ns = worker->now_ns + EXCHANGE_SETTLE_NS;
	int error = 0;

	while (!error && worker->undeparted > 0 && worker->now_ns < end_ns)
		error = worker_turn(worker, end_ns);
	for (uint32_t i = 0; worker->exchange->settle && i < worker->client_count; i++)
		worker->exchange->settle(worker, &worker->clients[i]);
	return error;
}

/* A datagram's socket is closed with what has not left yet. */
static int part(struct worker *worker)
{
	if (!worker->exchange->part)
		return 0;
	for (uint32_t i = 0; i < worker->client_count; i++)
		if (worker->clients[i].state == CLIENT_OPEN)
			worker->exchange->part(worker, &worker->clients[i]);
	return worker_turn(worker, worker->now_ns);
}

static int leave(struct worker *worker)
{
	bool reset = worker->target->answers == ANSWERS_ENDLESS;
	int error = part(worker);
	uint64_t end_ns = worker->now_ns + LEAVE_NS_MAX;

	worker->waiting_count = 0;
	for (uint32_t i = 0; i < worker->client_count; i++) {
		struct client *client = &worker->clients[i];

		if (client->state == CLIENT_OPEN)
			client_leave(worker, client, reset);
		else if (client->state == CLIENT_CONNECTING)
			client_leave(worker, client, true);
	}
	while (!error && engine_connections(worker->engine) > 0 && worker->now_ns < end_ns)
		error = worker_turn(worker, end_ns);
	return error;
}

int worker_run(struct worker *worker)
{
	int error;

	worker->now_ns = clock_now_ns();
	error = await_release(worker);
	if (error || atomic_load(&worker->plan->refused))
		return error;
	error = await_start(worker);
	if (!error)
		error = measure(worker);
	if (!error)
		error = cool_down(worker);
	stop_requests(worker);
	if (!error)
		error = catch_up(worker);
	if (!error)
		error = drain(worker);
	if (!error)
		error = settle(worker);
	if (!error)
		error = leave(worker);
	return error;
}
