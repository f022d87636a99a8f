/* How a load is divided among threads and generators, and what files it needs. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "load/plan.h"

Test(load_plan, parts_are_even_and_add_up)
{
	for (uint32_t count = 1; count <= 17; count++) {
		for (uint64_t total = 0; total < 100; total++) {
			uint64_t sum = 0, first = plan_part(total, count, 0);

			for (uint32_t i = 0; i < count; i++) {
				uint64_t part = plan_part(total, count, i);

				cr_assert(part == first || part + 1 == first);
				sum += part;
			}
			cr_assert_eq(sum, total);
		}
	}
	cr_assert_eq(plan_part(UINT64_MAX, 2, 1), UINT64_MAX / 2);
}

Test(load_plan, cycles_that_a_thread_has_not_counted_are_no_sum)
{
	struct outcome outcome = { .result.cost = { .cpu_ns = 1, .cycles = 7, .instructions = 9 } };

	outcome_note_pmu(&outcome, "");
	cr_expect_eq(outcome.result.cost.cycles, 7);
	outcome_note_pmu(&outcome, "in use");
	outcome_note_pmu(&outcome, "");
	cr_expect_str_eq(outcome.pmu_missing, "in use");
	cr_expect_eq(outcome.result.cost.cycles, 0);
	cr_expect_eq(outcome.result.cost.instructions, 0);
	cr_expect_eq(outcome.result.cost.cpu_ns, 1);
}

Test(load_plan, says_how_many_files_are_lacking)
{
	struct load_options options = { .connections = 1000000000, .threads = 1 };
	struct error error = { 0 };

	cr_assert_eq(plan_raise_files(&options, &error), -EMFILE);
	cr_assert(strstr(error.text, "--connections 1000000000 needs 1000000"), "%s", error.text);
	options.connections = 1;
	cr_assert_eq(plan_raise_files(&options, &error), 0);
}
