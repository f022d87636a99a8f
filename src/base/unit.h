/*
 * Numbers with units, as people write and read them.
 *
 *	size		bytes; Ki Mi Gi Ti are powers of 1024, k M G T of 1000 (an added B is fine)
 *	duration	nanoseconds; ns us ms s m h d, a bare number is seconds
 *	count		k M G T
 *	real		a decimal number without any: a percentage, a weight
 *
 * Fractions are fine where the result is a whole number of base units: 1.5Ki, 0.5s.
 */
#ifndef BASE_UNIT_H
#define BASE_UNIT_H

#include <stdint.h>

/* Parse the whole of text. Errors: EINVAL (not such a number), ERANGE (does not fit). */
int count_parse(const char *text, uint64_t *ret_count);
int size_parse(const char *text, uint64_t *ret_bytes);
int duration_parse(const char *text, uint64_t *ret_ns);
/* Digits and a point: no sign, no exponent. */
int real_parse(const char *text, double *ret_real);

/* Returned by value, so that printf("%s", size_text(n).text) needs no buffer. */
struct unit_text {
	char text[32];
};

/* Exact, in the largest unit that leaves a whole number: 64Ki, 1500, 10s, 500ms. Parsing it gives
 * the same number back. */
struct unit_text count_exact(uint64_t count);
struct unit_text size_exact(uint64_t bytes);
struct unit_text duration_exact(uint64_t ns);

/* For tables: three or four significant digits and the unit: 265k, 3.89M, 64.0 KiB, 26.4 us. */
struct unit_text count_text(double count);
struct unit_text size_text(double bytes);
struct unit_text duration_text(double ns);

#endif
