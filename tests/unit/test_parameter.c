/* What can be swept: each value list of a matrix is an axis, whose value is found in a series. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "sweep/parameter.h"

static struct axis axes[AXIS_MAX];
static uint32_t count;
static struct error problem;

static const struct series series = {
	.point = { .connections = 11, .depth = 12, .size = 13000, .rate = 14, .threads = 16 },
	.server.threads = 15,
};

static const struct number_list two = { .count = 2, .values = { 1, 2 } };

/* matrix: of which one list has several values. */
static void expect_axis(const struct matrix *matrix, const char *name, uint64_t value,
			const char *text)
{
	const struct parameter *parameter;

	cr_assert_eq(axes_find(matrix, axes, &count, &problem), 0, "%s", problem.text);
	cr_assert_eq(count, 1);
	parameter = axes[0].parameter;
	cr_expect_str_eq(parameter->name, name);
	cr_expect_eq(axes[0].values->count, 2);
	cr_expect_eq(parameter->value(&series), value, "%s", name);
	cr_expect_str_eq(parameter->text(parameter->value(&series)).text, text);
}

Test(parameter, each_list_of_values_is_an_axis_of_its_own)
{
	expect_axis(&(struct matrix){ .connections = two }, "connections", 11, "11");
	expect_axis(&(struct matrix){ .depths = two }, "depth", 12, "12");
	expect_axis(&(struct matrix){ .sizes = two }, "size", 13000, "13k");
	expect_axis(&(struct matrix){ .rates = two }, "rate", 14, "14");
	expect_axis(&(struct matrix){ .server_threads = two }, "threads", 15, "15");
	expect_axis(&(struct matrix){ .load_threads = two }, "load-threads", 16, "16");
}

Test(parameter, two_are_swept_together_in_the_order_of_the_table)
{
	const struct matrix matrix = { .load_threads = two, .depths = two };

	cr_assert_eq(axes_find(&matrix, axes, &count, &problem), 0);
	cr_assert_eq(count, 2);
	cr_assert_str_eq(axes[0].parameter->name, "depth");
	cr_assert_str_eq(axes[1].parameter->name, "load-threads");
}

Test(parameter, a_single_value_is_no_axis)
{
	const struct matrix matrix = { .depths = { .count = 1, .values = { 8 } } };

	count = 7;
	cr_assert_eq(axes_find(&matrix, axes, &count, &problem), -EINVAL);
	cr_assert_not_null(strstr(problem.text, "nothing is swept"), "%s", problem.text);
	cr_assert_eq(count, 7);
}

Test(parameter, three_are_too_many)
{
	const struct matrix matrix = { .rates = two, .sizes = two, .server_threads = two };

	count = 7;
	cr_assert_eq(axes_find(&matrix, axes, &count, &problem), -EINVAL);
	cr_assert_str_eq(problem.text, "--size, --rate and --threads have several values each: "
				       "two at most can be swept together");
	cr_assert_eq(count, 7);
}
