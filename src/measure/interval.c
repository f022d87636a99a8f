#include "measure/interval.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/json.h"

void interval_make(const struct result *part, uint64_t begin_ns, struct interval *ret_interval)
{
	const struct histogram *latency = part->latency;

	*ret_interval = (struct interval){
		.start_ns = part->started_ns > begin_ns ? part->started_ns - begin_ns : 0,
		.duration_ns = result_duration_ns(part),
		.sent = part->sent,
		.requests = part->requests,
		.bytes = part->bytes,
		.errors = result_errors_total(part),
		.lost = part->lost,
		.connects = part->connects,
		.timed = histogram_count(latency),
		.min_ns = histogram_min(latency),
		.mean_ns = histogram_mean(latency),
		.p50_ns = histogram_percentile(latency, 50),
		.p90_ns = histogram_percentile(latency, 90),
		.p99_ns = histogram_percentile(latency, 99),
		.p999_ns = histogram_percentile(latency, 99.9),
		.max_ns = histogram_max(latency),
	};
}

double interval_requests_per_s(const struct interval *interval)
{
	return rate_per_s(interval->requests, interval->duration_ns);
}

/* Where nothing is answered, or not in this interval, there is no latency. */
static json_t *latency_to_json(const struct interval *interval)
{
	const struct {
		const char *name;
		uint64_t value_ns;
	} figures[] = {
		{ "min", interval->min_ns }, { "mean", interval->mean_ns },
		{ "p50", interval->p50_ns }, { "p90", interval->p90_ns },
		{ "p99", interval->p99_ns }, { "p99.9", interval->p999_ns },
		{ "max", interval->max_ns },
	};
	json_t *object = json_object();
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(figures); i++)
		error |= json_put_value(object, figures[i].name,
					interval->timed > 0
						? json_integer((json_int_t)figures[i].value_ns)
						: json_null());
	return json_complete(object, error);
}

json_t *interval_to_json(const struct interval *interval)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_unsigned(object, "start_ns", interval->start_ns);
	error |= json_put_unsigned(object, "duration_ns", interval->duration_ns);
	error |= json_put_unsigned(object, "sent", interval->sent);
	error |= json_put_unsigned(object, "requests", interval->requests);
	error |= json_put_unsigned(object, "bytes", interval->bytes);
	error |= json_put_unsigned(object, "errors", interval->errors);
	error |= json_put_unsigned(object, "lost", interval->lost);
	error |= json_put_unsigned(object, "connects", interval->connects);
	error |= json_put_value(object, "latency_ns", latency_to_json(interval));
	return json_complete(object, error);
}

int interval_list_add(struct interval_list *list, const struct interval *interval)
{
	if (list->count == list->room) {
		uint32_t room = list->room > 0 ? 2 * list->room : 64;
		struct interval *items = reallocarray(list->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->room = room;
	}
	list->items[list->count++] = *interval;
	return 0;
}

void interval_list_finish(struct interval_list *list)
{
	free(list->items);
	*list = (struct interval_list){ 0 };
}

json_t *interval_list_to_json(const struct interval_list *list)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array, interval_to_json(&list->items[i]));
	return json_complete(array, error);
}
