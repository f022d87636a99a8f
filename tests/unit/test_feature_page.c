/* docs/features.md tells what the table of features says: no row is missing, old or invented. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringside/feature.h>

#define PAGE_SIZE 65536
#define ROW_SIZE 1024

static char page[PAGE_SIZE];

static void read_page(void)
{
	const char *root = getenv("SOURCE_ROOT");
	char path[512];
	FILE *file;
	size_t length;

	if (!root)
		cr_skip_test("SOURCE_ROOT is not set: not started by Meson");
	(void)snprintf(path, sizeof(path), "%s/docs/features.md", root);
	file = fopen(path, "re");
	cr_assert_not_null(file, "%s", path);
	length = fread(page, 1, sizeof(page) - 1, file);
	(void)fclose(file);
	cr_assert_lt(length, sizeof(page) - 1, "%s is longer than this test expects", path);
	page[length] = '\0';
}

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
	char row[ROW_SIZE];

	read_page();
	for (int id = 0; id < FEATURE_COUNT; id++) {
		make_row(&features[id], row);
		cr_expect_not_null(strstr(page, row), "docs/features.md lacks this row:\n%s", row);
	}
}

Test(feature_page, has_no_other_row)
{
	int count = 0;

	read_page();
	for (const char *at = page; (at = strstr(at, "\n| `")); at++)
		count++;
	cr_assert_eq(count, FEATURE_COUNT);
}
