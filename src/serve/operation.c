#include "operation.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/unit.h"

/* How often the manager hears of connections and messages, unless there is an interval for lines of
 * statistics; and how long a thread may take to tell. */
#define STATUS_INTERVAL_NS (5 * NS_PER_S)
#define THREAD_LIMIT_NS NS_PER_S

static uint64_t status_interval_ns(const struct operation *operation)
{
	uint64_t interval_ns = operation->options->stats_interval_ns;

	return interval_ns > 0 ? interval_ns : STATUS_INTERVAL_NS;
}

void operation_init(struct operation *ret_operation)
{
	*ret_operation = (struct operation){ .notify.fd = -1 };
}

int operation_open(struct operation *ret_operation, const struct serve_options *options,
		   const struct listener_list *listeners, struct error *ret_error)
{
	struct operation *operation = ret_operation;
	int error = 0;

	operation_init(operation);
	operation->options = options;
	notify_open(&operation->notify);
	if (options->metrics)
		error = exporter_open(options, listeners, &operation->exporter, ret_error);
	if (!error && (options->metrics || operation->notify.watchdog_ns > 0))
		error = pulse_open(options->threads, &operation->pulse, ret_error);
	return error;
}

void operation_needs(const struct operation *operation, struct sandbox *sandbox)
{
	if (operation->pulse || operation->notify.fd >= 0)
		sandbox->needs |= SANDBOX_ASKED;
	if (operation->exporter)
		sandbox->metrics = exporter_file(operation->exporter);
}

/* One is the engine's, the other one asks. */
uint32_t operation_files(const struct operation *operation)
{
	return operation->pulse ? PULSE_LISTENERS + 1 : 0;
}

void operation_config(const struct operation *operation, struct engine_config *config)
{
	if (!operation->pulse)
		return;
	config->connection_max += PULSE_LISTENERS;
	config->datagram_count += PULSE_BUFFERS;
}

static struct unit_text rate_text(const struct operation *operation, uint64_t messages,
				  uint64_t now_ns)
{
	uint64_t elapsed_ns = now_ns - operation->status_told_ns;

	return count_text(rate_per_s(messages - operation->status_messages, elapsed_ns));
}

static void tell_status(struct operation *operation)
{
	const struct stats *stats = operation->stats;
	uint64_t messages = 0, now_ns = clock_now_ns();
	char status[128];

	for (uint32_t i = 0; i < stats->listeners->count; i++)
		messages += stats->total.tallies[i].messages;
	(void)snprintf(status, sizeof(status), "%u connection%s, %s messages/s",
		       stats->total.connections, stats->total.connections == 1 ? "" : "s",
		       rate_text(operation, messages, now_ns).text);
	notify_status(&operation->notify, status);
	operation->status_messages = messages;
	operation->status_told_ns = now_ns;
}

int operation_show(struct operation *operation, struct stats *stats, const struct sandbox *sandbox,
		   struct error *ret_error)
{
	operation->stats = stats;
	if (!operation->exporter)
		return 0;
	return exporter_start(operation->exporter, stats, operation->pulse, sandbox, ret_error);
}

void operation_announce(const struct operation *operation)
{
	const struct exporter *exporter = operation->exporter;

	if (!exporter)
		return;
	say("metrics at %s", exporter_address(exporter));
	if (exporter_is_public(exporter))
		warning("others than this host can read the metrics at %s",
			exporter_address(exporter));
}

void operation_ready(struct operation *operation)
{
	uint64_t now_ns = clock_now_ns();
	char status[64];

	(void)snprintf(status, sizeof(status), "0 connections, 0 messages/s");
	notify_ready(&operation->notify, status);
	operation->status_ns = now_ns + status_interval_ns(operation);
	operation->status_told_ns = now_ns;
	operation->watchdog_ns = now_ns;
}

static bool watched(const struct operation *operation)
{
	return operation->notify.watchdog_ns > 0;
}

/* A manager that has been told of the end wants to hear no figures. */
static bool tells_status(const struct operation *operation)
{
	return operation->notify.fd >= 0 && !operation->draining;
}

uint64_t operation_wait_ns(const struct operation *operation)
{
	uint64_t now_ns = clock_now_ns(), due_ns = UINT64_MAX;

	if (tells_status(operation))
		due_ns = operation->status_ns;
	if (watched(operation) && operation->watchdog_ns < due_ns)
		due_ns = operation->watchdog_ns;
	if (due_ns == UINT64_MAX)
		return UINT64_MAX;
	return due_ns > now_ns ? due_ns - now_ns : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* At half of the time that the manager allows. A thread that is late may answer when it is asked
 * again, in time for the other half. */
static void watch_threads(struct operation *operation)
{
	uint64_t half_ns = operation->notify.watchdog_ns / 2;

	operation->watchdog_ns = clock_now_ns() + half_ns;
	if (pulse_check(operation->pulse, least(THREAD_LIMIT_NS, half_ns / 2), NULL) == 0)
		notify_watchdog(&operation->notify);
	else
		warning("a thread does not answer: the service manager's watchdog is not told");
}

void operation_tick(struct operation *operation)
{
	uint64_t now_ns = clock_now_ns();

	if (watched(operation) && now_ns >= operation->watchdog_ns)
		watch_threads(operation);
	if (tells_status(operation) && now_ns >= operation->status_ns) {
		operation->status_ns = now_ns + status_interval_ns(operation);
		stats_collect(operation->stats, THREAD_LIMIT_NS);
		tell_status(operation);
	}
}

void operation_drain(struct operation *operation)
{
	if (operation->draining)
		return;
	operation->draining = true;
	if (operation->exporter)
		exporter_drain(operation->exporter);
	notify_stopping(&operation->notify, "finishing what has begun");
}

void operation_close(struct operation *operation)
{
	exporter_close(operation->exporter);
	pulse_close(operation->pulse);
	notify_close(&operation->notify);
}
