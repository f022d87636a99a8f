#include "page_rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE 65536

static char page[PAGE_SIZE];
static const char *page_name;

void page_read(const char *name)
{
	const char *root = getenv("SOURCE_ROOT");
	char path[512];
	FILE *file;
	size_t length;

	if (!root)
		cr_skip_test("SOURCE_ROOT is not set: not started by Meson");
	(void)snprintf(path, sizeof(path), "%s/docs/%s", root, name);
	file = fopen(path, "re");
	cr_assert_not_null(file, "%s", path);
	length = fread(page, 1, sizeof(page) - 1, file);
	(void)fclose(file);
	cr_assert_lt(length, sizeof(page) - 1, "%s is longer than this test expects", path);
	page[length] = '\0';
	page_name = name;
}

void page_expect_row(const char *row)
{
	cr_expect_not_null(strstr(page, row), "docs/%s lacks this row:\n%s", page_name, row);
}

int page_count_rows(void)
{
	int count = 0;

	for (const char *at = page; (at = strstr(at, "\n| `")); at++)
		count++;
	return count;
}
