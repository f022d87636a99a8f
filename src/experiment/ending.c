#include "experiment/ending.h"

#include "base/log.h"
#include "commands.h"
#include "experiment/interrupt.h"

static int fail_unmeasured(const struct experiment *experiment)
{
	const struct series *first = experiment->series;
	uint32_t failed = 0;

	for (uint32_t i = 0; i < experiment->count; i++) {
		if (experiment->series[i].reason[0] == '\0')
			continue;
		if (failed++ == 0)
			first = &experiment->series[i];
	}
	return fail(EXIT_CANNOT, "%u of %u series could not be measured; %s/%s: %s", failed,
		    experiment->count, first->point.name, first->server.name, first->reason);
}

int experiment_ending(const struct experiment *experiment)
{
	if (interrupt_signal())
		return EXIT_SIGNAL + interrupt_signal();
	return experiment_failed(experiment) ? fail_unmeasured(experiment) : EXIT_GOOD;
}
