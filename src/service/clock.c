#include <ringside/clock.h>

#include <sys/timex.h>

#define NS_PER_US 1000u

/* What maxerror says of a clock that nobody keeps (16 s), and then some. */
#define ERROR_NS_MAX 16000000000ull

void clock_quality_read(struct clock_quality *ret_quality)
{
	struct timex state = { 0 };
	int result = adjtimex(&state);

	if (result < 0) {
		*ret_quality = (struct clock_quality){ .error_ns = ERROR_NS_MAX };
		return;
	}
	*ret_quality = (struct clock_quality){
		.synchronised = result != TIME_ERROR && !(state.status & STA_UNSYNC),
		.error_ns = (uint64_t)state.maxerror * NS_PER_US,
		.tai_offset_s = state.tai,
	};
}
