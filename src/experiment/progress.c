#include "experiment/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define CLEAR_LINE "\r\033[K"

void progress_say(const char *format, ...)
{
	va_list arguments;

	if (!isatty(STDERR_FILENO))
		return;
	va_start(arguments, format);
	(void)fputs(CLEAR_LINE, stderr);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
}

void progress_print(const struct experiment *experiment, const struct series *series)
{
	const struct experiment_plan *plan = experiment->plan;
	uint32_t left = plan->round_count - experiment->rounds;
	uint64_t left_s = left * experiment_round_ns(experiment) / NS_PER_S;

	progress_say("round %u of %u, some %llu s to go: %.48s, %.24s", experiment->rounds + 1,
		     plan->round_count, (unsigned long long)left_s, series->point.title,
		     series->server.name);
}

void progress_end(void)
{
	progress_say("%s", "");
}
