#include "sweep/parameter.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"

static uint64_t connections_of(const struct series *series)
{
	return series->point.connections;
}

static uint64_t depth_of(const struct series *series)
{
	return series->point.depth;
}

static uint64_t size_of(const struct series *series)
{
	return series->point.size;
}

static uint64_t rate_of(const struct series *series)
{
	return series->point.rate;
}

static uint64_t threads_of(const struct series *series)
{
	return series->server.threads;
}

static uint64_t load_threads_of(const struct series *series)
{
	return series->point.threads;
}

#define LIST(member) offsetof(struct matrix, member)

static const struct parameter parameters[] = {
	{ "connections", LIST(connections), connections_of, count_exact, .saturates = true },
	{ "depth", LIST(depths), depth_of, count_exact, .saturates = true },
	{ "size", LIST(sizes), size_of, size_exact },
	{ "rate", LIST(rates), rate_of, count_exact },
	{ "threads", LIST(server_threads), threads_of, count_exact, .saturates = true,
	  .is_of_server = true },
	{ "load-threads", LIST(load_threads), load_threads_of, count_exact, .saturates = true },
};

static const struct number_list *list_of(const struct matrix *matrix,
					 const struct parameter *parameter)
{
	return (const struct number_list *)((const char *)matrix + parameter->at);
}

int axes_find(const struct matrix *matrix, struct axis *ret_axes, uint32_t *ret_count,
	      struct error *ret_error)
{
	struct axis axes[ARRAY_SIZE(parameters)];
	uint32_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		const struct number_list *values = list_of(matrix, &parameters[i]);

		if (values->count > 1)
			axes[count++] = (struct axis){ &parameters[i], values };
	}
	if (count == 0)
		return error_set(ret_error, -EINVAL,
				 "nothing is swept: one or two of --connections, --depth, --size, "
				 "--rate, --threads and --load-threads need several values, such "
				 "as -c 1..1000*10");
	if (count > AXIS_MAX)
		return error_set(ret_error, -EINVAL,
				 "--%s, --%s and --%s have several values each: two at most can "
				 "be swept together",
				 axes[0].parameter->name, axes[1].parameter->name,
				 axes[2].parameter->name);
	memcpy(ret_axes, axes, count * sizeof(*axes));
	*ret_count = count;
	return 0;
}
