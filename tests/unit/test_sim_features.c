/*
 * The io_uring backend on the simulated ring: it finds the features that it finds on this host, and
 * serve and load come to a good end with each of them, whatever the ring does that it may do.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <ringside/engine.h>
#include <ringside/feature.h>

#include "base/array.h"
#include "base/clock.h"
#include "commands.h"
#include "sim/descriptor.h"
#include "sim/ring.h"
#include "sim/task.h"
#include "sim/world.h"

struct command {
	int (*run)(int argc, char **argv);
	const char *arguments[20];
	int count;
	uint64_t begin_ns;
	int result;
	bool then_ends; /* the server */
};

static void end_server(void *argument)
{
	(void)argument;
	world_signal(SIGTERM);
}

static void *run_command(void *argument)
{
	struct command *command = argument;

	(void)task_sleep(NULL, NULL, world_now_ns() + command->begin_ns);
	command->result = command->run(command->count, (char **)command->arguments);
	if (command->then_ends)
		(void)world_at(world_now_ns() + NS_PER_MS, end_server, NULL);
	return NULL;
}

/* All that a ring may do without anything being lost. */
static const enum fault harmless[] = {
	FAULT_SHORT_SEND,     FAULT_SEND_AGAIN,	       FAULT_SHORT_RECEIVE, FAULT_DRIBBLE,
	FAULT_WAKE_LATE,      FAULT_WAKE_EARLY,	       FAULT_NO_BUFFERS,    FAULT_MULTISHOT_ENDED,
	FAULT_REORDER,	      FAULT_CQ_OVERFLOW,       FAULT_CANCEL_LATE,   FAULT_CANCEL_RUNNING,
	FAULT_SUBMIT_REFUSED, FAULT_NOTIFICATION_LATE, FAULT_SUBMIT_PART,   FAULT_SEND_ASYNC,
	FAULT_INTERRUPTED,
};

/* Messages are of 3000 bytes; sends from so many on are without a copy where that is a feature. */
#define ZERO_COPY_MIN "2000"

static uint64_t run_world(const struct world_options *options, const char *features_wanted,
			  const char *url)
{
	struct command serve = {
		.run = command_serve,
		/* What is confined for good is the process, which has more worlds to come. */
		.arguments = { "ringside serve", "--sandbox", "off", "--backend", "uring",
			       "--features", features_wanted, "-t", "2", "-c", "16", "--buffers",
			       "32", "--zero-copy-min", ZERO_COPY_MIN, url },
		.count = 16,
	};
	struct command load = {
		.run = command_load,
		.arguments = { "ringside load", "--backend", "uring", "--features", features_wanted,
			       "-t", "2", "-c", "4", "-n", "200", "-s", "3000", "--connect-timeout",
			       "5s", url },
		.count = 16,
		.begin_ns = 50 * NS_PER_MS,
		.then_ends = true,
	};
	int seed = (int)options->seed;
	uint64_t hash;

	cr_assert_eq(world_open(options), 0);
	cr_assert_eq(task_start(run_command, &serve, "serve", NULL), 0);
	cr_assert_eq(task_start(run_command, &load, "load", NULL), 0);
	cr_assert_eq(world_run(), 0, "%s, %s, seed %d: it does not end", url, features_wanted,
		     seed);
	cr_assert_eq(descriptor_count(), 0, "descriptors left open");
	cr_assert(serve.result == EXIT_GOOD && load.result == EXIT_GOOD,
		  "%s, %s, seed %d: serve ends with %d, load with %d", url, features_wanted, seed,
		  serve.result, load.result);
	hash = world_transcript_hash();
	world_close();
	return hash;
}

static uint64_t run(uint64_t seed, const char *features_wanted, const char *url, uint32_t rate)
{
	struct world_options options = { .seed = seed, .event_max = 10000000 };

	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		options.faults.per_million[harmless[i]] = rate;
	return run_world(&options, features_wanted, url);
}

static const char *const urls[] = {
	"echo+tcp://127.0.0.1:7000",
	"echo+udp://127.0.0.1:7000",
	"echo+unix:@ringside",
	"echo+unixpacket:@ringside",
};

static void run_all(const char *features_wanted, uint64_t seeds, uint32_t rate)
{
	cr_assert_not_null(freopen("/dev/null", "w", stdout));
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++)
		for (uint64_t seed = 0; seed < seeds; seed++)
			(void)run(seed, features_wanted, urls[i], rate);
}

