/* Metrics as text. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "serve/metric_text.h"

static char *written(bool openmetrics)
{
	char *text = NULL;
	size_t length;
	struct metric_text metrics = { open_memstream(&text, &length), openmetrics };

	metric_family(&metrics, "a_b", METRIC_COUNTER, "Bytes.");
	metric_sample(&metrics, "a_b", METRIC_COUNTER, "x=\"y\"", UINT64_MAX);
	metric_family(&metrics, "c_seconds", METRIC_GAUGE, "Time.");
	metric_sample_ns(&metrics, "c_seconds", METRIC_GAUGE, "", 1000000001);
	metric_end(&metrics);
	(void)fclose(metrics.stream);
	return text;
}

Test(metric_text, formats_differ_in_the_family_of_a_counter_and_in_the_end)
{
	char *openmetrics = written(true), *plain = written(false);

	cr_assert_str_eq(openmetrics, "# HELP a_b Bytes.\n# TYPE a_b counter\n"
				      "a_b_total{x=\"y\"} 18446744073709551615\n"
				      "# HELP c_seconds Time.\n# TYPE c_seconds gauge\n"
				      "c_seconds 1.000000001\n# EOF\n");
	cr_assert_str_eq(plain, "# HELP a_b_total Bytes.\n# TYPE a_b_total counter\n"
				"a_b_total{x=\"y\"} 18446744073709551615\n"
				"# HELP c_seconds Time.\n# TYPE c_seconds gauge\n"
				"c_seconds 1.000000001\n");
	free(openmetrics);
	free(plain);
}

Test(metric_text, labels_are_escaped)
{
	char labels[64] = "";

	cr_assert(metric_label(labels, sizeof(labels), "a", "b\"c\\d\ne"));
	cr_assert(metric_label(labels, sizeof(labels), "f", ""));
	cr_assert_str_eq(labels, "a=\"b\\\"c\\\\d\\ne\",f=\"\"");
}

Test(metric_text, a_label_without_room_is_left_out)
{
	char labels[16] = "";

	cr_assert(metric_label(labels, sizeof(labels), "a", "bcde"));
	cr_assert_not(metric_label(labels, sizeof(labels), "f", "ghij"));
	cr_assert_str_eq(labels, "a=\"bcde\"");
}
