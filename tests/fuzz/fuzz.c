#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATH_SIZE 64

uint8_t fuzz_byte(struct fuzz_input *input)
{
	uint8_t byte = 0;

	(void)fuzz_take(input, &byte, 1);
	return byte;
}

uint16_t fuzz_number16(struct fuzz_input *input)
{
	uint16_t high = fuzz_byte(input);

	return (uint16_t)(high << 8 | fuzz_byte(input));
}

uint64_t fuzz_number64(struct fuzz_input *input)
{
	uint64_t number = 0;

	for (int i = 0; i < 4; i++)
		number = number << 16 | fuzz_number16(input);
	return number;
}

uint32_t fuzz_below(struct fuzz_input *input, uint32_t limit)
{
	return fuzz_byte(input) % limit;
}

size_t fuzz_take(struct fuzz_input *input, uint8_t *ret_bytes, size_t length)
{
	size_t count = length < input->left ? length : input->left;

	if (count > 0)
		memcpy(ret_bytes, input->at, count);
	input->at += count;
	input->left -= count;
	return count;
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	assert(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

char *fuzz_line(struct fuzz_input *input)
{
	const uint8_t *end = input->left > 0 ? memchr(input->at, '\n', input->left) : NULL;
	size_t length = end ? (size_t)(end - input->at) : input->left;
	char *line = fuzz_text(input->at, length);

	if (end)
		length++;
	input->at += length;
	input->left -= length;
	return line;
}

/* One file of memory, whatever is put into it; opened by its path it is read from its beginning. */
struct memory_file {
	int fd;
	char path[PATH_SIZE];
};

static const char *put(struct memory_file *file, const uint8_t *data, size_t size)
{
	ssize_t written;

	if (file->path[0] == '\0') {
		file->fd = memfd_create("fuzz", MFD_CLOEXEC);
		assert(file->fd >= 0);
		(void)snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd);
	}
	assert(ftruncate(file->fd, 0) == 0);
	written = size > 0 ? pwrite(file->fd, data, size, 0) : 0;
	assert(written == (ssize_t)size);
	return file->path;
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
	static struct memory_file file;

	return put(&file, data, size);
}

const char *fuzz_file_other(const uint8_t *data, size_t size)
{
	static struct memory_file file;

	return put(&file, data, size);
}

const char *const fuzz_unreadable[] = { "/", "/none", NULL };

FILE *fuzz_nowhere(void)
{
	static FILE *stream;

	if (!stream)
		stream = fopen("/dev/null", "we");
	assert(stream);
	return stream;
}

void fuzz_check_sentence(const struct error *error)
{
	size_t length = strnlen(error->text, sizeof(error->text));

	assert(length > 0 && length < sizeof(error->text));
}

void fuzz_check_equal(json_t *one, json_t *other)
{
	assert(one && other && json_equal(one, other));
	json_decref(one);
	json_decref(other);
}
