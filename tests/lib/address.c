#include "address.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

struct address address_ip(const char *host, uint16_t port)
{
	struct address address = { 0 };
	struct sockaddr_in *in4 = (struct sockaddr_in *)&address.storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address.storage;

	if (strchr(host, ':')) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		cr_assert_eq(inet_pton(AF_INET6, host, &in6->sin6_addr), 1);
		address.length = sizeof(*in6);
	} else {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		cr_assert_eq(inet_pton(AF_INET, host, &in4->sin_addr), 1);
		address.length = sizeof(*in4);
	}
	return address;
}

struct address address_unix(const char *path)
{
	struct address address = { 0 };
	struct sockaddr_un *un = (struct sockaddr_un *)&address.storage;
	size_t length = strlen(path);

	cr_assert_lt(length, sizeof(un->sun_path));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, length);
	if (path[0] == '@')
		un->sun_path[0] = '\0';
	else
		length++;
	address.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return address;
}

struct address address_unix_fresh(void)
{
	static unsigned number;
	char path[64];

	(void)snprintf(path, sizeof(path), "/tmp/ringside-test-%d-%u", (int)getpid(), number++);
	/* A test that failed may have left it, and process numbers come round again. */
	(void)unlink(path);
	return address_unix(path);
}

struct address address_with_port(struct address address, uint16_t port)
{
	if (address.storage.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&address.storage)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)&address.storage)->sin_port = htons(port);
	return address;
}

struct address address_of(int fd)
{
	struct address address = { .length = sizeof(address.storage) };

	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address.storage, &address.length), 0);
	return address;
}

struct address address_of_peer(int fd)
{
	struct address address = { .length = sizeof(address.storage) };

	cr_assert_eq(getpeername(fd, (struct sockaddr *)&address.storage, &address.length), 0);
	return address;
}

uint16_t address_port(const struct address *address)
{
	if (address->storage.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
	return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
}

bool address_equal(const struct address *left, const struct address *right)
{
	return left->length == right->length &&
	       memcmp(&left->storage, &right->storage, left->length) == 0;
}

void address_unlink(const struct address *address)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&address->storage;

	if (un->sun_family == AF_UNIX && un->sun_path[0] != '\0')
		(void)unlink(un->sun_path);
}

const char *address_private_host(void)
{
	static char host[INET_ADDRSTRLEN];
	unsigned pid = (unsigned)getpid();

	(void)snprintf(host, sizeof(host), "127.%u.%u.%u", 1 + (pid >> 16 & 0x7f), pid >> 8 & 0xff,
		       1 + (pid & 0xff) % 254);
	return host;
}
