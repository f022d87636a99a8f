/* Between what runs the tests (runner.c) and what runs in a test's own process (check.c). */
#ifndef CRITERION_VERDICT_H
#define CRITERION_VERDICT_H

#include "criterion.h"

/* How the process of a test ends; no other program that a test may have become ends so. */
enum {
	VERDICT_PASSED = 0,
	VERDICT_FAILED = 201,
	VERDICT_SKIPPED = 202, /* the reason is the last that it wrote to standard error */
};

/* The first of a list by next. */
struct check_test *check_first(void);

/* Seconds that a test may take; 0: no limit of its own. */
double check_timeout_s(const struct check_test *test);

/* Run a test in this process, and end the process. */
_Noreturn void check_run(const struct check_test *test);

#endif
