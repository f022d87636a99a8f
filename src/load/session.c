#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

int session_init(struct session *session, const struct load_options *options,
		 const struct target *target, int argc, char **argv)
{
	const struct result_extent extent = load_times_extent(options, target);
	int error;

	*session = (struct session){
		.options = options,
		.target = target,
		.argc = argc,
		.argv = argv,
		.same_host = target_is_here(target),
		.runs = calloc(options->runs, sizeof(*session->runs)),
	};
	if (!session->runs)
		return -ENOMEM;
	error = result_init(&session->total.result);
	return error ? error : result_extend(&session->total.result, &extent);
}

void session_finish(struct session *session)
{
	for (uint32_t i = 0; i < session->run_count; i++)
		outcome_finish(&session->runs[i]);
	free(session->runs);
	outcome_finish(&session->total);
	server_stats_finish(&session->server);
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
		memcpy(total->pmu_note, run->pmu_note, sizeof(total->pmu_note));
	} else {
		choice_merge(&total->choice, &run->choice);
		total->settling.reached &= run->settling.reached;
	}
	outcome_note_pmu(total, run->pmu_missing);
	usage_add(&total->usage, &run->usage);
	total->sending_ns += run->sending_ns;
	total->due_ns += run->due_ns;
	total->kernel_drops += run->kernel_drops;
	total->aborted |= run->aborted;
	if (run->connected > total->connected)
		total->connected = run->connected;
	if (run->busy_share > total->busy_share)
		total->busy_share = run->busy_share;
}

/* Without its account the run is as good: the result says what was missing. */
static void ask_server(struct session *session, const struct server_stats *before)
{
	const char *path = session->options->server_stats;
	struct server_stats after = { 0 };
	int error = server_stats_read(path, &after, &session->server_missing);

	if (!error)
		error = server_stats_difference(path, &after, before, &session->server,
						&session->server_missing);
	session->server_known = error == 0;
	server_stats_finish(&after);
}

/* What the server's busiest thread was busy with work; what it polled is told by its own account
 * alone. */
static double server_busy(const struct session *session)
{
	const struct server_stats *server = &session->server;
	double busy = usage_server_busy(&session->total.usage);

	if (!session->server_known || server->cpu_ns == 0 || busy < 0)
		return busy;
	/* It counts what it polled by the clock, which goes on where others have its CPU. */
	if (server->spin_ns >= server->cpu_ns)
		return 0;
	return busy * (1 - (double)server->spin_ns / (double)server->cpu_ns);
}

/* The part of --rate that falls to this generator; of random arrivals, what has become of it. */
static double rate_wanted(const struct session *session)
{
	const struct load_options *options = session->options;
	const struct outcome *total = &session->total;

	if (options->arrival == ARRIVAL_FIXED || total->due_ns == 0)
		return load_options_rate(options);
	return rate_per_s(total->result.sent + total->result.skipped, total->due_ns);
}

/* What was left out since it was late was never timed. */
static uint64_t own_delay_max_ns(const struct session *session)
{
	if (session->options->slip != SLIP_CATCH_UP)
		return UINT64_MAX;
	return histogram_max(session->total.result.timer_error);
}

/* The part of the time that the missing requests would have taken. */
static uint64_t missing_ns(const struct evidence *evidence, uint64_t sending_ns)
{
	if (evidence->rate_wanted <= evidence->rate_sent)
		return 0;
	return (uint64_t)((1 - evidence->rate_sent / evidence->rate_wanted) * (double)sending_ns);
}

void session_judge(struct session *session)
{
	const struct load_options *options = session->options;
	const struct result *result = &session->total.result;
	struct evidence evidence = {
		.generator_busy = session->total.busy_share,
		.server_busy = server_busy(session),
		.timer_error_p99_ns = histogram_percentile(result->timer_error, 99),
		.slip_p99_ns = histogram_percentile(result->slip, 99),
		.rate_wanted = rate_wanted(session),
		.rate_sent = rate_per_s(result->sent - result->sent_after,
					session->total.sending_ns),
		.skipped = result->skipped,
		.own_delay_max_ns = own_delay_max_ns(session),
	};

	evidence.missing_ns = missing_ns(&evidence, session->total.sending_ns);
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

static int run_all(struct session *session, const atomic_int *stop, const struct observer *observer,
		   struct error *ret_error)
{
	while (session->run_count < session->options->runs && !is_stopped(session, stop)) {
		struct outcome *run = &session->runs[session->run_count];
		int error;

		if (observer && observer->run)
			observer->run(observer->context, session->run_count);
		error = plan_run(session->options, session->target, stop, observer, run, ret_error);
		if (error)
			return error;
		add_run(session, run);
		session->run_count++;
		/* A server that cannot be reached will not be the next time. */
		if (run->connected == 0)
			break;
	}
	return 0;
}

int session_run(struct session *session, const atomic_int *stop, const struct observer *observer,
		struct error *ret_error)
{
	const char *path = session->options->server_stats;
	struct server_stats before = { 0 };
	int error = path ? server_stats_read(path, &before, ret_error) : 0;

	if (!error)
		error = run_all(session, stop, observer, ret_error);
	if (!error && path)
		ask_server(session, &before);
	server_stats_finish(&before);
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
