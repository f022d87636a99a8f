#include "usage/proc_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* /proc/stat of 1024 CPUs with all their interrupts is far smaller. */
#define CONTENT_MAX (1u << 20)
#define CONTENT_FIRST 4096u

/* Such files have no size: read until the end comes. */
static char *read_all(int fd)
{
	size_t size = CONTENT_FIRST, used = 0;
	char *content = malloc(size), *larger;
	ssize_t got = 0;

	while (content && (got = read(fd, content + used, size - used - 1)) > 0) {
		used += (size_t)got;
		if (used < size - 1 || size >= CONTENT_MAX)
			continue;
		size *= 2;
		larger = realloc(content, size);
		if (!larger)
			free(content);
		content = larger;
	}
	if (content && got < 0) {
		free(content);
		return NULL;
	}
	if (content)
		content[used] = '\0';
	return content;
}

char *proc_read(const char *root, const char *format, ...)
{
	char path[PATH_MAX];
	int fd, error, used = snprintf(path, sizeof(path), "%s", root);
	va_list arguments;
	char *content;

	if (used < 0 || (size_t)used >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	va_start(arguments, format);
	(void)vsnprintf(path + used, sizeof(path) - (size_t)used, format, arguments);
	va_end(arguments);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	content = read_all(fd);
	error = errno;
	(void)close(fd);
	errno = error;
	return content;
}
