/*
 * The sign test at a sample that grows. Without a change each pair's ratio lies above the least
 * effect with probability 1/2 or less, so the number of those that do not is a random walk, and
 * what all looks together err can be counted out exactly.
 */
#ifndef MEASURE_SIGN_TEST_H
#define MEASURE_SIGN_TEST_H

#include <stdint.h>

#define SIGN_TEST_LOOKS_MAX 9
#define SIGN_TEST_PAIRS_MAX 1000

/* When one looks, and how many pairs may then be on the wrong side for a change to be one. */
struct sign_test {
	uint32_t pairs[SIGN_TEST_LOOKS_MAX];	/* rising */
	int64_t wrong_max[SIGN_TEST_LOOKS_MAX]; /* -1: no number of them suffices */
	uint32_t look_count;
	uint32_t pairs_whole; /* that the error is spent over; 0: those of the last look */
};

/* P(at most wrong of count pairs are on the wrong side), each with probability 1/2. 0 below 0. */
double sign_test_tail(uint32_t count, int64_t wrong);

/*
 * Fill wrong_max for the pairs given, as large as it may be so that by look k a change where there
 * is none is seen with probability error * pairs[k] / pairs_whole or less, and by the last one
 * with probability error or less. Errors: E2BIG (more than SIGN_TEST_PAIRS_MAX pairs), ENOMEM.
 */
int sign_test_plan(struct sign_test *test, double error);

/* The probability that any look sees a change if each pair is on the wrong side with probability
 * wrong_share. Errors: as above. */
int sign_test_power(const struct sign_test *test, double wrong_share, double *ret_power);

#endif
