/* Networks: the addresses that begin with the same bits. */
#ifndef NET_PREFIX_H
#define NET_PREFIX_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* IPv4 as it is mapped into IPv6 (::ffff:0:0/96), so that one comparison does for both. */
struct prefix {
	struct in6_addr address;
	uint8_t bits; /* 0 to 128; of IPv4 96 more than are written */
};

/* "192.0.2.0/24", "2001:db8::/32", or an address alone. Errors: EINVAL, with a sentence. */
int prefix_parse(const char *text, struct prefix *ret_prefix, struct error *ret_error);

struct prefix_text {
	char text[INET6_ADDRSTRLEN + 4];
};

/* As it would be written. */
struct prefix_text prefix_format(const struct prefix *prefix);

/* An address of AF_INET or AF_INET6, IPv4 as it is mapped into IPv6. */
struct in6_addr prefix_address(const struct sockaddr *address);

/* Does an address, as prefix_address() makes it, belong to the network? */
bool prefix_has(const struct prefix *prefix, const struct in6_addr *address);

/* 127.0.0.0/8 or ::1, as prefix_address() makes it: nobody else can have that. */
bool prefix_is_loopback(const struct in6_addr *address);

#endif
