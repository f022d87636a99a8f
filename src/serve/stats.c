#include "stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/json.h"
#include "base/log.h"
#include "base/save.h"
#include "base/unit.h"

int stats_init(struct stats *ret_stats, const struct serve_options *options,
	       const struct listener_list *listeners, struct worker *workers, uint32_t worker_count)
{
	uint64_t now_ns = clock_now_ns();

	*ret_stats = (struct stats){
		.options = options,
		.listeners = listeners,
		.workers = workers,
		.worker_count = worker_count,
		.started_ns = now_ns,
		.started_unix_ns = clock_wall_ns(),
		.line_ns = now_ns,
		.reports = calloc(worker_count, sizeof(*ret_stats->reports)),
		.fresh = calloc(worker_count, sizeof(*ret_stats->fresh)),
	};
	return ret_stats->reports && ret_stats->fresh ? 0 : -ENOMEM;
}

void stats_finish(struct stats *stats)
{
	free(stats->reports);
	free(stats->fresh);
}

static void add_report(struct report *total, const struct report *report, uint32_t listeners)
{
	counters_add(&total->engine, &report->engine, sizeof(total->engine));
	counters_add(total->tallies, report->tallies, listeners * sizeof(total->tallies[0]));
	total->connections += report->connections;
	total->cpu_ns += report->cpu_ns;
	total->kernel_drops += report->kernel_drops;
	for (int i = 0; i < ENGINE_POOL_COUNT; i++) {
		total->pools[i].count += report->pools[i].count;
		total->pools[i].held += report->pools[i].held;
	}
}

void stats_collect(struct stats *stats, uint64_t limit_ns)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t deadline_ns = limit_ns < WORKER_WAIT_FOREVER - now_ns ? now_ns + limit_ns
								       : WORKER_WAIT_FOREVER;

	memset(&stats->total, 0, sizeof(stats->total));
	for (uint32_t i = 0; i < stats->worker_count; i++) {
		stats->fresh[i] = worker_report(&stats->workers[i], deadline_ns,
						&stats->reports[i]);
		add_report(&stats->total, &stats->reports[i], stats->listeners->count);
	}
	stats->collected_ns = clock_now_ns();
}

/* All listeners' tallies in one. */
static struct tally tally_all(const struct report *report, uint32_t listeners)
{
	struct tally all = { 0 };

	for (uint32_t i = 0; i < listeners; i++)
		counters_add(&all, &report->tallies[i], sizeof(all));
	return all;
}

static uint64_t refused_all(const struct tally *tally)
{
	uint64_t sum = 0;

	for (int reason = 0; reason < REFUSED_COUNT; reason++)
		sum += tally->refused[reason];
	return sum;
}

/* What the kernel dropped since the last line; "" if nothing. */
static struct unit_text drops_text(const struct stats *stats)
{
	uint64_t drops = stats->total.kernel_drops - stats->line_total.kernel_drops;
	struct unit_text text = { "" };

	if (drops > 0)
		(void)snprintf(text.text, sizeof(text.text), ", %" PRIu64 " dropped", drops);
	return text;
}

void stats_tell(struct stats *stats)
{
	struct tally now = tally_all(&stats->total, stats->listeners->count);
	struct tally before = tally_all(&stats->line_total, stats->listeners->count);
	double elapsed_ns = (double)(stats->collected_ns - stats->line_ns);
	double per_second = elapsed_ns > 0 ? NS_PER_S / elapsed_ns : 0;
	uint64_t messages = now.messages - before.messages;
	uint64_t cpu_ns = stats->total.cpu_ns - stats->line_total.cpu_ns;

	say("%u connection%s, %s messages/s, %s/s in, %s/s out, CPU %.1f %%, %s a message, "
	    "%" PRIu64 " refused%s",
	    stats->total.connections, stats->total.connections == 1 ? "" : "s",
	    count_text((double)messages * per_second).text,
	    size_text((double)(now.bytes - before.bytes) * per_second).text,
	    size_text((double)(now.answer_bytes - before.answer_bytes) * per_second).text,
	    elapsed_ns > 0 ? (double)cpu_ns / elapsed_ns * 100 : 0,
	    duration_text(messages > 0 ? (double)cpu_ns / (double)messages : 0).text,
	    refused_all(&now) - refused_all(&before), drops_text(stats).text);
	stats->line_ns = stats->collected_ns;
	stats->line_total = stats->total;
}

static int print_line(const void *document, FILE *file)
{
	if (json_dumpf(document, file, JSON_COMPACT | JSON_PRESERVE_ORDER) < 0)
		return errno ? -errno : -EIO;
	return fputc('\n', file) == EOF ? -errno : 0;
}

/* Standard output is lines, of which the first are those that announce the listeners. */
static int write_line(json_t *document, const char *path, struct error *ret_error)
{
	int error = document ? save_file(path, print_line, document, ret_error)
			     : save_failed(path, -ENOMEM, ret_error);

	json_decref(document);
	return error;
}

int stats_write(const struct stats *stats, struct error *ret_error)
{
	const char *path = stats->options->json_stats;

	if (!path)
		return 0;
	if (save_is_standard_output(path))
		return write_line(stats_to_json(stats), path, ret_error);
	return json_save(stats_to_json(stats), path, ret_error);
}
