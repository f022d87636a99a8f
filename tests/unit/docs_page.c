#include "docs_page.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE_SIZE 65536

const char *docs_page(const char *name)
{
	static char page[PAGE_SIZE];
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
	cr_assert_lt(length, sizeof(page) - 1, "%s is longer than is expected", path);
	page[length] = '\0';
	return page;
}
