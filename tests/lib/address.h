/* Socket addresses for tests: made from their text, compared, and unlinked. */
#ifndef TESTS_ADDRESS_H
#define TESTS_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
	struct sockaddr_storage storage;
	socklen_t length;
};

/* "127.0.0.1" or "::1" with a port; 0: the kernel chooses. */
struct address address_ip(const char *host, uint16_t port);

/* A path, or "@name" in the abstract namespace. */
struct address address_unix(const char *path);

/* A path in the temporary directory that no other test uses. */
struct address address_unix_fresh(void);

/* The same host, another port. */
struct address address_with_port(struct address address, uint16_t port);

/* Where a socket is bound, or whom it is connected to. */
struct address address_of(int fd);
struct address address_of_peer(int fd);

uint16_t address_port(const struct address *address);
bool address_equal(const struct address *left, const struct address *right);

/* Remove a UNIX path; nothing to do for other addresses. */
void address_unlink(const struct address *address);

/* An address in 127/8 that only this process uses: nobody else can be given its ports. */
const char *address_private_host(void);

static inline const struct sockaddr *address_bytes(const struct address *address)
{
	return (const struct sockaddr *)&address->storage;
}

#endif
