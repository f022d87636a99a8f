#include "output/figure.h"

#include <stddef.h>

#include "output/document.h"

#define LATENCY(NAME, TITLE)                                                    \
	{                                                                       \
		.key = "latency_" NAME "_ns", .measure = "latency-" NAME,       \
		.title = TITLE " latency", .unit = "ns", .go_unit = NAME "-ns", \
		.path = "latency_ns/" NAME                                      \
	}

/* Bencher has measures "latency" and "throughput" of its own. */
const struct figure figures[] = {
	{ .key = "requests_per_s",
	  .measure = "throughput",
	  .title = "requests",
	  .unit = "1/s",
	  .go_unit = "req/s",
	  .path = "requests_per_s",
	  .more_is_better = true },
	{ .key = "latency_mean_ns",
	  .measure = "latency",
	  .title = "mean latency",
	  .unit = "ns",
	  .go_unit = "mean-ns",
	  .path = "latency_ns/mean" },
	LATENCY("p50", "p50"),
	LATENCY("p90", "p90"),
	LATENCY("p99", "p99"),
	LATENCY("p99.9", "p99.9"),
	LATENCY("max", "largest"),
	{ .key = "cpu_ns_per_request",
	  .measure = "cpu-per-request",
	  .title = "own CPU a request",
	  .unit = "ns",
	  .go_unit = "cpu-ns/op",
	  .path = "cpu_ns",
	  .per = "requests" },
	{ .key = "system_calls_per_request",
	  .measure = "system-calls-per-request",
	  .title = "own system calls a request",
	  .unit = "1",
	  .go_unit = "syscalls/op",
	  .path = "system_calls",
	  .per = "requests" },
	{ .key = "lost_percent",
	  .measure = "lost-percent",
	  .title = "lost requests",
	  .unit = "%",
	  .go_unit = "lost-%",
	  .path = "lost",
	  .per = "sent",
	  .factor = 100,
	  .any = true },
	{ .key = NULL },
};

bool figure_get(const struct figure *figure, const json_t *part, double *ret_value)
{
	double value, divisor = 1;

	if (!figure->any && member_count(part, "requests") <= 0)
		return false;
	if (!member_number(part, figure->path, &value))
		return false;
	if (figure->per && (!member_number(part, figure->per, &divisor) || divisor <= 0))
		return false;
	*ret_value = value / divisor * (figure->factor > 0 ? figure->factor : 1);
	return true;
}
