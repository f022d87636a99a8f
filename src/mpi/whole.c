#include "whole.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "measure/result_sums.h"

static void histogram_reduce(const struct ranks *ranks, struct histogram *histogram)
{
	struct histogram_parts parts;

	histogram_take_apart(histogram, &parts);
	ranks_add_counts(ranks, parts.counts, (int)parts.length);
	ranks_reduce(ranks, RANKS_LEAST, &parts.min_ns, 1);
	ranks_reduce(ranks, RANKS_MOST, &parts.max_ns, 1);
	ranks_reduce(ranks, RANKS_ADD, &parts.sum_ns, 1);
	histogram_put_together(histogram, &parts);
}

/* The first cause is one of those that the ranks found. */
static void causes_reduce(const struct ranks *ranks, struct result *result)
{
	uint64_t causes[RESULT_ERROR_COUNT];

	for (int kind = 0; kind < RESULT_ERROR_COUNT; kind++)
		causes[kind] = (uint64_t)-result->causes[kind];
	ranks_reduce(ranks, RANKS_MOST, causes, RESULT_ERROR_COUNT);
	for (int kind = 0; kind < RESULT_ERROR_COUNT; kind++)
		result->causes[kind] = -(int32_t)causes[kind];
}

/* The clocks of different hosts have nothing to do with each other, but how long each rank measured
 * can be compared. */
static void window_reduce(const struct ranks *ranks, struct result *result)
{
	uint64_t duration_ns = result_duration_ns(result);

	ranks_reduce(ranks, RANKS_MOST, &duration_ns, 1);
	result->ended_ns = result->started_ns + result->gap_ns + duration_ns;
}

static void result_reduce(const struct ranks *ranks, struct result *result)
{
	uint64_t sums[RESULT_SUM_COUNT];
	struct histogram *const histograms[] = { result->latency, result->slip, result->timer_error,
						 result->connect };

	result_sums_get(result, sums);
	ranks_reduce(ranks, RANKS_ADD, sums, RESULT_SUM_COUNT);
	result_sums_set(result, sums);
	causes_reduce(ranks, result);
	window_reduce(ranks, result);
	for (size_t i = 0; i < ARRAY_SIZE(histograms); i++)
		histogram_reduce(ranks, histograms[i]);
}

/* Cycles that only some have counted are no sum. */
static void pmu_reduce(const struct ranks *ranks, struct outcome *total)
{
	uint64_t missing = total->pmu_missing[0] != '\0';
	char reason[USAGE_REASON_MAX];

	ranks_reduce(ranks, RANKS_ADD, &missing, 1);
	if (missing == 0)
		return;
	(void)snprintf(reason, sizeof(reason), "%u of %d ranks cannot count them",
		       (unsigned int)missing, ranks->count);
	outcome_note_pmu(total, reason);
}

static void outcome_reduce(const struct ranks *ranks, struct outcome *total)
{
	uint64_t counts[] = { total->connected, total->kernel_drops };
	uint64_t longest_ns[] = { total->sending_ns, total->due_ns };
	uint64_t aborted = total->aborted;

	result_reduce(ranks, &total->result);
	pmu_reduce(ranks, total);
	ranks_reduce(ranks, RANKS_ADD, counts, ARRAY_SIZE(counts));
	ranks_reduce(ranks, RANKS_ADD, total->choice.uses, FEATURE_COUNT);
	ranks_reduce(ranks, RANKS_MOST, &aborted, 1);
	ranks_reduce(ranks, RANKS_MOST, longest_ns, ARRAY_SIZE(longest_ns));
	total->connected = (uint32_t)counts[0];
	total->kernel_drops = counts[1];
	total->sending_ns = longest_ns[0];
	total->due_ns = longest_ns[1];
	total->aborted = aborted;
	/* Two ranks on one host would count its work twice. */
	if (ranks->count > 1)
		total->usage = (struct usage){ 0 };
}

static void options_reduce(const struct ranks *ranks, struct load_options *options)
{
	uint64_t counts[] = { options->connections, options->threads };

	ranks_reduce(ranks, RANKS_ADD, counts, ARRAY_SIZE(counts));
	options->connections = (uint32_t)counts[0];
	options->threads = (uint32_t)counts[1];
	options->share = (struct share){ 0 };
}

static int gravity_of(const struct verdict *verdict)
{
	return verdict_gravity(verdict->bottleneck, verdict->rate_held);
}

/* verdicts: of all ranks. */
static void verdict_choose(const struct ranks *ranks, const struct verdict *verdicts,
			   struct verdict *ret_worst)
{
	int worst = 0;

	for (int rank = 1; rank < ranks->count; rank++)
		if (gravity_of(&verdicts[rank]) > gravity_of(&verdicts[worst]))
			worst = rank;
	*ret_worst = verdicts[worst];
	if (ranks->count > 1)
		(void)snprintf(ret_worst->reason, sizeof(ret_worst->reason), "rank %d: %.*s", worst,
			       VERDICT_REASON_MAX - 16, verdicts[worst].reason);
}

/* Without the memory for all of them, at rank 0, the verdict is that on the sum. */
static void verdict_reduce(const struct ranks *ranks, const struct verdict *own,
			   struct session *session)
{
	struct verdict *verdicts = NULL;
	bool speaks = ranks->rank == 0;

	if (speaks)
		verdicts = calloc((size_t)ranks->count, sizeof(*verdicts));
	if (ranks_share(speaks && !verdicts) == 0)
		ranks_gather(own, sizeof(*own), verdicts);
	if (verdicts)
		verdict_choose(ranks, verdicts, &session->verdict);
	free(verdicts);
}

void whole_make(const struct ranks *ranks, struct session *session, struct load_options *options)
{
	const struct verdict own = session->verdict;
	uint64_t interrupted = session->interrupted;

	outcome_reduce(ranks, &session->total);
	options_reduce(ranks, options);
	ranks_reduce(ranks, RANKS_MOST, &interrupted, 1);
	session->interrupted = interrupted;
	session->options = options;
	session_judge(session);
	verdict_reduce(ranks, &own, session);
}
