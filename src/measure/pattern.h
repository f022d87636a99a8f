/*
 * The content of requests, so that every byte of an answer can be checked: 8 bytes of sequence
 * number (little endian; a shorter request has the low ones), then pseudo-random bytes of a seed,
 * from a place in them that depends on the whole sequence number. So a request that was cut,
 * shifted, repeated, or mixed up with another one or another connection's (which has other
 * sequence numbers) shows, whatever piece of it arrives.
 *
 * A pattern is read-only once it is open: threads share it.
 */
#ifndef MEASURE_PATTERN_H
#define MEASURE_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#define PATTERN_SEQUENCE_SIZE 8

struct pattern;

/* Errors: ENOMEM. */
int pattern_open(uint64_t seed, struct pattern **ret_pattern);

void pattern_close(struct pattern *pattern);

/* Write bytes offset ... offset + length of request number sequence. */
void pattern_fill(const struct pattern *pattern, uint64_t sequence, uint64_t offset,
		  uint8_t *ret_bytes, uint32_t length);

/* Are these the bytes offset ... offset + length of request number sequence? */
bool pattern_check(const struct pattern *pattern, uint64_t sequence, uint64_t offset,
		   const uint8_t *bytes, uint32_t length);

/* The sequence number that a request of length bytes says it has; of one shorter than 8 bytes the
 * low bytes. */
uint64_t pattern_sequence(const uint8_t *bytes, uint32_t length);

#endif
