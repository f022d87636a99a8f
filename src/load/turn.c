/* A turn of a worker: what has come, what goes out because of it, and how long to wait. */
#include <string.h>

#include "base/clock.h"
#include "worker.h"

/* How long a turn may take when nothing happens: the run's end and Ctrl-C are looked for so often.
 */
#define TURN_NS_MAX (50 * NS_PER_MS)
/* ... and where requests wait for output memory, whose return makes no message. */
#define TURN_NS_BLOCKED NS_PER_MS

#define SCANS_PER_TIMEOUT 8
#define SCAN_NS_MIN NS_PER_MS
#define SCAN_NS_MAX (250 * NS_PER_MS)

/* What the batch has made due, each client what it may; those stay listed for whom the engine has
 * no memory now. */
static void send_closed(struct worker *worker)
{
	bool answers = worker->target->answers != ANSWERS_NONE;

	worker->departure_ns = worker->now_ns;
	for (uint32_t left = worker->due_count; left > 0; left--) {
		struct client *client = worker_unlist(worker);
		int error;

		if (client->state != CLIENT_OPEN)
			continue;
		worker->credit = answers ? UINT64_MAX : worker->options->depth;
		error = worker->exchange->send(worker, client);
		if (error || (!answers && worker->running && worker->quota > 0))
			worker_list(worker, client);
		worker->blocked |= error != 0;
	}
}

/* A request that can be sent only now. What of its lateness is our own: since it was due, or, if
 * all connections were busy then, since one was free. */
static void note_slip(struct worker *worker, uint64_t due_ns)
{
	uint64_t free_ns = worker->pace.free_since_ns;
	uint64_t possible_ns = free_ns > due_ns ? free_ns : due_ns;

	worker->last_due_ns = due_ns;
	worker->last_sent_ns = worker->now_ns;
	recorder_slipped(&worker->recorder, due_ns, worker->now_ns - due_ns,
			 worker->now_ns > possible_ns ? worker->now_ns - possible_ns : 0);
}

static bool is_of_warm_up(const struct worker *worker, uint64_t due_ns)
{
	return worker->recorder.recording && due_ns < worker->recorder.begin_ns;
}

/* Too late, by the rule of --slip: leave it out, or let that be the end. */
static bool is_too_late(struct worker *worker, uint64_t due_ns)
{
	const struct load_options *options = worker->options;

	if (options->slip == SLIP_CATCH_UP || worker->now_ns - due_ns <= options->slip_limit_ns)
		return false;
	if (options->slip == SLIP_ABORT)
		worker->slipped = true;
	recorder_skipped(&worker->recorder, due_ns);
	return true;
}

static bool may_send(const struct worker *worker, const struct client *client)
{
	return client->state == CLIENT_OPEN && worker_allowance(worker, client) > 0;
}

/* One request, on the connection that has been free longest. False: there is none, or no memory. */
static bool send_arrival(struct worker *worker, uint64_t due_ns)
{
	uint64_t before = worker->quota;

	worker->departure_ns = due_ns;
	while (worker->due_count > 0 && !worker->blocked) {
		struct client *client = worker_unlist(worker);

		worker->credit = 1;
		if (may_send(worker, client) && worker->exchange->send(worker, client) != 0) {
			worker->unfinished = client;
			worker->blocked = true;
		}
		/* Broken, and its last message is on the way: it is listed no more. */
		if (worker->quota == before && !worker->blocked)
			continue;
		worker->credit = 1;
		if (may_send(worker, client))
			worker_list(worker, client);
		if (worker->quota != before)
			return true;
	}
	return false;
}

/* Memory was lacking in the middle of a request: its rest goes before any other. */
static void send_unfinished(struct worker *worker)
{
	struct client *client = worker->unfinished;

	worker->credit = 0;
	if (client && client->state == CLIENT_OPEN)
		worker->blocked = worker->exchange->send(worker, client) != 0;
	if (!worker->blocked)
		worker->unfinished = NULL;
}

/* An open loop: what is due by now goes out on whatever connection is free; what finds none goes
 * out when there is one, and its latency has begun. */
static void send_open(struct worker *worker)
{
	bool was_free = worker->free;

	if (!was_free && worker->due_count > 0)
		worker->pace.free_since_ns = worker->now_ns;
	send_unfinished(worker);
	while (worker->quota > 0 && !worker->slipped && pace_due(&worker->pace, worker->now_ns)) {
		uint64_t due_ns = schedule_due_ns(&worker->pace.requests);

		if (!is_too_late(worker, due_ns)) {
			if (!send_arrival(worker, due_ns))
				break;
			note_slip(worker, due_ns);
			/* Those that are late from the warm-up are none of those of -n. */
			worker->quota += is_of_warm_up(worker, due_ns);
		}
		schedule_advance(&worker->pace.requests);
	}
	worker->free = worker->due_count > 0;
}

