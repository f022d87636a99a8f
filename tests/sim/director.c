#include "director.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "commands.h"
#include "host.h"
#include "invariant.h"
#include "load_witness.h"
#include "sim/task.h"
#include "witness.h"

/* How long the busy part lasts at most, and how long peers may take then. */
#define BUSY_NS (120 * NS_PER_S)
#define SETTLE_NS (10 * NS_PER_S)
#define QUIET_NS NS_PER_S
/* How many steps a thread may take in a second in which nothing happens: listeners that found no
 * descriptor try again every 10 ms, a drain looks around every 2 ms. */
#define QUIET_STEPS 6000u
/* Beyond --drain: the second that closed connections linger, and waits that end late. */
#define END_NS (5 * NS_PER_S)
/* So much is enough for all that has been asked already. */
#define DRAIN_LONG_NS (2 * NS_PER_S)
/* For the last bytes to arrive at the peers. */
#define AFTER_NS (5 * NS_PER_S)

/* For a load to end by itself: its runs, their timeouts and what it waits for at the end. */
#define LOAD_NS (300 * NS_PER_S)
/* ... and after a signal. */
#define LOAD_END_NS (8 * NS_PER_S)

/* A command under test. */
struct command {
	bool begun, ended;
	int exit_code;
};

struct director {
	const struct scenario *scenario;
	struct peers *peers; /* SCENARIO_SERVE */
	struct hosts *hosts; /* SCENARIO_LOAD */
	struct command serve, load;
	uint32_t signals;
	uint64_t signal_ns;
};

static struct director director;

static void *run_serve(void *argument)
{
	const struct words *words = &director.scenario->serve;

	director.serve.exit_code = command_serve(words->count, (char **)words->items);
	director.serve.ended = true;
	world_note("serve ended: %d", director.serve.exit_code);
	return NULL;
}

static void *run_load(void *argument)
{
	const struct words *words = &director.scenario->load;

	director.load.exit_code = command_load(words->count, (char **)words->items);
	director.load.ended = true;
	world_note("load ended: %d", director.load.exit_code);
	return NULL;
}

static void begin(struct command *command, void *(*run)(void *argument), const char *name)
{
	struct task *task;

	command->begun = true;
	if (task_start(run, NULL, name, &task) < 0)
		violated("no memory for a task");
}

static bool all_ended(void)
{
	return (!director.serve.begun || director.serve.ended) &&
	       (!director.load.begun || director.load.ended);
}

static void send_signal(void *argument)
{
	if (all_ended())
		return;
	if (director.signals++ == 0)
		director.signal_ns = world_now_ns();
	if (director.peers)
		peers_excuse(director.peers,
			     director.signals == 1 && director.scenario->drain_ns >= DRAIN_LONG_NS);
	world_note("SIGTERM %u", director.signals);
	world_signal(SIGTERM);
}

/* How long what was asked to end may take. */
static uint64_t end_ns(void)
{
	return director.scenario->kind == SCENARIO_LOAD ? LOAD_END_NS
							: director.scenario->drain_ns + END_NS;
}

/* One signal would be for both commands, which are one process here. */
static bool may_signal(void)
{
	const struct scenario *scenario = director.scenario;

	return scenario->signalled_early && scenario->kind != SCENARIO_BOTH &&
	       witness_engines() > 0 &&
	       director.signals < (scenario->kind == SCENARIO_LOAD ? 1u : 2u);
}

/* At every step. */
static void step(void *argument)
{
	if (may_signal() && world_fault(FAULT_SIGNAL))
		(void)world_at(world_now_ns(), send_signal, NULL);
	if (director.signals > 0 && !all_ended() && world_now_ns() > director.signal_ns + end_ns())
		violated("%" PRIu64 " ms after SIGTERM it has not ended, with %" PRIu64
			 " ms for it",
			 (uint64_t)((world_now_ns() - director.signal_ns) / NS_PER_MS),
			 (uint64_t)(end_ns() / NS_PER_MS));
}

static bool is_over(const void *argument)
{
	return all_ended() || director.signals > 0 ||
	       world_events() >= director.scenario->event_aim;
}

static bool has_ended(const void *argument)
{
	return all_ended();
}

static bool load_has_ended(const void *argument)
{
	return director.load.ended;
}

static bool have_settled(const void *argument)
{
	return all_ended() || director.signals > 0 || !peers_wait(director.peers);
}

static bool is_disturbed(const void *argument)
{
	return all_ended() || director.signals > 0;
}

static bool never(const void *argument)
{
	return false;
}

