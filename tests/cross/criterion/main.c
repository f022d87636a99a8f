/* For programs that are tests and no more. TAP says which of them failed. */
#include "criterion.h"

int main(int argc, char **argv)
{
	struct criterion_test_set *tests = criterion_initialize();
	int good = criterion_handle_args(argc, argv, true) && criterion_run_all_tests(tests);

	criterion_finalize(tests);
	return !good;
}
