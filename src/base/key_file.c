#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whatever comes at a time, until there is no more or no room. Returns the length or -errno. */
static ssize_t read_all(int fd, uint8_t *bytes, size_t room)
{
	size_t length = 0;

	while (length < room) {
		ssize_t count = read(fd, bytes + length, room - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	return (ssize_t)length;
}

static int take(const char *path, const uint8_t *bytes, size_t length, size_t max, uint8_t *ret_key,
		size_t *ret_length, struct error *ret_error)
{
	if (length > 0 && bytes[length - 1] == '\n')
		length--;
	if (length == 0)
		return error_set(ret_error, -EINVAL, "'%s' holds no key: it is empty", path);
	if (length > max)
		return error_set(ret_error, -EINVAL,
				 "'%s' holds no key: it is longer than %zu bytes", path, max);
	memcpy(ret_key, bytes, length);
	*ret_length = length;
	return 0;
}

int key_file_read(const char *path, size_t max, uint8_t *ret_key, size_t *ret_length,
		  struct error *ret_error)
{
	size_t room = max + 2; /* a newline, and what would be too much */
	uint8_t *bytes = calloc(1, room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? 0 : -errno;
	int error;

	if (!bytes)
		length = -ENOMEM;
	else if (fd >= 0)
		length = read_all(fd, bytes, room);
	if (length < 0)
		error = error_set(ret_error, (int)length, "cannot read the key in '%s': %s", path,
				  strerror((int)-length));
	else
		error = take(path, bytes, (size_t)length, max, ret_key, ret_length, ret_error);
	if (fd >= 0)
		(void)close(fd);
	if (bytes)
		explicit_bzero(bytes, room);
	free(bytes);
	return error;
}