Test(sim_features, all_by_default, .timeout = 100)
{
	run_all("+gso", 2, 0);
	run_all("+gso", 8, 20000);
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++)
		cr_expect_eq(run(3, "+gso", urls[i], 20000), run(3, "+gso", urls[i], 20000),
			     "%s is not repeated", urls[i]);
}

Test(sim_features, each_alone, .timeout = 100)
{
	char wanted[64];

	for (int id = 0; id < FEATURE_COUNT; id++) {
		(void)snprintf(wanted, sizeof(wanted), "none,+buffer_ring,+%s", features[id].name);
		run_all(wanted, 1, 20000);
	}
}

Test(sim_features, each_beside_the_default, .timeout = 100)
{
	char wanted[64];

	for (int id = 0; id < FEATURE_COUNT; id++) {
		(void)snprintf(wanted, sizeof(wanted), "+%s", features[id].name);
		run_all(wanted, 1, 20000);
	}
	cr_expect_eq(sim_ring_misuses(), 0, "memory of zero-copy sends was changed too early");
}

/* Nobody waits for the send timeout because a network card does not say that it is done. */
Test(sim_features, late_notifications_hold_up_nobody, .timeout = 100)
{
	struct world_options options = { .event_max = 10000000 };

	cr_assert_not_null(freopen("/dev/null", "w", stdout));
	options.faults.per_million[FAULT_NOTIFICATION_LATE] = 300000;
	for (; options.seed < 10; options.seed++)
		(void)run_world(&options, "+zero_copy", urls[0]);
	cr_expect_eq(sim_ring_misuses(), 0, "memory of zero-copy sends was changed too early");
}

static void *probe(void *argument)
{
	cr_assert_eq(features_probe(argument), 0);
	return NULL;
}

/* By another process: what was found out once is known to this one. */
static void probe_here(struct feature_state *ret_states, size_t size)
{
	int ends[2], status = 0;
	pid_t child;

	cr_assert_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		(void)probe(ret_states);
		_exit(write(ends[1], ret_states, size) == (ssize_t)size ? 0 : 1);
	}
	(void)close(ends[1]);
	for (size_t got = 0; got < size;) {
		ssize_t part = read(ends[0], (uint8_t *)ret_states + got, size - got);

		cr_assert_gt(part, 0);
		got += (size_t)part;
	}
	(void)close(ends[0]);
	cr_assert_eq(waitpid(child, &status, 0), child);
}

/* What is not simulated: stamps of departures, and memory. */
static bool differs(int id)
{
	return id == FEATURE_DEPARTURES || id == FEATURE_HUGE_PAGES;
}

Test(sim_features, are_found_as_here)
{
	const struct world_options options = { .seed = 1, .event_max = 1000000 };
	struct feature_state here[FEATURE_COUNT], simulated[FEATURE_COUNT];

	probe_here(here, sizeof(here));
	cr_assert_eq(world_open(&options), 0);
	cr_assert_eq(task_start(probe, simulated, "probe", NULL), 0);
	cr_assert_eq(world_run(), 0);
	cr_expect_eq(descriptor_count(), 0, "descriptors left open");
	world_close();
	for (int id = 0; id < FEATURE_COUNT; id++) {
		/* A kernel older than the simulated one has less. */
		if (differs(id) || !here[id].present)
			continue;
		cr_expect(simulated[id].present, "%s: %s", features[id].name, simulated[id].reason);
	}
}

/* One that is missing is found missing, and done without. */
Test(sim_features, may_be_missing, .timeout = 100)
{
	static const struct sim_ring_limits limits[] = {
		{ .opcodes_missing = { 1ull << IORING_OP_SEND_ZC } },
		{ .setup_missing = IORING_SETUP_DEFER_TASKRUN },
		{ .setup_missing = IORING_SETUP_NO_SQARRAY },
		{ .registers_missing = 1ull << IORING_REGISTER_RING_FDS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		pid_t child = fork();
		int status = 1;

		if (child == 0) {
			sim_ring_limit(&limits[i]);
			run_all("+zero_copy", 1, 20000);
			_exit(0);
		}
		cr_assert_eq(waitpid(child, &status, 0), child);
		cr_expect_eq(status, 0, "row %zu", i);
	}
}
