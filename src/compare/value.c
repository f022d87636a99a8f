#include "value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A number in three digits, and behind it a unit that is not ours. */
static struct unit_text other_text(double value, const char *unit)
{
	struct unit_text text;

	(void)snprintf(text.text, sizeof(text.text), "%.4g%s%.16s", value,
		       unit[0] && strcmp(unit, "1") != 0 ? " " : "",
		       strcmp(unit, "1") != 0 ? unit : "");
	return text;
}

struct unit_text value_text(double value, const char *unit)
{
	struct unit_text text = { "-" };
	struct unit_text count;

	if (!isfinite(value))
		return text;
	if (strcmp(unit, "ns") == 0)
		return duration_text(value);
	if (strcmp(unit, "s") == 0)
		return duration_text(value * 1e9);
	if (strcmp(unit, "B") == 0)
		return size_text(value);
	if (strcmp(unit, "1/s") != 0)
		return other_text(value, unit);
	count = count_text(value);
	(void)snprintf(text.text, sizeof(text.text), "%.24s/s", count.text);
	return text;
}

struct unit_text value_spread(const struct estimate *estimate, double confidence)
{
	struct unit_text text = { "" };
	double low = estimate->median - estimate->low, high = estimate->high - estimate->median;
	double far = low > high ? low : high, share = 100 * far / fabs(estimate->median);

	if (!isfinite(far) || estimate->coverage < confidence)
		return (struct unit_text){ "inf" };
	if (far > 0 && fabs(estimate->median) > 0)
		(void)snprintf(text.text, sizeof(text.text), "%.*f %%", share < 10 ? 1 : 0, share);
	return text;
}

struct unit_text value_ratio(const struct estimate *ratio)
{
	struct unit_text text = { "-" };

	if (isfinite(ratio->median))
		(void)snprintf(text.text, sizeof(text.text), "%.3f [%.3f, %.3f]", ratio->median,
			       ratio->low, ratio->high);
	return text;
}

struct unit_text value_p(double p)
{
	struct unit_text text = { "-" };

	if (p < 0.001)
		return (struct unit_text){ "<0.001" };
	if (isfinite(p))
		(void)snprintf(text.text, sizeof(text.text), "%.3f", p);
	return text;
}

struct unit_text value_percent(double share)
{
	struct unit_text text;

	(void)snprintf(text.text, sizeof(text.text), "%.3g %%", 100 * share);
	return text;
}
