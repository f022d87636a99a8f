/*
 * What the kernel says of its own clock. A server of times that claims to be synchronised and is
 * not tells the worst lie there is, so nobody here says more than this does.
 */
#ifndef RINGSIDE_CLOCK_H
#define RINGSIDE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock_quality {
	bool synchronised;    /* CLOCK_REALTIME is kept in step (STA_UNSYNC is off) */
	uint64_t error_ns;    /* how far it may be off (maxerror); it grows without a daemon */
	int32_t tai_offset_s; /* CLOCK_TAI - CLOCK_REALTIME; 0: nobody has told the kernel */
};

/* How the times of STAMP are written: of UTC, or of TAI. */
enum stamp_format { STAMP_NTP, STAMP_PTP };

/*
 * Ask the kernel (adjtimex(2), 1 us): once a second is enough. On an error the clock counts as not
 * synchronised, with the largest error there is. Thread-safe.
 */
void clock_quality_read(struct clock_quality *ret_quality);

#endif
