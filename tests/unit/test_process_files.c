/* What the kernel says of this process, and files that say nothing of the kind. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "serve/process_files.h"

static struct process_files files;

static void open_files(void)
{
	process_files_open(&files);
}

static void close_files(void)
{
	process_files_close(&files);
}

TestSuite(process_files, .init = open_files, .fini = close_files);

/* Another file in the place of one of the kernel's. */
static void replace(int *fd, int by)
{
	cr_assert_geq(by, 0, "%s", strerror(errno));
	(void)close(*fd);
	*fd = by;
}

static int file_with(const char *content)
{
	int fd = memfd_create("statm", MFD_CLOEXEC);

	cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	return fd;
}

Test(process_files, memory_that_is_touched_is_in_use)
{
	enum { MORE = 32 << 20 };
	uint64_t before, after;
	char *memory = mmap(NULL, MORE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	cr_assert_neq(memory, MAP_FAILED);
	cr_assert(process_memory(&files, &after));
	cr_assert_eq(munmap(memory, MORE), 0);
	cr_assert(process_memory(&files, &before));
	cr_assert_geq(after, before + MORE / 2);
}

Test(process_files, a_file_more_is_counted_as_one)
{
	uint64_t before, after;
	int fd;

	cr_assert(process_open_files(&files, &before));
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	cr_assert(process_open_files(&files, &after));
	cr_assert_eq(after, before + 1);
	(void)close(fd);
	cr_assert(process_open_files(&files, &after));
	cr_assert_eq(after, before);
}

Test(process_files, more_files_than_one_reading_holds_are_counted)
{
	enum { MORE = 400 };
	int fds[MORE];
	uint64_t before, after;

	cr_assert(process_open_files(&files, &before));
	for (int i = 0; i < MORE; i++) {
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		cr_assert_geq(fds[i], 0, "%s", strerror(errno));
	}
	cr_assert(process_open_files(&files, &after));
	cr_assert_eq(after, before + MORE);
	for (int i = 0; i < MORE; i++)
		(void)close(fds[i]);
}

Test(process_files, what_could_not_be_opened_is_not_told)
{
	uint64_t value = 7;

	process_files_close(&files);
	cr_assert_not(process_memory(&files, &value));
	cr_assert_not(process_open_files(&files, &value));
	cr_assert_eq(value, 7);
}

Test(process_files, what_is_no_such_file_is_not_told)
{
	uint64_t value = 7;

	replace(&files.memory_fd, file_with(""));
	cr_assert_not(process_memory(&files, &value));
	replace(&files.memory_fd, file_with("1234 none\n"));
	cr_assert_not(process_memory(&files, &value));
	replace(&files.files_fd, file_with("no directory"));
	cr_assert_not(process_open_files(&files, &value));
	cr_assert_eq(value, 7);
}
