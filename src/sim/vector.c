#include "vector.h"

#include <stdbool.h>
#include <string.h>
#include <sys/uio.h>

size_t vector_length(const struct msghdr *header)
{
	size_t length = 0;

	for (size_t i = 0; i < header->msg_iovlen; i++)
		if (__builtin_add_overflow(length, header->msg_iov[i].iov_len, &length))
			return SIZE_MAX;
	return length;
}

static size_t copy(const struct msghdr *header, size_t offset, uint8_t *bytes, size_t length,
		   bool into)
{
	size_t done = 0;

	for (size_t i = 0; i < header->msg_iovlen && done < length; i++) {
		const struct iovec *part = &header->msg_iov[i];
		uint8_t *at = (uint8_t *)part->iov_base + offset;
		size_t size;

		if (offset >= part->iov_len) {
			offset -= part->iov_len;
			continue;
		}
		size = part->iov_len - offset;
		if (size > length - done)
			size = length - done;
		offset = 0;
		if (into)
			memcpy(at, bytes + done, size);
		else
			memcpy(bytes + done, at, size);
		done += size;
	}
	return done;
}

size_t vector_read(const struct msghdr *header, size_t offset, void *bytes, size_t length)
{
	return copy(header, offset, bytes, length, false);
}

size_t vector_write(const struct msghdr *header, size_t offset, const void *bytes, size_t length)
{
	return copy(header, offset, (uint8_t *)bytes, length, true);
}
