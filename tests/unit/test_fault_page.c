/* docs/simulation.md tells what the table of faults says: no row is missing, old or invented. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "docs_page.h"
#include "sim/fault.h"

#define ROW_SIZE 1024

Test(fault_page, has_the_row_of_each_fault)
{
	const char *page = docs_page("simulation.md");
	char row[ROW_SIZE];

	for (int id = 0; id < FAULT_COUNT; id++) {
		(void)snprintf(row, sizeof(row), "| `%s` | %s | %u |\n", fault_rows[id].name,
			       fault_rows[id].meaning, fault_rows[id].per_million);
		cr_expect_not_null(strstr(page, row), "docs/simulation.md lacks this row:\n%s",
				   row);
	}
}

Test(fault_page, has_no_other_row)
{
	const char *page = docs_page("simulation.md");
	int count = 0;

	for (const char *at = page; (at = strstr(at, "\n| `")); at++)
		count++;
	cr_assert_eq(count, FAULT_COUNT);
}
