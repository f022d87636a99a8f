/* docs/features.md tells what the table of features says: no row is missing, old or invented. */
#include <criterion/criterion.h>
#include <stdio.h>

#include <ringside/feature.h>

#include "page_rows.h"

/* The names of a set of features, after a word. */
static void print_set(FILE *row, const char *word, uint32_t bits)
{
	const char *separator = word;

	for (int id = 0; id < FEATURE_COUNT; id++) {
		if (!(bits >> id & 1))
			continue;
		(void)fprintf(row, "%s `%s`", separator, features[id].name);
		separator = ",";
	}
}

static void make_row(const struct feature *feature, char *ret_text)
{
	FILE *row = fmemopen(ret_text, PAGE_ROW_SIZE, "w");

	cr_assert_not_null(row);
	(void)fprintf(row, "| `%s` | %s | %s | %s | %s | %s |", feature->name,
		      feature->standard ? "on" : "off", feature->epoll ? "both" : "uring",
		      feature->kernel, feature->gain, feature->proof);
	print_set(row, " needs", feature->needs);
	print_set(row, feature->needs && feature->excludes ? "; not with" : " not with",
		  feature->excludes);
	(void)fprintf(row, " |\n");
	(void)fclose(row);
}

Test(feature_page, has_the_row_of_each_feature)
{
	char row[PAGE_ROW_SIZE];

	page_read("features.md");
	for (int id = 0; id < FEATURE_COUNT; id++) {
		make_row(&features[id], row);
		page_expect_row(row);
	}
}

Test(feature_page, has_no_other_row)
{
	page_read("features.md");
	cr_assert_eq(page_count_rows(), FEATURE_COUNT);
}
