/*
 * Stands in for Criterion where it cannot be had, and nowhere else (docs/kernels.md): it does not
 * exist for s390x; it needs a dynamic loader, which static programs (musl) do not have; and a
 * program that uses it aborts under qemu-user as it starts its first test. This one needs fork()
 * alone: each test in a process of its own, one after another, reported as TAP.
 *
 * It has what our tests use of Criterion, under the same names. A test that uses more does not
 * compile by ./dev cross until the name is here too.
 */
#ifndef CRITERION_CRITERION_H
#define CRITERION_CRITERION_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check_options {
	void (*init)(void);
	void (*fini)(void);
	double timeout; /* seconds; 0: none */
};

/* A test, or (without a body) the options of a suite. */
struct check_test {
	const char *suite;
	const char *name;
	void (*body)(void);
	struct check_options options;
	struct check_test *next;
};

struct criterion_test_set;

/* Add to the tests of this program. */
void check_register(struct check_test *test);

/* What did not hold, in the words of the source, and what the test says of it; expected: the test
 * goes on. */
void check_expect_failed(const char *file, int line, const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
_Noreturn void check_assert_failed(const char *file, int line, const char *what, const char *format,
				   ...) __attribute__((format(printf, 4, 5)));
_Noreturn void check_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As Criterion's, for programs with a main() of their own; options other than --tap are ignored. */
struct criterion_test_set *criterion_initialize(void);
int criterion_handle_args(int count, char **arguments, bool handle_unknown);
int criterion_run_all_tests(struct criterion_test_set *tests);
void criterion_finalize(struct criterion_test_set *tests);

#define CHECK_REGISTER(id)                                                 \
	__attribute__((constructor)) static void check_register_##id(void) \
	{                                                                  \
		check_register(&check_##id);                               \
	}

#define Test(suite_, name_, ...)                              \
	static void check_body_##suite_##_##name_(void);      \
	static struct check_test check_##suite_##_##name_ = { \
		.suite = #suite_,                             \
		.name = #name_,                               \
		.body = check_body_##suite_##_##name_,        \
		.options = { __VA_ARGS__ },                   \
	};                                                    \
	CHECK_REGISTER(suite_##_##name_)                      \
	static void check_body_##suite_##_##name_(void)

#define TestSuite(suite_, ...)                      \
	static struct check_test check_##suite_ = { \
		.suite = #suite_,                   \
		.options = { __VA_ARGS__ },         \
	};                                          \
	CHECK_REGISTER(suite_)

/* The space lets there be no words: the format of a message is never empty. */
#define CHECK_ASSERT(holds, what, ...) \
	((holds) ? (void)0 : check_assert_failed(__FILE__, __LINE__, what, " " __VA_ARGS__))
#define CHECK_EXPECT(holds, what, ...) \
	((holds) ? (void)0 : check_expect_failed(__FILE__, __LINE__, what, " " __VA_ARGS__))

#define CHECK_TEXTS(a, b) (strcmp((a), (b)) == 0)
#define CHECK_NEAR(a, b, distance) (fabs((double)(a) - (double)(b)) <= (double)(distance))

#define cr_assert(holds, ...) CHECK_ASSERT(holds, #holds, __VA_ARGS__)
#define cr_assert_not(holds, ...) CHECK_ASSERT(!(holds), "not " #holds, __VA_ARGS__)
#define cr_assert_null(a, ...) CHECK_ASSERT((a) == NULL, #a " is null", __VA_ARGS__)
#define cr_assert_not_null(a, ...) CHECK_ASSERT((a) != NULL, #a " is not null", __VA_ARGS__)
#define cr_assert_eq(a, b, ...) CHECK_ASSERT((a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_assert_neq(a, b, ...) CHECK_ASSERT((a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_assert_lt(a, b, ...) CHECK_ASSERT((a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_assert_leq(a, b, ...) CHECK_ASSERT((a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_assert_gt(a, b, ...) CHECK_ASSERT((a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_assert_geq(a, b, ...) CHECK_ASSERT((a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) \
	CHECK_ASSERT(CHECK_TEXTS(a, b), #a " is the text " #b, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...) \
	CHECK_ASSERT(!CHECK_TEXTS(a, b), #a " is not the text " #b, __VA_ARGS__)
#define cr_assert_str_empty(a, ...) CHECK_ASSERT(*(a) == '\0', #a " is empty", __VA_ARGS__)
#define cr_assert_arr_eq(a, b, size, ...) \
	CHECK_ASSERT(memcmp((a), (b), (size)) == 0, #a " has the bytes of " #b, __VA_ARGS__)
#define cr_assert_float_eq(a, b, distance, ...) \
	CHECK_ASSERT(CHECK_NEAR(a, b, distance), #a " is near " #b, __VA_ARGS__)
#define cr_assert_fail(...) check_assert_failed(__FILE__, __LINE__, "not here", " " __VA_ARGS__)

#define cr_expect(holds, ...) CHECK_EXPECT(holds, #holds, __VA_ARGS__)
#define cr_expect_not(holds, ...) CHECK_EXPECT(!(holds), "not " #holds, __VA_ARGS__)
#define cr_expect_null(a, ...) CHECK_EXPECT((a) == NULL, #a " is null", __VA_ARGS__)
#define cr_expect_not_null(a, ...) CHECK_EXPECT((a) != NULL, #a " is not null", __VA_ARGS__)
#define cr_expect_eq(a, b, ...) CHECK_EXPECT((a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_expect_neq(a, b, ...) CHECK_EXPECT((a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_expect_lt(a, b, ...) CHECK_EXPECT((a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_expect_leq(a, b, ...) CHECK_EXPECT((a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_expect_gt(a, b, ...) CHECK_EXPECT((a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_expect_geq(a, b, ...) CHECK_EXPECT((a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...) \
	CHECK_EXPECT(CHECK_TEXTS(a, b), #a " is the text " #b, __VA_ARGS__)
#define cr_expect_arr_eq(a, b, size, ...) \
	CHECK_EXPECT(memcmp((a), (b), (size)) == 0, #a " has the bytes of " #b, __VA_ARGS__)
#define cr_expect_float_eq(a, b, distance, ...) \
	CHECK_EXPECT(CHECK_NEAR(a, b, distance), #a " is near " #b, __VA_ARGS__)

#define cr_skip(...) check_skip(__VA_ARGS__)
#define cr_skip_test(...) check_skip(__VA_ARGS__)

#endif
