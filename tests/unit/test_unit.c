/* Numbers with units: what people write, and what they get back. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/unit.h"

struct reading {
	const char *text;
	int (*parse)(const char *text, uint64_t *ret_value);
	uint64_t value;
};

static const struct reading readings[] = {
	{ "0", count_parse, 0 },
	{ "10", count_parse, 10 },
	{ "10k", count_parse, 10000 },
	{ "10K", count_parse, 10000 },
	{ "1.5M", count_parse, 1500000 },
	{ "2G", count_parse, 2000000000 },
	{ "18446744073709551615", count_parse, UINT64_MAX },
	{ "64", size_parse, 64 },
	{ "64B", size_parse, 64 },
	{ "64k", size_parse, 64000 },
	{ "64Ki", size_parse, 65536 },
	{ "64KiB", size_parse, 65536 },
	{ "1.5Ki", size_parse, 1536 },
	{ "1M", size_parse, 1000000 },
	{ "1Mi", size_parse, 1048576 },
	{ "1G", size_parse, 1000000000 },
	{ "1Gi", size_parse, 1073741824 },
	{ "10", duration_parse, 10000000000 },
	{ "10s", duration_parse, 10000000000 },
	{ "0.5s", duration_parse, 500000000 },
	{ "0.000000001", duration_parse, 1 },
	{ "50us", duration_parse, 50000 },
	{ "7ns", duration_parse, 7 },
	{ "3ms", duration_parse, 3000000 },
	{ "2m", duration_parse, 120000000000 },
	{ "1h", duration_parse, 3600000000000 },
};

Test(unit, numbers_with_units_are_read)
{
	for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
		uint64_t value = 1;

		cr_expect_eq(readings[i].parse(readings[i].text, &value), 0, "%s",
			     readings[i].text);
		cr_expect_eq(value, readings[i].value, "%s gave %lu", readings[i].text, value);
	}
}

static const char *const not_numbers[] = { "",
					   "k",
					   "12q",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "1.",
					   ".5",
					   "0x10",
					   "1e3",
					   "1,5",
					   "1..5",
					   "1kk",
					   "Ki",
					   "nan",
					   "1.0000000000001" };

Test(unit, what_is_no_number_is_refused_and_result_is_untouched)
{
	uint64_t value = 42;

	for (size_t i = 0; i < sizeof(not_numbers) / sizeof(not_numbers[0]); i++) {
		cr_expect_eq(count_parse(not_numbers[i], &value), -EINVAL, "%s", not_numbers[i]);
		cr_expect_eq(size_parse(not_numbers[i], &value), -EINVAL, "%s", not_numbers[i]);
		cr_expect_eq(duration_parse(not_numbers[i], &value), -EINVAL, "%s", not_numbers[i]);
	}
	cr_assert_eq(value, 42);
}

Test(unit, parts_of_a_byte_or_of_a_nanosecond_are_refused)
{
	uint64_t value;

	cr_assert_eq(size_parse("1.5", &value), -EINVAL);
	cr_assert_eq(size_parse("0.1Ki", &value), -EINVAL);
	cr_assert_eq(duration_parse("0.5ns", &value), -EINVAL);
}

Test(unit, units_of_other_things_are_refused)
{
	uint64_t value;

	cr_assert_eq(count_parse("1Ki", &value), -EINVAL);
	cr_assert_eq(size_parse("1s", &value), -EINVAL);
	cr_assert_eq(duration_parse("1k", &value), -EINVAL);
}

Test(unit, what_does_not_fit_is_an_error)
{
	uint64_t value = 42;

	cr_assert_eq(count_parse("18446744073709551616", &value), -ERANGE);
	cr_assert_eq(count_parse("99999999999999999999999999999999999999999999", &value), -ERANGE);
	cr_assert_eq(count_parse("18446744073709551.616k", &value), -ERANGE);
	cr_assert_eq(size_parse("16777216Ti", &value), -ERANGE);
	cr_assert_eq(duration_parse("5124096h", &value), -ERANGE);
	cr_assert_eq(value, 42);
}

Test(unit, decimal_numbers_are_read_to_the_last_bit)
{
	double value = 42;

	cr_assert_eq(real_parse("99.99", &value), 0);
	cr_assert(value == 99.99);
	cr_assert_eq(real_parse("0.7", &value), 0);
	cr_assert(value == 0.7);
	cr_assert_eq(real_parse("100", &value), 0);
	cr_assert(value == 100);
	cr_assert_eq(real_parse("0", &value), 0);
	cr_assert(value == 0);
	for (size_t i = 0; i < sizeof(not_numbers) / sizeof(not_numbers[0]); i++)
		cr_expect_eq(real_parse(not_numbers[i], &value), -EINVAL, "%s", not_numbers[i]);
	cr_assert_eq(real_parse("10k", &value), -EINVAL);
	cr_assert(value == 0);
}

Test(unit, exact_text_is_short)
{
	cr_assert_str_eq(size_exact(0).text, "0");
	cr_assert_str_eq(size_exact(65536).text, "64Ki");
	cr_assert_str_eq(size_exact(64000).text, "64k");
	cr_assert_str_eq(size_exact(1000).text, "1k");
	cr_assert_str_eq(size_exact(1500).text, "1500");
	cr_assert_str_eq(count_exact(1000000).text, "1M");
	cr_assert_str_eq(count_exact(65535).text, "65535");
	cr_assert_str_eq(duration_exact(10000000000).text, "10s");
	cr_assert_str_eq(duration_exact(500000000).text, "500ms");
	cr_assert_str_eq(duration_exact(1).text, "1ns");
	cr_assert_str_eq(duration_exact(47ull * 3600 * 1000000000).text, "47h");
	cr_assert_str_eq(duration_exact(48ull * 3600 * 1000000000).text, "2d");
}

static const uint64_t samples[] = { 0,
				    1,
				    999,
				    1000,
				    1023,
				    1024,
				    1536,
				    65536,
				    1000000,
				    1048576,
				    3600000000000,
				    90000000000,
				    12345678901234567890u,
				    UINT64_MAX };

Test(unit, exact_text_is_read_as_the_same_number)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		uint64_t value = 7;

		cr_expect_eq(count_parse(count_exact(samples[i]).text, &value), 0);
		cr_expect_eq(value, samples[i]);
		cr_expect_eq(size_parse(size_exact(samples[i]).text, &value), 0);
		cr_expect_eq(value, samples[i]);
		cr_expect_eq(duration_parse(duration_exact(samples[i]).text, &value), 0);
		cr_expect_eq(value, samples[i]);
	}
}

Test(unit, tables_show_three_digits_and_the_unit)
{
	cr_assert_str_eq(count_text(0).text, "0");
	cr_assert_str_eq(count_text(42).text, "42");
	cr_assert_str_eq(count_text(0.5).text, "0.50");
	cr_assert_str_eq(count_text(999).text, "999");
	cr_assert_str_eq(count_text(999.6).text, "1.00k");
	cr_assert_str_eq(count_text(265432).text, "265k");
	cr_assert_str_eq(count_text(3894000).text, "3.89M");
	cr_assert_str_eq(count_text(12345).text, "12.3k");
	cr_assert_str_eq(count_text(9996).text, "10.0k");
	cr_assert_str_eq(size_text(512).text, "512 B");
	cr_assert_str_eq(size_text(65536).text, "64.0 KiB");
	cr_assert_str_eq(size_text(3.5 * 1024 * 1024 * 1024).text, "3.50 GiB");
	cr_assert_str_eq(duration_text(26400).text, "26.4 us");
	cr_assert_str_eq(duration_text(850).text, "850 ns");
	cr_assert_str_eq(duration_text(1.2e9).text, "1.20 s");
	cr_assert_str_eq(duration_text(3600e9).text, "3600 s");
	cr_assert_str_eq(count_text(-1500).text, "-1.50k");
}

Test(unit, what_is_no_figure_is_a_dash)
{
	cr_assert_str_eq(count_text(0.0 / 0.0).text, "-");
	cr_assert_str_eq(duration_text(1.0 / 0.0).text, "-");
}
