/*
 * To be preloaded: a kernel whose clock somebody keeps, as adjtimex() tells. No test may change
 * what the kernel itself says, since all of a machine's containers see it.
 */
#include <string.h>
#include <sys/timex.h>

enum { ERROR_US = 1500, TAI_OFFSET_S = 37 };

int adjtimex(struct timex *state)
{
	memset(state, 0, sizeof(*state));
	state->status = STA_PLL;
	state->maxerror = ERROR_US;
	state->esterror = ERROR_US / 10;
	state->tai = TAI_OFFSET_S;
	return TIME_OK;
}
