/* Clocks that go on only when they are told to, so that an input means the same each time. Targets
 * that have them replace clock_gettime() (--wrap). */
#ifndef FUZZ_FAKE_CLOCK_H
#define FUZZ_FAKE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* 2026-11-22 11:15:22.5 UTC: where CLOCK_REALTIME begins. */
#define FAKE_CLOCK_WALL_NS 1795346122500000000

/* They begin anew, or are the real ones again: libFuzzer has a clock too. */
void fake_clock_begin(void);
void fake_clock_end(void);

void fake_clock_pass(uint64_t ns);

/* CLOCK_REALTIME. */
int64_t fake_clock_wall_ns(void);

#endif
