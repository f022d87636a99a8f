/* Lists of percentiles: how they are read, named and refused. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "measure/percentile.h"

Test(percentile, list_is_read_in_order)
{
	struct percentile_list list;
	struct error reason;

	cr_assert_eq(percentiles_parse("50,99,99.99,0,100,50", &list, &reason), 0);
	cr_assert_eq(list.count, 5);
	cr_assert_float_eq(list.percents[2], 99.99, 0);
	cr_assert_float_eq(list.percents[4], 100, 0);
}

Test(percentile, name_is_the_shortest_number)
{
	cr_assert_str_eq(percentile_key(50).text, "p50");
	cr_assert_str_eq(percentile_key(99.9).text, "p99.9");
	cr_assert_str_eq(percentile_key(99.99900).text, "p99.999");
	cr_assert_str_eq(percentile_key(0.1).text, "p0.1");
	cr_assert_str_eq(percentile_key(100).text, "p100");
}

Test(percentile, what_is_none_is_named)
{
	static const char *const texts[] = {
		"",    "50,",	 ",50",	   "101",      "-1",
		"p50", "50,nan", "1e1",	   "0x5",      "50;9",
		".",   "5.5.5",	 "50, 99", "100.0001", "99.99999999999999999999999999"
	};
	struct percentile_list list = { .count = 7 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct error reason;

		cr_assert_eq(percentiles_parse(texts[i], &list, &reason), -EINVAL, "%s", texts[i]);
		cr_assert(strstr(reason.text, "0 to 100"), "%s", reason.text);
	}
	cr_assert_eq(list.count, 7);
}

Test(percentile, at_most_thirty_two)
{
	char text[256] = "1";
	struct percentile_list list;
	struct error reason;

	for (int i = 2; i <= PERCENTILES_MAX; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), ",%d", i);
	cr_assert_eq(percentiles_parse(text, &list, &reason), 0);
	(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), ",99");
	cr_assert_eq(percentiles_parse(text, &list, &reason), -EINVAL);
	cr_assert(strstr(reason.text, "more than 32"), "%s", reason.text);
}

Test(percentile, json_is_an_array_of_numbers)
{
	struct percentile_list list = { .count = 2, .percents = { 50, 99.9 } };
	json_t *json = percentiles_to_json(&list);

	cr_assert_eq(json_array_size(json), 2);
	cr_assert_float_eq(json_real_value(json_array_get(json, 1)), 99.9, 0);
	json_decref(json);
}
