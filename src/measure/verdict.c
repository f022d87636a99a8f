#include "measure/verdict.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "base/json.h"
#include "base/unit.h"

const char *const bottleneck_names[] = {
	[BOTTLENECK_NEITHER] = "neither",
	[BOTTLENECK_GENERATOR] = "generator",
	[BOTTLENECK_SERVER] = "server",
	NULL,
};

int verdict_gravity(enum bottleneck bottleneck, bool rate_held)
{
	static const int gravities[] = {
		[BOTTLENECK_NEITHER] = 0,
		[BOTTLENECK_SERVER] = 1,
		[BOTTLENECK_GENERATOR] = 2,
	};

	return gravities[bottleneck] + (rate_held ? 0 : 3);
}

static bool server_is_known(const struct evidence *evidence)
{
	return evidence->server_busy >= 0;
}

static bool loop_is_open(const struct evidence *evidence)
{
	return evidence->rate_wanted > 0;
}

static bool rate_is_held(const struct evidence *evidence)
{
	double least = (1 - VERDICT_RATE_MISSING_SHARE) * evidence->rate_wanted;

	return !loop_is_open(evidence) || (evidence->rate_sent >= least && evidence->skipped == 0);
}

static bool generator_is_busy(const struct evidence *evidence)
{
	return evidence->generator_busy >= VERDICT_BUSY_SHARE;
}

static void generator_busy_tell(const struct evidence *evidence, char *ret_reason, size_t size)
{
	(void)snprintf(ret_reason, size, "its busiest thread was busy for %.1f %% of the time",
		       100 * evidence->generator_busy);
}

static bool rate_is_missed(const struct evidence *evidence)
{
	return !rate_is_held(evidence);
}

/* More of the rate is missing than a generator that was late for so long can have held back. */
static bool others_missed_rate(const struct evidence *evidence)
{
	return rate_is_missed(evidence) && evidence->missing_ns / 2 > evidence->own_delay_max_ns;
}

static bool generator_is_late(const struct evidence *evidence)
{
	return evidence->timer_error_p99_ns > VERDICT_TIMER_ERROR_NS &&
	       !others_missed_rate(evidence);
}

static void generator_late_tell(const struct evidence *evidence, char *ret_reason, size_t size)
{
	(void)snprintf(ret_reason, size,
		       "1 %% of the requests left %s or more late through its own fault",
		       duration_text((double)evidence->timer_error_p99_ns).text);
}

static bool server_is_busy(const struct evidence *evidence)
{
	return server_is_known(evidence) && evidence->server_busy >= VERDICT_BUSY_SHARE;
}

static void server_busy_tell(const struct evidence *evidence, char *ret_reason, size_t size)
{
	(void)snprintf(ret_reason, size, "its busiest thread was busy for %.1f %% of the time",
		       100 * evidence->server_busy);
}

static void rate_missed_tell(const struct evidence *evidence, char *ret_reason, size_t size)
{
	(void)snprintf(ret_reason, size,
		       "%s/s of %s/s were sent and %s requests skipped, while the generator was "
		       "busy for %.1f %% of the time",
		       count_text(evidence->rate_sent).text, count_text(evidence->rate_wanted).text,
		       count_text((double)evidence->skipped).text, 100 * evidence->generator_busy);
}

static bool requests_are_late(const struct evidence *evidence)
{
	return loop_is_open(evidence) && evidence->slip_p99_ns > VERDICT_TIMER_ERROR_NS;
}

static void requests_late_tell(const struct evidence *evidence, char *ret_reason, size_t size)
{
	(void)snprintf(ret_reason, size,
		       "1 %% of the requests left %s or more late, of which the generator itself "
		       "was late %s",
		       duration_text((double)evidence->slip_p99_ns).text,
		       duration_text((double)evidence->timer_error_p99_ns).text);
}

static bool always(const struct evidence *evidence)
{
	return true;
}

static void neither_tell(const struct evidence *evidence, char *ret_reason, size_t size)
{
	char server[64] = "what the server's was is not known";

	if (server_is_known(evidence))
		(void)snprintf(server, sizeof(server), "the server's for %.1f %%",
			       100 * evidence->server_busy);
	(void)snprintf(ret_reason, size,
		       "the generator's busiest thread was busy for %.1f %% of the time, %s",
		       100 * evidence->generator_busy, server);
}

/* The first that applies is the verdict: a generator that is at its end proves nothing about the
 * server, so its own faults come first. */
static const struct {
	enum bottleneck bottleneck;
	bool (*applies)(const struct evidence *evidence);
	void (*tell)(const struct evidence *evidence, char *ret_reason, size_t size);
} causes[] = {
	{ BOTTLENECK_GENERATOR, generator_is_busy, generator_busy_tell },
	{ BOTTLENECK_GENERATOR, generator_is_late, generator_late_tell },
	{ BOTTLENECK_SERVER, server_is_busy, server_busy_tell },
	{ BOTTLENECK_SERVER, rate_is_missed, rate_missed_tell },
	{ BOTTLENECK_SERVER, requests_are_late, requests_late_tell },
	{ BOTTLENECK_NEITHER, always, neither_tell },
};

void verdict_make(const struct evidence *evidence, struct verdict *ret_verdict)
{
	struct verdict verdict = { .evidence = *evidence, .rate_held = rate_is_held(evidence) };
	size_t i = 0;

	while (!causes[i].applies(evidence))
		i++;
	verdict.bottleneck = causes[i].bottleneck;
	causes[i].tell(evidence, verdict.reason, sizeof(verdict.reason));
	*ret_verdict = verdict;
}

/* What only an open loop has; null in a closed one. Nanoseconds are integers. */
static int put_open_ns(json_t *object, const char *key, const struct evidence *evidence,
		       uint64_t value_ns)
{
	if (loop_is_open(evidence))
		return json_put_unsigned(object, key, value_ns);
	return json_put_value(object, key, json_null());
}

static json_t *evidence_to_json(const struct evidence *evidence)
{
	double server_busy = server_is_known(evidence) ? evidence->server_busy : (double)NAN;
	double rate_wanted = loop_is_open(evidence) ? evidence->rate_wanted : (double)NAN;
	json_t *object = json_object();
	int error = 0;

	error |= json_put_real(object, "generator_busy_share", evidence->generator_busy);
	error |= json_put_real(object, "server_busy_share", server_busy);
	error |= put_open_ns(object, "timer_error_p99_ns", evidence, evidence->timer_error_p99_ns);
	error |= put_open_ns(object, "slip_p99_ns", evidence, evidence->slip_p99_ns);
	error |= json_put_real(object, "rate_wanted_per_s", rate_wanted);
	error |= json_put_real(object, "rate_sent_per_s", evidence->rate_sent);
	error |= json_put_unsigned(object, "skipped", evidence->skipped);
	return json_complete(object, error);
}

json_t *verdict_to_json(const struct verdict *verdict)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "bottleneck", bottleneck_names[verdict->bottleneck]);
	error |= json_put_boolean(object, "rate_held", verdict->rate_held);
	error |= json_put_string(object, "reason", verdict->reason);
	error |= json_put_value(object, "evidence", evidence_to_json(&verdict->evidence));
	return json_complete(object, error);
}
