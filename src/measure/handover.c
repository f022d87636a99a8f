#include "measure/handover.h"

#include <assert.h>
#include <stddef.h>

int handover_init(struct handover *handover)
{
	int error = result_init(&handover->parts[0]);

	if (!error)
		error = result_init(&handover->parts[1]);
	if (error)
		return error;
	atomic_store(&handover->spare, &handover->parts[1]);
	atomic_store(&handover->full, NULL);
	return 0;
}

int handover_extend(struct handover *handover, const struct result_extent *extent)
{
	int error = result_extend(&handover->parts[0], extent);

	return error ? error : result_extend(&handover->parts[1], extent);
}

void handover_finish(struct handover *handover)
{
	result_finish(&handover->parts[0]);
	result_finish(&handover->parts[1]);
}

struct result *handover_begin(struct handover *handover)
{
	return &handover->parts[0];
}

struct result *handover_spare(struct handover *handover)
{
	return atomic_exchange(&handover->spare, NULL);
}

void handover_give(struct handover *handover, struct result *full)
{
	assert(atomic_load(&handover->full) == NULL && "there are two parts");
	atomic_store_explicit(&handover->full, full, memory_order_release);
}

struct result *handover_take(struct handover *handover)
{
	return atomic_exchange(&handover->full, NULL);
}

void handover_return(struct handover *handover, struct result *part)
{
	result_reset(part);
	atomic_store_explicit(&handover->spare, part, memory_order_release);
}
