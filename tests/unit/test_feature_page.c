/* docs/features.md tells what the table of features says: no row is missing, old or invented. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <ringside/feature.h>

#include "docs_page.h"

#define ROW_SIZE 1024

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
	FILE *row = fmemopen(ret_text, ROW_SIZE, "w");

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
	const char *page = docs_page("features.md");
	char row[ROW_SIZE];

	for (int id = 0; id < FEATURE_COUNT; id++) {
		make_row(&features[id], row);
		cr_expect_not_null(strstr(page, row), "docs/features.md lacks this row:\n%s", row);
	}
}

Test(feature_page, has_no_other_row)
{
	const char *page = docs_page("features.md");
	int count = 0;

	for (const char *at = page; (at = strstr(at, "\n| `")); at++)
		count++;
	cr_assert_eq(count, FEATURE_COUNT);
}
