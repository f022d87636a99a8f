#include "measure/steady.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/unit.h"

#define NUMBER_TEXT_MAX 32

static int percent_parse(const char *text, size_t length, double *ret_share,
			 struct error *ret_error)
{
	char number[NUMBER_TEXT_MAX] = "";
	double percent;

	if (length < sizeof(number))
		memcpy(number, text, length);
	if (real_parse(number, &percent) || percent <= 0 || percent > 100)
		return error_set(
			ret_error, -EINVAL,
			"'%.*s%%' is not a change of the rate (above 0 %%, 100 %% at most)",
			(int)length, text);
	*ret_share = percent / 100;
	return 0;
}

static int window_parse(const char *text, uint64_t *ret_ns, struct error *ret_error)
{
	uint64_t window_ns;

	if (duration_parse(text, &window_ns))
		return error_set(ret_error, -EINVAL,
				 "'%s' is not a window (seconds, or with ms, s, m: 5s)", text);
	if (window_ns < STEADY_WINDOW_MIN_NS || window_ns > STEADY_WINDOW_MAX_NS)
		return error_set(ret_error, -EINVAL, "a window of %s is out of range (%s to %s)",
				 text, duration_exact(STEADY_WINDOW_MIN_NS).text,
				 duration_exact(STEADY_WINDOW_MAX_NS).text);
	*ret_ns = window_ns;
	return 0;
}

int steady_rule_parse(const char *text, struct steady_rule *ret_rule, struct error *ret_error)
{
	static const char prefix[] = "slope:";
	const char *percent = text + sizeof(prefix) - 1, *end = NULL;
	struct steady_rule rule;
	int error;

	if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
		end = strstr(percent, "%/");
	if (!end)
		return error_set(ret_error, -EINVAL,
				 "'%s' is not slope:CHANGE%%/WINDOW (for example slope:1%%/5s)",
				 text);
	error = percent_parse(percent, (size_t)(end - percent), &rule.change, ret_error);
	if (!error)
		error = window_parse(end + 2, &rule.window_ns, ret_error);
	if (!error)
		*ret_rule = rule;
	return error;
}

void steady_init(struct steady *ret_steady, const struct steady_rule *rule)
{
	*ret_steady = (struct steady){ .rule = *rule };
}

uint64_t steady_period_ns(const struct steady *steady)
{
	return steady->rule.window_ns / STEADY_SAMPLES;
}

static double mean_rate(const struct steady *steady)
{
	double sum = 0;

	for (uint32_t i = 0; i < STEADY_SAMPLES; i++)
		sum += steady->rates[i];
	return sum / STEADY_SAMPLES;
}

bool steady_add(struct steady *steady, double rate)
{
	steady->rates[steady->count++ % STEADY_SAMPLES] = rate;
	return steady->count >= STEADY_SAMPLES && mean_rate(steady) > 0 &&
	       fabs(steady_change(steady)) < steady->rule.change;
}

/* The slope that is fitted to samples at 0, 1, 2, ..., times the window's length in samples. The
 * squares of the samples' distances from the middle add up to n (n^2 - 1) / 12. */
double steady_change(const struct steady *steady)
{
	const double n = STEADY_SAMPLES;
	double mean = mean_rate(steady), product = 0;

	if (steady->count < STEADY_SAMPLES || !(mean > 0))
		return 0;
	for (uint32_t i = 0; i < STEADY_SAMPLES; i++) {
		double distance = i - (n - 1) / 2;

		product += distance * steady->rates[(steady->count + i) % STEADY_SAMPLES];
	}
	return product / (n * (n * n - 1) / 12) * n / mean;
}
