#include "base/bar.h"

#include <math.h>
#include <string.h>

#define EIGHTHS 8

static struct bar blocks_draw(double share)
{
	static const char *const parts[EIGHTHS] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	uint32_t eighths = (uint32_t)lround(share * BAR_COLUMNS * EIGHTHS);
	struct bar bar = { "" };
	char *end = bar.text;

	for (uint32_t i = 0; i < eighths / EIGHTHS; i++)
		end = stpcpy(end, "█");
	(void)stpcpy(end, parts[eighths % EIGHTHS]);
	return bar;
}

struct bar bar_draw(double share, bool unicode)
{
	struct bar bar = { "" };

	share = share > 0 ? share : 0; /* not a number, too */
	share = share < 1 ? share : 1;
	if (unicode)
		return blocks_draw(share);
	memset(bar.text, '#', (size_t)lround(share * BAR_COLUMNS));
	return bar;
}

/* Each part ends where the sum of the shares up to it ends, so rounding does not add up. */
struct bar bar_stack(const double *shares, uint32_t count)
{
	struct bar bar = { "" };
	double sum = 0;
	long used = 0;

	for (uint32_t i = 0; i < count; i++) {
		long end;

		sum += shares[i] > 0 ? shares[i] : 0;
		end = lround((sum < 1 ? sum : 1) * BAR_COLUMNS);
		memset(bar.text + used, 'A' + (int)i, (size_t)(end - used));
		used = end;
	}
	return bar;
}