static void sleep_for(bool (*ready)(const void *argument), uint64_t ns)
{
	(void)task_sleep(ready, NULL, world_now_ns() + ns);
}

/* While some hold what others need, those wait until timeouts end that; and so do those whose
 * zero-copy send is not told to be over. */
static uint64_t settle_ns(void)
{
	const struct scenario *scenario = director.scenario;

	if (!peers_hog(director.peers) && world_fault_count(FAULT_NOTIFICATION_LATE) == 0)
		return SETTLE_NS;
	if (scenario->idle_ns == 0 || scenario->send_ns == 0)
		return 0;
	return SETTLE_NS + 3 * (scenario->idle_ns + scenario->send_ns);
}

static void settle(void)
{
	uint64_t ns = settle_ns();

	peers_stop(director.peers);
	if (ns == 0)
		return;
	sleep_for(have_settled, ns);
	if (!is_disturbed(NULL) && peers_wait(director.peers))
		peers_complain(director.peers);
}

/* Nothing happens, so nothing is to do. */
static void be_quiet(void)
{
	uint64_t before;

	sleep_for(is_disturbed, QUIET_NS);
	before = world_events();
	sleep_for(is_disturbed, QUIET_NS);
	if (is_disturbed(NULL))
		return;
	if (world_events() - before > QUIET_STEPS * director.scenario->threads)
		violated("%" PRIu64 " steps in a second in which nothing happened",
			 world_events() - before);
}

/* What it needs to begin with may be refused too; then it says so, and nobody was told to come. */
static bool could_not_begin(void)
{
	return director.serve.exit_code == EXIT_CANNOT && !invariant_has_said("listening ");
}

static void end_serve(void)
{
	if (director.signals == 0)
		send_signal(NULL);
	(void)task_sleep(has_ended, NULL, UINT64_MAX);
	if (director.serve.exit_code != EXIT_GOOD && !could_not_begin())
		violated("serve has ended with %d", director.serve.exit_code);
}

static void direct_serve(void)
{
	const struct scenario *scenario = director.scenario;

	if (peers_open(&scenario->peers, &director.peers) < 0)
		violated("no memory for the peers");
	begin(&director.serve, run_serve, "serve");
	sleep_for(is_over, BUSY_NS);
	if (!is_disturbed(NULL)) {
		settle();
		be_quiet();
	}
	if (director.signals == 0 && director.serve.ended && !could_not_begin())
		violated("serve has ended by itself, with %d", director.serve.exit_code);
	peers_stop(director.peers);
	end_serve();
	sleep_for(never, AFTER_NS);
	peers_check_ended(director.peers);
	peers_close(director.peers);
}

/* A load ends by itself, and as it must: where nobody has done anything wrong, well. */
static void await_load(void)
{
	const struct load_account *account = load_account();

	sleep_for(load_has_ended, LOAD_NS);
	if (!director.load.ended)
		violated("load does not end");
	if (account->told && director.load.exit_code != account->exit_code)
		violated("load has ended with %d instead of %d", director.load.exit_code,
			 account->exit_code);
	if (account->corrupt > 0)
		violated("load has got %" PRIu64 " wrong answers", account->corrupt);
}

static void direct_load(void)
{
	const struct scenario *scenario = director.scenario;

	if (hosts_open(scenario->places, scenario->place_count, scenario->peers.seed,
		       scenario->peers.pause_max_ns, &director.hosts) < 0)
		violated("no memory for the hosts");
	begin(&director.load, run_load, "load");
	await_load();
	sleep_for(never, AFTER_NS);
	hosts_close(director.hosts);
}

static void direct_both(void)
{
	begin(&director.serve, run_serve, "serve");
	sleep_for(never, NS_PER_S / 10);
	begin(&director.load, run_load, "load");
	await_load();
	end_serve();
}

static void *run(void *argument)
{
	static void (*const courses[SCENARIO_KIND_COUNT])(void) = {
		[SCENARIO_SERVE] = direct_serve,
		[SCENARIO_LOAD] = direct_load,
		[SCENARIO_BOTH] = direct_both,
	};

	courses[director.scenario->kind]();
	return NULL;
}

void direct(const struct scenario *scenario)
{
	struct task *task;
	int error;

	director = (struct director){ .scenario = scenario };
	world_watch(step, NULL);
	error = task_start(run, NULL, "director", &task);
	if (!error)
		error = world_run();
	if (error)
		violated("the world does not come to its end: %s after %" PRIu64 " steps",
			 strerror(-error), world_events());
	invariant_end();
}
