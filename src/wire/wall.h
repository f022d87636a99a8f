/*
 * Times as protocols write them. A unit of NTP is less than a quarter of a nanosecond, so writing
 * rounds down, reading rounds to the nearest nanosecond, and wall_from_ntp(wall_to_ntp(t)) is t.
 */
#ifndef WIRE_WALL_H
#define WIRE_WALL_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds since 1900 and fractions of 2^-32 s (RFC 5905 section 6), modulo 2^64: the era is left
 * out. wall_ns: CLOCK_REALTIME. */
uint64_t wall_to_ntp(int64_t wall_ns);

/* Of the era in which it is nearest to near_ns, CLOCK_REALTIME. */
int64_t wall_from_ntp(uint64_t ntp, int64_t near_ns);

/* IEEE 1588 truncated: seconds modulo 2^32 and nanoseconds, of TAI. */
uint64_t wall_to_ptp(int64_t wall_ns, int32_t tai_offset_s);
int64_t wall_from_ptp(uint64_t ptp, int32_t tai_offset_s, int64_t near_ns);

/* Error estimate of STAMP and TWAMP (RFC 8762 section 4.2.1, RFC 4656 section 4.1.2): S, Z, scale,
 * multiplier. error_ns is rounded up, so what is claimed is never less. The multiplier is never 0.
 */
uint16_t error_estimate(uint64_t error_ns, bool synchronised, bool ptp);

/* Nanoseconds, rounded up; UINT64_MAX: more than that. A multiplier of 0 means nothing: also that.
 */
uint64_t error_estimate_ns(uint16_t estimate);

#define ERROR_ESTIMATE_SYNCHRONISED 0x8000u
#define ERROR_ESTIMATE_PTP 0x4000u

#endif
