/* Socket addresses: made from URLs, and turned into text again. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"
#include "net/url.h"

struct address {
	socklen_t length;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
		struct sockaddr_storage storage;
	};
};

/* More than any sane name has; what exceeds it is left out. */
#define ADDRESS_COUNT_MAX 16

struct address_list {
	uint32_t count;
	struct address addresses[ADDRESS_COUNT_MAX];
};

enum address_use {
	ADDRESS_TO_CONNECT, /* an empty host is an error */
	ADDRESS_TO_LISTEN,  /* an empty host is [::], or 0.0.0.0 on a host without IPv6 */
};

/*
 * All addresses a URL stands for, in getaddrinfo()'s order, at least one. May ask a name server.
 * Errors: ENOENT (no such host or port name), EINVAL, EAGAIN (name server silent), with a sentence.
 */
int address_resolve(const struct url *url, enum address_use use, struct address_list *ret_list,
		    struct error *ret_error);

/* The address a socket is bound to. Errors: those of getsockname(). */
int address_of_socket(int fd, struct address *ret_address);

/* Its port in host order; 0 for UNIX addresses. */
uint16_t address_port(const struct sockaddr *address);

/* Give it another port, in host order. Nothing happens to UNIX addresses. */
void address_set_port(struct address *address, uint16_t port);

/* Is it 0.0.0.0 or [::]? */
bool address_is_any(const struct sockaddr *address);

struct address_text {
	char text[192];
};

/* "127.0.0.1:7", "[::1]:7", "unix:/run/x", "unix:@name", "unix:" for a socket without a name. */
struct address_text address_format(const struct sockaddr *address, socklen_t length);

/* "tcp://127.0.0.1:7", "unixgram:/run/x": the address with the transport it is used with. */
struct address_text address_url(enum transport transport, const struct sockaddr *address,
				socklen_t length);

#endif
