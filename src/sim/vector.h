/* The memory of a struct msghdr, read and written from an offset on. */
#ifndef SIM_VECTOR_H
#define SIM_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* All bytes it names; SIZE_MAX: more than there can be. */
size_t vector_length(const struct msghdr *header);

/* Copy up to length bytes out of it, from the offset on. Returns how many. */
size_t vector_read(const struct msghdr *header, size_t offset, void *bytes, size_t length);

/* Copy up to length bytes into it, from the offset on. Returns how many. */
size_t vector_write(const struct msghdr *header, size_t offset, const void *bytes, size_t length);

#endif
