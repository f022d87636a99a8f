/* CPU lists and pinning. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/cpu.h"

static struct cpu_list list;
static struct error problem;

Test(cpu, numbers_and_ranges_are_read_in_order)
{
	static const uint16_t expected[] = { 8, 0, 1, 2, 3 };

	cr_assert_eq(cpu_list_parse("8,0-3", &list, &problem), 0);
	cr_assert_eq(list.count, 5);
	cr_assert_arr_eq(list.cpus, expected, sizeof(expected));
}

Test(cpu, one_number_is_a_list)
{
	cr_assert_eq(cpu_list_parse("1023", &list, &problem), 0);
	cr_assert_eq(list.count, 1);
	cr_assert_eq(list.cpus[0], 1023);
}

Test(cpu, every_cpu_is_listed_once)
{
	cr_assert_eq(cpu_list_parse("0-2,1,2-4", &list, &problem), 0);
	cr_assert_eq(list.count, 5);
}

Test(cpu, what_is_no_list_is_refused)
{
	static const char *const wrong[] = { "",    ",",   "1,",   ",1",    "a",  "1-", "-1",
					     "3-1", "1 2", "1,,2", "1-2-3", "+1", "0x1" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_eq(cpu_list_parse(wrong[i], &list, &problem), -EINVAL, "%s", wrong[i]);
	cr_assert_str_eq(problem.text, "'0x1' is not a list of CPUs (numbers and ranges: 0-3,8)");
}

Test(cpu, number_beyond_all_cpus_is_refused)
{
	cr_assert_eq(cpu_list_parse("0-1024", &list, &problem), -EINVAL);
	cr_assert_str_eq(problem.text, "'0-1024': CPUs go from 0 to 1023");
	cr_assert_eq(cpu_list_parse("99999999999999999999", &list, &problem), -EINVAL);
}

Test(cpu, pinned_thread_runs_there)
{
	cr_assert_eq(cpu_list_allowed(&list), 0);
	cr_assert_geq(list.count, 1);
	cr_assert_eq(cpu_count_allowed(), list.count);
	cr_assert_eq(cpu_pin(list.cpus[list.count - 1]), 0);
	cr_assert_eq(sched_getcpu(), list.cpus[list.count - 1]);
	cr_assert_eq(cpu_count_allowed(), 1);
}

Test(cpu, only_cpus_of_ours_pass_the_check)
{
	cr_assert_eq(cpu_list_allowed(&list), 0);
	cr_assert_eq(cpu_list_check(&list, &problem), 0);
	list.cpus[0] = 1023;
	cr_assert_eq(cpu_list_check(&list, &problem), -ENODEV);
	cr_assert_not_null(strstr(problem.text, "CPU 1023 is not ours to use"));
	cr_assert_lt(cpu_pin(1023), 0);
}

Test(cpu, a_thread_for_each_of_a_list_or_of_those_allowed)
{
	list.count = 0;
	cr_assert_eq(cpu_list_check(&list, &problem), 0);
	cr_assert_eq(cpu_thread_count(&list), cpu_count_allowed());
	cr_assert_eq(cpu_list_parse("3,5,7", &list, &problem), 0);
	cr_assert_eq(cpu_thread_count(&list), 3);
}
