/* docs/simulation.md tells what the table of faults says: no row is missing, old or invented. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/fault.h"

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
	(void)snprintf(path, sizeof(path), "%s/docs/simulation.md", root);
	file = fopen(path, "re");
	cr_assert_not_null(file, "%s", path);
	length = fread(page, 1, sizeof(page) - 1, file);
	(void)fclose(file);
	cr_assert_lt(length, sizeof(page) - 1, "%s is longer than this test expects", path);
	page[length] = '\0';
}

Test(fault_page, has_the_row_of_each_fault)
{
	char row[ROW_SIZE];

	read_page();
	for (int id = 0; id < FAULT_COUNT; id++) {
		(void)snprintf(row, sizeof(row), "| `%s` | %s | %u |\n", fault_rows[id].name,
			       fault_rows[id].meaning, fault_rows[id].per_million);
		cr_expect_not_null(strstr(page, row), "docs/simulation.md lacks this row:\n%s",
				   row);
	}
}

Test(fault_page, has_no_other_row)
{
	int count = 0;

	read_page();
	for (const char *at = page; (at = strstr(at, "\n| `")); at++)
		count++;
	cr_assert_eq(count, FAULT_COUNT);
}
