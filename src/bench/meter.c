#include "meter.h"

#include <errno.h>

#include "base/clock.h"

int meter_open(pid_t process, struct meter *ret_meter)
{
	clockid_t clock;
	int error = clock_getcpuclockid(process, &clock);

	if (error)
		return -error;
	ret_meter->clock = clock;
	ret_meter->count = 0;
	meter_read(ret_meter);
	return 0;
}

/* A long run is read as long as a short one, if less finely. */
static void thin_out(struct meter *meter)
{
	meter->count /= 2;
	for (uint32_t i = 0; i < meter->count; i++)
		meter->samples[i] = meter->samples[2 * i];
}

void meter_read(struct meter *meter)
{
	if (meter->count == METER_SAMPLE_MAX)
		thin_out(meter);
	meter->samples[meter->count++] = (struct meter_sample){
		.at_ns = clock_now_ns(),
		.cpu_ns = clock_cpu_ns(meter->clock),
	};
}

static int cpu_at(const struct meter *meter, uint64_t at_ns, double *ret_ns)
{
	for (uint32_t i = 1; i < meter->count; i++) {
		const struct meter_sample *before = &meter->samples[i - 1];
		const struct meter_sample *after = &meter->samples[i];

		if (at_ns < before->at_ns || at_ns > after->at_ns || after->at_ns == before->at_ns)
			continue;
		*ret_ns = (double)before->cpu_ns + (double)(after->cpu_ns - before->cpu_ns) *
							   (double)(at_ns - before->at_ns) /
							   (double)(after->at_ns - before->at_ns);
		return 0;
	}
	return -EDOM;
}

int meter_between(const struct meter *meter, uint64_t start_ns, uint64_t end_ns, double *ret_ns)
{
	double start, end;

	if (cpu_at(meter, start_ns, &start) < 0 || cpu_at(meter, end_ns, &end) < 0)
		return -EDOM;
	*ret_ns = end - start;
	return 0;
}