void worker_send(struct worker *worker)
{
	struct client *client;

	worker->blocked = false;
	while ((client = pace_resume(&worker->pace, worker->now_ns))) {
		client->pausing--;
		worker_list(worker, client);
	}
	if (worker->pace.open)
		send_open(worker);
	else
		send_closed(worker);
}

/* No more than the requests that are left can use. */
static bool may_connect(const struct worker *worker)
{
	return worker->waiting_count > 0 && worker->gated < worker->gate_max &&
	       worker->gated < worker->quota;
}

void worker_connect(struct worker *worker)
{
	while (may_connect(worker) && pace_connect(&worker->pace, worker->now_ns))
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

/* Is there more to be sent at once? Where nothing is answered no message calls for the next one. */
static bool has_more_to_send(const struct worker *worker)
{
	return !worker->pace.open && worker->due_count > 0 && !worker->blocked;
}

/* Of an open loop: is there a connection for the next request, and may there be one? */
static bool may_send_next(const struct worker *worker)
{
	return worker->due_count > 0 && !worker->blocked && worker->quota > 0;
}

static uint64_t turn_wait_ns(const struct worker *worker, uint64_t until_ns)
{
	uint64_t next = until_ns < worker->scan_ns ? until_ns : worker->scan_ns;
	uint64_t left = next > worker->now_ns ? next - worker->now_ns : 0;
	uint64_t most = worker->blocked ? TURN_NS_BLOCKED : TURN_NS_MAX;

	if (has_more_to_send(worker))
		return 0;
	return pace_wait_ns(&worker->pace, worker->now_ns, left < most ? left : most,
			    may_send_next(worker), may_connect(worker));
}

/* What is left after it would be less than half of one, so the last interval is a longer one. */
static bool interval_has_ended(const struct worker *worker)
{
	return worker->recorder.recording && worker->now_ns >= worker->interval_end_ns &&
	       worker->window_end_ns - worker->now_ns >= worker->options->interval_ns / 2 &&
	       worker->window_end_ns > worker->now_ns;
}

/* An interval is over: give away what was measured in it. */
static void end_interval(struct worker *worker)
{
	struct result *full = worker->recorder.result, *empty;
	struct cost cost;

	if (!interval_has_ended(worker))
		return;
	empty = handover_spare(&worker->handover);
	if (!empty)
		return;
	cost = worker_cost(worker);
	recorder_split(&worker->recorder, empty, worker->now_ns, &cost);
	handover_give(&worker->handover, full);
	while (worker->interval_end_ns <= worker->now_ns)
		worker->interval_end_ns += worker->options->interval_ns;
}

/*
 * The clock is read once, when the batch has come. That is the time of arrival of all its answers,
 * and of departure of the requests that they make due, which go to the kernel with the next turn:
 * what this thread takes to get there counts as latency of theirs. So the generator's own slowness
 * can make a figure worse but never better, and at depth 1 the latencies of a connection add up to
 * the time of the run.
 */
int worker_turn(struct worker *worker, uint64_t until_ns)
{
	uint64_t wait_ns = turn_wait_ns(worker, until_ns), before_ns = worker->now_ns;
	bool polls = wait_ns == 0 && !has_more_to_send(worker);
	struct message *batch;
	int count = engine_turn(worker->engine, wait_ns, &batch);

	if (count < 0)
		return error_set(&worker->reason, count, "the engine failed: %s", strerror(-count));
	if (worker->tells_wall)
		clock_read_both(&worker->now_ns, &worker->wall_ns);
	else
		worker->now_ns = clock_now_ns();
	if (polls && count == 0)
		worker->pace.polled_ns += worker->now_ns - before_ns;
	for (int i = 0; i < count; i++) {
		struct client *client = worker->by_connection[batch[i].connection];

		if (client)
			client_message(worker, client, &batch[i]);
	}
	worker_send(worker);
	worker_connect(worker);
	if (worker->now_ns >= worker->scan_ns)
		scan(worker);
	end_interval(worker);
	atomic_store_explicit(&worker->progress, worker->answered, memory_order_relaxed);
	return worker->fault;
}
