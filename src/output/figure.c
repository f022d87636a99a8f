#include "output/figure.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "output/document.h"

#define LATENCY(NAME, TITLE)                                                    \
	.key = "latency_" NAME "_ns", .word = NAME, .measure = "latency-" NAME, \
	.title = TITLE " latency", .unit = "ns", .go_unit = NAME "-ns", .path = "latency_ns/" NAME

/* Bencher has measures "latency" and "throughput" of its own. */
const struct figure figures[] = {
	[FIGURE_RATE] = { .key = "requests_per_s",
			  .word = "rate",
			  .measure = "throughput",
			  .title = "requests",
			  .unit = "1/s",
			  .go_unit = "req/s",
			  .path = "requests_per_s",
			  .more_is_better = true,
			  .judged = true,
			  .least_effect = 0.03 },
	[FIGURE_MEAN] = { .key = "latency_mean_ns",
			  .word = "mean",
			  .measure = "latency",
			  .title = "mean latency",
			  .unit = "ns",
			  .go_unit = "mean-ns",
			  .path = "latency_ns/mean" },
	[FIGURE_P50] = { LATENCY("p50", "p50"), .judged = true },
	[FIGURE_P90] = { LATENCY("p90", "p90") },
	[FIGURE_P99] = { LATENCY("p99", "p99"), .least_effect = 0.1 },
	[FIGURE_P999] = { LATENCY("p99.9", "p99.9"), .least_effect = 0.1 },
	[FIGURE_MAX] = { LATENCY("max", "largest"), .least_effect = 0.1 },
	[FIGURE_CPU] = { .key = "cpu_ns_per_request",
			 .word = "cpu",
			 .measure = "cpu-per-request",
			 .title = "own CPU a request",
			 .unit = "ns",
			 .go_unit = "cpu-ns/op",
			 .path = "cpu_ns",
			 .per = "requests",
			 .least_effect = 0.03 },
	[FIGURE_CALLS] = { .key = "system_calls_per_request",
			   .word = "calls",
			   .measure = "system-calls-per-request",
			   .title = "own system calls a request",
			   .unit = "1",
			   .go_unit = "syscalls/op",
			   .path = "system_calls",
			   .per = "requests",
			   .exact = true },
	[FIGURE_SERVER_CPU] = { .key = "server_cpu_ns_per_request",
				.word = "server-cpu",
				.measure = "server-cpu-per-request",
				.title = "server CPU a request",
				.unit = "ns",
				.go_unit = "server-cpu-ns/op",
				.path = "server/cpu_ns",
				.per = "requests",
				.judged = true,
				.least_effect = 0.03 },
	[FIGURE_SERVER_CALLS] = { .key = "server_system_calls_per_request",
				  .word = "server-calls",
				  .measure = "server-system-calls-per-request",
				  .title = "server system calls a request",
				  .unit = "1",
				  .go_unit = "server-syscalls/op",
				  .path = "server_stats/system_calls",
				  .per = "server_stats/messages",
				  .judged = true,
				  .exact = true },
	[FIGURE_LOST] = { .key = "lost_percent",
			  .word = "lost",
			  .measure = "lost-percent",
			  .title = "lost requests",
			  .unit = "%",
			  .go_unit = "lost-%",
			  .path = "lost",
			  .per = "sent",
			  .factor = 100,
			  .any = true },
	[FIGURE_COUNT] = { .key = NULL },
};

const struct figure *figure_find(const char *name)
{
	for (const struct figure *figure = figures; figure->key; figure++)
		if (strcmp(name, figure->word) == 0 || strcmp(name, figure->key) == 0)
			return figure;
	return NULL;
}

const struct figure *figure_find_key(const char *key)
{
	for (const struct figure *figure = figures; figure->key; figure++)
		if (strcmp(key, figure->key) == 0)
			return figure;
	return NULL;
}

bool figure_get(const struct figure *figure, const json_t *part, double *ret_value)
{
	double value, divisor = 1;

	if (!figure->any && member_count(part, "requests") <= 0)
		return false;
	if (!member_number(part, figure->path, &value))
		return false;
	if (figure->per && (!member_number(part, figure->per, &divisor) || divisor <= 0))
		return false;
	value = value / divisor * (figure->factor > 0 ? figure->factor : 1);
	/* Of a document that nothing of ours has written. */
	if (!isfinite(value))
		return false;
	*ret_value = value;
	return true;
}
