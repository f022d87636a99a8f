#include "own_address.h"

#include <ifaddrs.h>
#include <string.h>

/* "::ffff:192.0.2.1" is 192.0.2.1. */
static struct in6_addr in_long(const struct sockaddr *address)
{
	struct in6_addr wide = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	if (address->sa_family == AF_INET6)
		return ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	memcpy(&wide.s6_addr[12], &((const struct sockaddr_in *)(const void *)address)->sin_addr,
	       sizeof(struct in_addr));
	return wide;
}

static bool is_internet(const struct sockaddr *address)
{
	return address && (address->sa_family == AF_INET || address->sa_family == AF_INET6);
}

static bool is_loopback(const struct in6_addr *address)
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return address->s6_addr[12] == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(address);
}

static bool is_of_interface(const struct in6_addr *address)
{
	struct ifaddrs *interfaces;
	bool found = false;

	if (getifaddrs(&interfaces) < 0)
		return false;
	for (const struct ifaddrs *at = interfaces; at && !found; at = at->ifa_next) {
		if (is_internet(at->ifa_addr)) {
			struct in6_addr own = in_long(at->ifa_addr);

			found = IN6_ARE_ADDR_EQUAL(&own, address);
		}
	}
	freeifaddrs(interfaces);
	return found;
}

bool address_is_own(const struct address *address)
{
	struct in6_addr wide;

	if (!is_internet(&address->any))
		return false;
	wide = in_long(&address->any);
	return address_is_any(&address->any) || is_loopback(&wide) || is_of_interface(&wide);
}
