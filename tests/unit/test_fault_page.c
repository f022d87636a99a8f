/* docs/simulation.md tells what the table of faults says: no row is missing, old or invented. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "page_rows.h"
#include "sim/fault.h"

Test(fault_page, has_the_row_of_each_fault)
{
	char row[PAGE_ROW_SIZE];

	page_read("simulation.md");
	for (int id = 0; id < FAULT_COUNT; id++) {
		(void)snprintf(row, sizeof(row), "| `%s` | %s | %u |\n", fault_rows[id].name,
			       fault_rows[id].meaning, fault_rows[id].per_million);
		page_expect_row(row);
	}
}

Test(fault_page, has_no_other_row)
{
	page_read("simulation.md");
	cr_assert_eq(page_count_rows(), FAULT_COUNT);
}
