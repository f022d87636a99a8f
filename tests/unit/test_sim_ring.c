/*
 * The simulated io_uring does what this host's does: the same script on both, and the completions
 * of each operation are the same, with results and flags (buffer numbers apart). Their order across
 * operations is nobody's promise, so each operation has its own line.
 */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "base/array.h"
#include "ring_trial.h"
#include "sim/descriptor.h"
#include "sim/ring.h"
#include "sim/task.h"
#include "sim/world.h"

static const struct script *const lists[] = { receive_scripts, send_scripts, other_scripts };

struct run {
	const struct script *script;
	struct trial trial;
	bool idle; /* in the end */
};

/* Without faults a script leaves nothing under way. */
static void check_idle(const struct run *run)
{
	const struct sim_ring *ring = run->idle ? sim_ring_of(&run->trial.ring) : NULL;

	cr_expect(ring == NULL || sim_ring_pending(ring) == io_uring_cq_ready(&run->trial.ring),
		  "%s: something is still under way", run->script->name);
}

static void *run_script(void *argument)
{
	struct run *run = argument;
	struct trial *trial = &run->trial;
	int error = io_uring_queue_init(ENTRIES, &trial->ring, run->script->flags);

	if (error < 0) {
		trial_note(trial, 0, "ring %d;", error);
		return NULL;
	}
	run->script->run(trial);
	if (trial->buffers != NULL)
		(void)io_uring_free_buf_ring(&trial->ring, trial->buffers, ENTRIES, GROUP);
	check_idle(run);
	io_uring_queue_exit(&trial->ring);
	return NULL;
}

/* What the ring may do at any time. */
static const enum fault faults[] = {
	FAULT_NO_BUFFERS,  FAULT_MULTISHOT_ENDED, FAULT_REORDER,	   FAULT_CQ_OVERFLOW,
	FAULT_CANCEL_LATE, FAULT_CANCEL_RUNNING,  FAULT_NOTIFICATION_LATE, FAULT_SUBMIT_REFUSED,
	FAULT_SUBMIT_PART, FAULT_SEND_ASYNC,
};

static uint64_t faults_seen[FAULT_COUNT];

static void simulate(struct run *run, uint64_t seed, uint32_t fault_rate)
{
	struct world_options options = { .seed = seed, .event_max = 100000 };

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		options.faults.per_million[faults[i]] = fault_rate;
	cr_assert_eq(world_open(&options), 0);
	cr_assert_eq(task_start(run_script, run, "script", NULL), 0);
	cr_assert_eq(world_run(), 0, "%s, seed %d: it does not end", run->script->name, (int)seed);
	cr_assert(fault_rate > 0 || descriptor_count() == 0, "%s: descriptors left open",
		  run->script->name);
	for (int i = 0; i < FAULT_COUNT; i++)
		faults_seen[i] += world_fault_count((enum fault)i);
	world_close();
}

static void check(const struct script *script)
{
	struct run *real = calloc(1, sizeof(*real)), *simulated = calloc(1, sizeof(*simulated));

	real->script = simulated->script = script;
	(void)run_script(real);
	simulated->idle = true;
	simulate(simulated, 1, 0);
	for (int i = 0; i < LINES; i++) {
		cr_expect_str_eq(simulated->trial.lines[i], real->trial.lines[i],
				 "%s, line %d: here %s, simulated %s", script->name, i,
				 real->trial.lines[i], simulated->trial.lines[i]);
	}
	free(real);
	free(simulated);
}

Test(sim_ring, completes_as_this_kernel_does)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (const struct script *script = lists[i]; script->name != NULL; script++)
			check(script);
}

/* With faults the completions are others, but a script ends. */
Test(sim_ring, ends_whatever_happens, .timeout = 60)
{
	struct run *run = calloc(1, sizeof(*run));

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (const struct script *script = lists[i]; script->name != NULL; script++) {
			for (uint64_t seed = 0; seed < 50; seed++) {
				*run = (struct run){ .script = script };
				simulate(run, seed, 200000);
			}
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		cr_expect_gt(faults_seen[faults[i]], 0, "%s never happened",
			     fault_rows[faults[i]].name);
	free(run);
}
