#include "pace.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

/*
 * A thread that polls begins so long before something is due: what a timer and the way out of a
 * sleep take on a virtual machine, measured: the 99th percentile is 60 to 90 us.
 */
#define POLL_NS (100 * NS_PER_US)

/*
 * A thread that sleeps does so for at least this long, and then sends all that has become due: a
 * sleep costs some 20 us of CPU time on a virtual machine, however short it is, so sleeping for
 * each request alone would take more than polling.
 */
#define SLEEP_NS_MIN (50 * NS_PER_US)

/* Connections that could have been made, but were not needed, are not made up for later; a thread
 * that comes so late makes up for them. */
#define CONNECT_CREDIT_NS (20 * NS_PER_MS)

/* So that the seeds of threads and hosts have nothing to do with each other. */
#define SEED_STEP 0x9e3779b97f4a7c15u

static void schedules_init(struct pace *pace, const struct load_options *options,
			   const struct pace_part *part)
{
	double streams = part->count, phase = (double)part->index / streams;
	uint64_t seed = options->seed + SEED_STEP * (part->index + 1);

	if (options->rate > 0)
		schedule_init(&pace->requests, options->arrival, (double)options->rate / streams,
			      seed, phase);
	if (options->connect_rate > 0)
		schedule_init(&pace->connects, ARRIVAL_FIXED,
			      (double)options->connect_rate / options->threads, seed, phase);
}

int pace_init(struct pace *ret_pace, const struct load_options *options,
	      const struct pace_part *part, uint32_t client_count)
{
	struct pace pace = {
		.polls = options->rate > 0 ? options->pace == PACE_SPIN : options->think.spin,
		.limits_connects = options->connect_rate > 0,
		.think_ns = options->think.ns,
		.pause_max = options->think.ns > 0 ? client_count * options->depth : 0,
	};

	if (pace.pause_max > 0) {
		pace.pauses = calloc(pace.pause_max, sizeof(*pace.pauses));
		if (!pace.pauses)
			return -ENOMEM;
	}
	schedules_init(&pace, options, part);
	*ret_pace = pace;
	return 0;
}

void pace_finish(struct pace *pace)
{
	free(pace->pauses);
	pace->pauses = NULL;
}

void pace_start(struct pace *pace, const struct load_options *options, uint64_t now_ns)
{
	pace->open = options->rate > 0;
	pace->requests_end_ns = PACE_NEVER;
	pace->free_since_ns = now_ns;
	if (pace->open)
		schedule_start(&pace->requests, now_ns);
}

void pace_start_connects(struct pace *pace, uint64_t now_ns)
{
	if (pace->limits_connects)
		schedule_start(&pace->connects, now_ns);
}

bool pace_connect(struct pace *pace, uint64_t now_ns)
{
	if (!pace->limits_connects)
		return true;
	if (schedule_due_ns(&pace->connects) + CONNECT_CREDIT_NS < now_ns)
		schedule_start(&pace->connects, now_ns);
	if (schedule_due_ns(&pace->connects) > now_ns)
		return false;
	schedule_advance(&pace->connects);
	return true;
}

void pace_pause(struct pace *pace, struct client *client, uint64_t now_ns)
{
	uint32_t tail = (pace->pause_head + pace->pause_count) % pace->pause_max;

	assert(pace->pause_count < pace->pause_max && "a pause for each request that may be out");
	pace->pauses[tail] = (struct pause){ .client = client, .end_ns = now_ns + pace->think_ns };
	pace->pause_count++;
}

struct client *pace_resume(struct pace *pace, uint64_t now_ns)
{
	const struct pause *pause;

	if (pace->pause_count == 0)
		return NULL;
	pause = &pace->pauses[pace->pause_head];
	if (pause->end_ns > now_ns)
		return NULL;
	pace->pause_head = (pace->pause_head + 1) % pace->pause_max;
	pace->pause_count--;
	return pause->client;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_ns(const struct pace *pace, bool free, bool connects)
{
	uint64_t next = PACE_NEVER;

	if (pace->open && free && schedule_due_ns(&pace->requests) < pace->requests_end_ns)
		next = schedule_due_ns(&pace->requests);
	if (pace->limits_connects && connects)
		next = earlier(next, schedule_due_ns(&pace->connects));
	if (pace->pause_count > 0)
		next = earlier(next, pace->pauses[pace->pause_head].end_ns);
	return next;
}

uint64_t pace_wait_ns(const struct pace *pace, uint64_t now_ns, uint64_t most_ns, bool free,
		      bool connects)
{
	uint64_t next = next_ns(pace, free, connects);
	uint64_t left_ns = next > now_ns ? next - now_ns : 0;

	if (next == PACE_NEVER)
		return most_ns;
	if (pace->polls)
		left_ns = left_ns > POLL_NS ? left_ns - POLL_NS : 0;
	else if (pace->open && left_ns > 0 && left_ns < SLEEP_NS_MIN)
		left_ns = SLEEP_NS_MIN;
	return earlier(left_ns, most_ns);
}
