#include "fake_root.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char fake_root[] = "/tmp/ringside-root-XXXXXX";

void fake_root_make(void)
{
	cr_assert_not_null(mkdtemp(fake_root));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	return remove(path);
}

void fake_root_remove(void)
{
	cr_expect_eq(nftw(fake_root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void fake_root_put(const char *path, const char *content)
{
	char whole[256];
	FILE *file;

	(void)snprintf(whole, sizeof(whole), "%s%s", fake_root, path);
	for (char *at = whole + strlen(fake_root) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		(void)mkdir(whole, 0755);
		*at = '/';
	}
	file = fopen(whole, "we");
	cr_assert_not_null(file, "%s", whole);
	cr_assert_geq(fputs(content, file), 0);
	cr_assert_eq(fclose(file), 0);
}
