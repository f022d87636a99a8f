#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

int session_init(struct session *session, const struct load_options *options,
		 const struct target *target, int argc, char **argv)
{
	*session = (struct session){
		.options = options,
		.target = target,
		.argc = argc,
		.argv = argv,
		.runs = calloc(options->runs, sizeof(*session->runs)),
	};
	if (!session->runs)
		return -ENOMEM;
	return result_init(&session->total.result);
}

void session_finish(struct session *session)
{
	for (uint32_t i = 0; i < session->run_count; i++)
		outcome_finish(&session->runs[i]);
	free(session->runs);
	outcome_finish(&session->total);
}

static void add_run(struct session *session, const struct outcome *run)
{
	struct outcome *total = &session->total;
	bool first = session->run_count == 0;

	result_add_run(&total->result, &run->result);
	if (first) {
		total->choice = run->choice;
		total->started_unix_ns = run->started_unix_ns;
		total->settling = run->settling;
		memcpy(total->pmu_missing, run->pmu_missing, sizeof(total->pmu_missing));
	} else {
		choice_merge(&total->choice, &run->choice);
		total->settling.reached &= run->settling.reached;
	}
	usage_add(&total->usage, &run->usage);
	total->kernel_drops += run->kernel_drops;
	total->aborted |= run->aborted;
	if (run->connected > total->connected)
		total->connected = run->connected;
	if (run->busy_share > total->busy_share)
		total->busy_share = run->busy_share;
}

static double rate_of(uint64_t count, uint64_t duration_ns)
{
	return duration_ns > 0 ? (double)count * (double)NS_PER_S / (double)duration_ns : 0;
}

/* The part of --rate that falls to this generator. */
static double own_rate(const struct load_options *options)
{
	return (double)options->rate / (options->share.count > 0 ? options->share.count : 1);
}

void session_judge(struct session *session)
{
	const struct load_options *options = session->options;
	const struct result *result = &session->total.result;
	const struct evidence evidence = {
		.generator_busy = session->total.busy_share,
		.server_busy = usage_server_busy(&session->total.usage),
		.timer_error_p99_ns = histogram_percentile(result->timer_error, 99),
		.slip_p99_ns = histogram_percentile(result->slip, 99),
		.rate_wanted = own_rate(options),
		.rate_sent = rate_of(result->sent - result->sent_after, result_duration_ns(result)),
		.skipped = result->skipped,
	};

	verdict_make(&evidence, &session->verdict);
	session->thresholds_kept = true;
	for (uint32_t i = 0; i < options->thresholds.count; i++) {
		threshold_check(&options->thresholds.items[i], result, &session->thresholds[i]);
		session->thresholds_kept &= session->thresholds[i].kept;
	}
}

static bool is_stopped(const struct session *session, const atomic_int *stop)
{
	return atomic_load(stop) != 0 || session->total.aborted;
}

int session_run(struct session *session, const atomic_int *stop, const struct observer *observer,
		struct error *ret_error)
{
	int error = 0;

	while (!error && session->run_count < session->options->runs &&
	       !is_stopped(session, stop)) {
		struct outcome *run = &session->runs[session->run_count];

		error = plan_run(session->options, session->target, stop, observer, run, ret_error);
		if (error)
			break;
		add_run(session, run);
		session->run_count++;
		/* A server that cannot be reached will not be the next time. */
		if (run->connected == 0)
			break;
	}
	session->interrupted = atomic_load(stop) != 0;
	session_judge(session);
	return error;
}

bool session_has_slipped(const struct session *session)
{
	const struct load_options *options = session->options;

	return !session->verdict.rate_held &&
	       (options->slip == SLIP_ABORT || options->abort_on & 1u << ABORT_SLIP);
}
