/*
 * The contract: what include/ringside/engine.h promises, asked of one backend with one set of
 * features. Exit code 77 and its reason when this kernel cannot do it.
 */
#include <criterion/criterion.h>
#include <ringside/engine.h>
#include <stdio.h>
#include <string.h>

#include "setting.h"

enum { EXIT_SKIPPED = 77 };

/* Meson takes any other exit code of a program that speaks TAP than 0 for an error. */
static int skip(bool tap, const char *reason)
{
	printf("%s%s\n", tap ? "1..0 # SKIP " : "skipped: ", reason);
	return tap ? 0 : EXIT_SKIPPED;
}

int main(int argc, char **argv)
{
	struct criterion_test_set *tests;
	char reason[256];
	int failed = 0;

	if (!setting_valid()) {
		fputs("RINGSIDE_TEST_BACKEND or RINGSIDE_TEST_FEATURES names what does not exist\n",
		      stderr);
		return 2;
	}
	if (!setting_possible(reason, sizeof(reason)))
		return skip(argc > 1 && strcmp(argv[1], "--tap") == 0, reason);
	tests = criterion_initialize();
	if (criterion_handle_args(argc, argv, true))
		failed = !criterion_run_all_tests(tests);
	criterion_finalize(tests);
	return failed;
}
