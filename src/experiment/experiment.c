#include "experiment/experiment.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "experiment/disturbance.h"
#include "experiment/interrupt.h"
#include "experiment/order.h"

/* What starting and ending of the processes of a trial takes, until it has been measured. */
#define TRIAL_EXTRA_NS (100 * NS_PER_MS)
/* The order of the groups themselves is a stream beside those of their members. */
#define STREAM_OF_GROUPS UINT64_MAX

void experiment_init(const struct experiment_plan *plan, struct experiment *ret_experiment)
{
	*ret_experiment = (struct experiment){ .plan = plan, .disturbance = NAN };
}

void experiment_finish(struct experiment *experiment)
{
	for (uint32_t i = 0; i < experiment->count; i++) {
		struct series *series = &experiment->series[i];

		for (uint32_t trial = 0; trial < series->count; trial++)
			trial_finish(&series->trials[trial]);
		free(series->trials);
	}
	free(experiment->series);
	experiment->series = NULL;
	experiment->count = 0;
}

int experiment_add(struct experiment *experiment, const struct point *point,
		   const struct server *server, uint32_t group)
{
	struct series *series = reallocarray(experiment->series, experiment->count + 1,
					     sizeof(*experiment->series));

	if (!series)
		return -ENOMEM;
	experiment->series = series;
	series[experiment->count++] = (struct series){ .point = *point,
						       .server = *server,
						       .group = group };
	if (group >= experiment->group_count)
		experiment->group_count = group + 1;
	return 0;
}

static int make_room(struct experiment *experiment)
{
	for (uint32_t i = 0; i < experiment->count; i++) {
		struct series *series = &experiment->series[i];
		struct trial *trials = reallocarray(series->trials, experiment->plan->round_count,
						    sizeof(*trials));

		if (!trials)
			return -ENOMEM;
		series->trials = trials;
	}
	return 0;
}

/* A moment without CPU time can spoil a trial, and is no reason to give a series up; the result
 * tells how often that was. */
static int try_twice(const struct trial_plan *plan, struct series *series, struct trial *ret_trial,
		     struct error *ret_error)
{
	int error = trial_run(plan, ret_trial, ret_error);

	if (error == 0 || interrupt_signal())
		return error;
	series->retries++;
	return trial_run(plan, ret_trial, ret_error);
}

/* One trial, unless the series has failed before. */
static void series_try(struct experiment *experiment, struct series *series)
{
	const struct experiment_plan *plan = experiment->plan;
	const struct trial_plan trial_plan = {
		.server = &series->server,
		.point = &series->point,
		.place = &plan->place,
		.omit_ns = plan->omit_ns,
		.duration_ns = plan->duration_ns,
	};
	struct trial *trial = &series->trials[series->count];
	struct error error;

	if (series->reason[0] != '\0' || interrupt_signal())
		return;
	if (experiment->progress)
		experiment->progress(experiment, series);
	if (try_twice(&trial_plan, series, trial, &error) == 0) {
		trial->round = experiment->rounds;
		trial->sequence = experiment->sequence++;
		series->count++;
	} else if (!interrupt_signal()) {
		(void)snprintf(series->reason, sizeof(series->reason), "%s", error.text);
	}
}

/* The members of a group; returns how many. */
static uint32_t group_members(const struct experiment *experiment, uint32_t group,
			      uint32_t *ret_members)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < experiment->count; i++)
		if (experiment->series[i].group == group)
			ret_members[count++] = i;
	return count;
}

static void group_try(struct experiment *experiment, uint32_t group, uint32_t *room)
{
	uint32_t *members = room, *order = room + experiment->count;
	uint32_t count = group_members(experiment, group, members);

	order_fill(experiment->plan->seed, group, experiment->rounds, count, order);
	for (uint32_t i = 0; i < count; i++)
		series_try(experiment, &experiment->series[members[order[i]]]);
}

static int round_run(struct experiment *experiment)
{
	uint32_t *groups = calloc(experiment->group_count, sizeof(*groups));
	uint32_t *room = calloc(2 * (size_t)experiment->count, sizeof(*room));

	if (groups && room) {
		order_fill(experiment->plan->seed, STREAM_OF_GROUPS, experiment->rounds,
			   experiment->group_count, groups);
		for (uint32_t i = 0; i < experiment->group_count; i++)
			group_try(experiment, groups[i], room);
	}
	free(groups);
	free(room);
	return groups && room ? 0 : -ENOMEM;
}

uint64_t experiment_round_ns(const struct experiment *experiment)
{
	const struct experiment_plan *plan = experiment->plan;

	if (experiment->rounds > 0)
		return experiment->elapsed_ns / experiment->rounds;
	return experiment->count * (plan->omit_ns + plan->duration_ns + TRIAL_EXTRA_NS);
}

static bool has_all_failed(const struct experiment *experiment)
{
	for (uint32_t i = 0; i < experiment->count; i++)
		if (experiment->series[i].reason[0] == '\0')
			return false;
	return true;
}

/* The first round is run whatever the budget is: nothing else would be an answer. */
static bool goes_on(const struct experiment *experiment)
{
	const struct experiment_plan *plan = experiment->plan;

	if (experiment->rounds >= plan->round_count || interrupt_signal() ||
	    has_all_failed(experiment))
		return false;
	return experiment->rounds == 0 || plan->budget_ns == 0 ||
	       experiment->elapsed_ns + experiment_round_ns(experiment) <= plan->budget_ns;
}

static int rounds_run(struct experiment *experiment)
{
	int error = 0;

	while (!error && goes_on(experiment)) {
		uint64_t start_ns = clock_now_ns();

		error = round_run(experiment);
		experiment->elapsed_ns += clock_now_ns() - start_ns;
		if (!error && !interrupt_signal())
			experiment->rounds++;
	}
	return error;
}

int experiment_run(struct experiment *experiment, struct error *ret_error)
{
	struct disturbance disturbance;
	bool watched = disturbance_begin("", &disturbance) == 0;
	int error = make_room(experiment);

	if (experiment->started_unix_ns == 0)
		experiment->started_unix_ns = (uint64_t)clock_wall_ns();
	if (!error)
		error = rounds_run(experiment);
	if (!watched || disturbance_end("", &disturbance, &experiment->disturbance) < 0)
		experiment->disturbance = NAN;
	experiment->interrupted = interrupt_signal() != 0;
	return error ? error_set(ret_error, error, "out of memory") : 0;
}

bool experiment_failed(const struct experiment *experiment)
{
	for (uint32_t i = 0; i < experiment->count; i++)
		if (experiment->series[i].reason[0] != '\0')
			return true;
	return false;
}
