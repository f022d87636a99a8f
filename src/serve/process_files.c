#include "process_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void process_files_open(struct process_files *ret_files)
{
	ret_files->memory_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ret_files->files_fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void process_files_close(struct process_files *files)
{
	if (files->memory_fd >= 0)
		(void)close(files->memory_fd);
	if (files->files_fd >= 0)
		(void)close(files->files_fd);
	files->memory_fd = files->files_fd = -1;
}

bool process_memory(const struct process_files *files, uint64_t *ret_bytes)
{
	char text[128];
	ssize_t length = files->memory_fd < 0 ? -1
					      : pread(files->memory_fd, text, sizeof(text) - 1, 0);
	uint64_t size, resident;

	if (length <= 0)
		return false;
	text[length] = '\0';
	if (sscanf(text, "%" SCNu64 " %" SCNu64, &size, &resident) != 2)
		return false;
	*ret_bytes = resident * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}

/* The names in a piece of a directory, "." and ".." left out. */
static uint64_t count_names(const char *piece, ssize_t length)
{
	uint64_t count = 0;

	for (ssize_t at = 0; at < length;) {
		const struct dirent64 *entry = (const struct dirent64 *)(piece + at);

		count += entry->d_name[0] != '.';
		at += entry->d_reclen;
	}
	return count;
}

bool process_open_files(const struct process_files *files, uint64_t *ret_count)
{
	_Alignas(struct dirent64) char piece[4096];
	uint64_t count = 0;
	ssize_t length;

	if (files->files_fd < 0 || lseek(files->files_fd, 0, SEEK_SET) < 0)
		return false;
	while ((length = getdents64(files->files_fd, (void *)piece, sizeof(piece))) > 0)
		count += count_names(piece, length);
	if (length < 0)
		return false;
	*ret_count = count > 0 ? count - 1 : 0;
	return true;
}
