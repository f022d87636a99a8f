/* ringside serve and ringside load, as tasks of one simulated machine. */
#include <signal.h>
#include <stdio.h>

#include <criterion/criterion.h>

#include "base/array.h"
#include "base/clock.h"
#include "commands.h"
#include "sim/descriptor.h"
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
	world_signal(SIGTERM);
}

static void *run_command(void *argument)
{
	struct command *command = argument;

	(void)task_sleep(NULL, NULL, world_now_ns() + command->begin_ns);
	command->result = command->run(command->count, (char **)command->arguments);
	world_note("%s ends with %d", command->arguments[0], command->result);
	if (command->then_ends)
		(void)world_at(world_now_ns() + NS_PER_MS, end_server, NULL);
	return NULL;
}

static uint64_t run(uint64_t seed, uint32_t percent, const char *backend, const char *url)
{
	struct command serve = {
		.run = command_serve,
		/* What is confined for good is the process, which has more worlds to come. */
		.arguments = { "ringside serve", "--sandbox", "off", "--backend", backend, "-t",
			       "2", url },
		.count = 8,
	};
	struct command load = {
		.run = command_load,
		.arguments = { "ringside load", "--backend", backend, "-t", "2", "-c", "4", "-n",
			       "200", "--connect-timeout", "5s", url },
		.count = 12,
		.begin_ns = 50 * NS_PER_MS,
		.then_ends = true,
	};
	struct world_options options = { .seed = seed, .event_max = 10000000 };
	uint64_t hash;

	fault_rates_scale(&options.faults, percent);
	cr_assert_eq(world_open(&options), 0);
	cr_assert_eq(task_start(run_command, &serve, "serve", NULL), 0);
	cr_assert_eq(task_start(run_command, &load, "load", NULL), 0);
	cr_assert_eq(world_run(), 0, "seed %d", (int)seed);
	cr_assert_eq(descriptor_count(), 0, "descriptors left open");
	if (percent == 0)
		cr_assert(serve.result == EXIT_GOOD && load.result == EXIT_GOOD,
			  "seed %d: serve ends with %d, load with %d", (int)seed, serve.result,
			  load.result);
	hash = world_transcript_hash();
	world_close();
	return hash;
}

Test(sim_commands, serve_and_load_run_and_end, .timeout = 100)
{
	static const char *const urls[] = {
		"echo+tcp://127.0.0.1:7000", "echo+udp://127.0.0.1:7000",
		"echo+unix:@ringside",	     "echo+unix:/tmp/ringside-sim",
		"echo+unixpacket:@ringside", "echo+unixgram:@ringside",
		"stamp+udp://127.0.0.1:7000"
	};

	cr_assert_not_null(freopen("/dev/null", "w", stdout));
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		/* What is found out once a process is known from here on. */
		(void)run(0, 0, "epoll", urls[i]);
		for (uint64_t seed = 0; seed < 3; seed++)
			cr_assert_eq(run(seed, 0, "epoll", urls[i]), run(seed, 0, "epoll", urls[i]),
				     "%s, seed %d is not repeated", urls[i], (int)seed);
	}
}
