/*
 * The io_uring backend on the simulated ring: it finds the features that it finds on this host, and
 * serve and load come to a good end with each of them, whatever the ring does that it may do.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

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

static uint64_t faults_seen[FAULT_COUNT];

static void run(uint64_t seed, const char *features_wanted, const char *url, uint32_t rate)
{
	struct command serve = {
		.run = command_serve,
		.arguments = { "ringside serve", "--backend", "uring", "--features",
			       features_wanted, "-t", "2", url },
		.count = 8,
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
	struct world_options options = { .seed = seed, .event_max = 10000000 };

	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		options.faults.per_million[harmless[i]] = rate;
	cr_assert_eq(world_open(&options), 0);
	cr_assert_eq(task_start(run_command, &serve, "serve", NULL), 0);
	cr_assert_eq(task_start(run_command, &load, "load", NULL), 0);
	cr_assert_eq(world_run(), 0, "%s, %s, seed %d: it does not end", url, features_wanted,
		     (int)seed);
	cr_assert_eq(descriptor_count(), 0, "descriptors left open");
	cr_assert(serve.result == EXIT_GOOD && load.result == EXIT_GOOD,
		  "%s, %s, seed %d: serve ends with %d, load with %d", url, features_wanted,
		  (int)seed, serve.result, load.result);
	for (int i = 0; i < FAULT_COUNT; i++)
		faults_seen[i] += world_fault_count((enum fault)i);
	world_close();
}

static const char *const urls[] = {
	"echo+tcp://127.0.0.1:7000",
	"echo+udp://127.0.0.1:7000",
	"echo+unix:@ringside",
	"echo+unixpacket:@ringside",
};

static void run_all(const char *features_wanted, uint32_t rate)
{
	cr_assert_not_null(freopen("/dev/null", "w", stdout));
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++)
		for (uint64_t seed = 0; seed < 2; seed++)
			run(seed, features_wanted, urls[i], rate);
}

Test(sim_features, all_by_default, .timeout = 100)
{
	run_all("+gso", 0);
	run_all("+gso", 20000);
}

Test(sim_features, each_alone, .timeout = 100)
{
	char wanted[64];

	for (int id = 0; id < FEATURE_COUNT; id++) {
		(void)snprintf(wanted, sizeof(wanted), "none,+buffer_ring,+%s", features[id].name);
		run_all(wanted, 20000);
	}
}

Test(sim_features, each_beside_the_default, .timeout = 100)
{
	char wanted[64];

	for (int id = 0; id < FEATURE_COUNT; id++) {
		(void)snprintf(wanted, sizeof(wanted), "+%s", features[id].name);
		run_all(wanted, 20000);
	}
}
