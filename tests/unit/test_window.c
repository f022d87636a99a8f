/* When results were measured: windows of runs, together and in common. */
#include <criterion/criterion.h>
#include <errno.h>

#include "merge/window.h"

static void add(struct window_list *windows, json_int_t begin_ns, json_int_t duration_ns)
{
	json_t *root = json_pack("{s:I, s:I}", "started_unix_ns", begin_ns, "duration_ns",
				 duration_ns);

	cr_assert_eq(windows_add(windows, root), 0);
	json_decref(root);
}

Test(window, those_that_meet_are_one)
{
	struct window_list windows = { 0 };

	add(&windows, 500, 100);
	add(&windows, 100, 50);
	add(&windows, 150, 50);
	add(&windows, 520, 10);
	cr_assert_eq(windows.count, 2);
	cr_assert_eq(windows.items[0].begin_ns, 100);
	cr_assert_eq(windows.items[0].end_ns, 200);
	cr_assert_eq(windows_length_ns(&windows), 200);
	windows_finish(&windows);
}

Test(window, common_is_what_both_have)
{
	struct window_list a = { 0 }, b = { 0 }, none = { 0 };

	add(&a, 100, 100);
	add(&a, 300, 100);
	add(&b, 150, 200);
	add(&b, 390, 1000);
	cr_assert_eq(windows_common_ns(&a, &b), 50 + 50 + 10);
	cr_assert_eq(windows_common_ns(&b, &a), 110);
	cr_assert_eq(windows_common_ns(&a, &a), 200);
	cr_assert_eq(windows_common_ns(&a, &none), 0);
	windows_finish(&a);
	windows_finish(&b);
}

Test(window, each_run_of_a_document_has_one)
{
	json_t *root = json_pack("{s:[{s:i, s:i}, {s:i, s:i}]}", "runs", "started_unix_ns", 10,
				 "duration_ns", 5, "started_unix_ns", 20, "duration_ns", 5);
	struct window_list windows = { 0 };

	cr_assert_eq(windows_add(&windows, root), 0);
	cr_assert_eq(windows_length_ns(&windows), 10);
	windows_finish(&windows);
	json_decref(root);
}

Test(window, run_that_does_not_tell_is_refused)
{
	json_t *roots[] = {
		json_object(), json_pack("{s:i, s:n}", "started_unix_ns", 5, "duration_ns"),
		json_pack("{s:i, s:i}", "started_unix_ns", -5, "duration_ns", 5),
		json_pack("{s:i, s:I}", "started_unix_ns", 5, "duration_ns", (json_int_t)INT64_MAX)
	};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		struct window_list windows = { 0 };

		cr_assert_eq(windows_add(&windows, roots[i]), -EINVAL);
		windows_finish(&windows);
		json_decref(roots[i]);
	}
}
