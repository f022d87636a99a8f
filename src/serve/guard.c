#include "guard.h"

#include <assert.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "net/address.h"

#define PORT_PRIVILEGED_END 1024

/* Above 1024, and known for answering whatever they get. */
static const uint16_t ports_that_answer[] = {
	1900,  /* SSDP */
	2049,  /* NFS */
	5353,  /* multicast DNS */
	11211, /* memcached */
};

void guard_add_port(struct guard *guard, uint16_t port)
{
	guard->ports[port / 64] |= 1ull << port % 64;
}

static bool port_refused(const struct guard *guard, in_port_t port)
{
	uint16_t number = ntohs(port);

	return guard->ports[number / 64] >> number % 64 & 1;
}

void guard_init(struct guard *ret_guard)
{
	memset(ret_guard, 0, sizeof(*ret_guard));
	for (uint16_t port = 0; port < PORT_PRIVILEGED_END; port++)
		guard_add_port(ret_guard, port);
	for (size_t i = 0; i < ARRAY_SIZE(ports_that_answer); i++)
		guard_add_port(ret_guard, ports_that_answer[i]);
}

void guard_add_ports(struct guard *guard, const struct port_list *ports)
{
	for (uint32_t i = 0; i < ports->count; i++)
		for (uint32_t port = ports->items[i].first; port <= ports->items[i].last; port++)
			guard_add_port(guard, (uint16_t)port);
}

static bool is_broadcast(const struct guard *guard, in_addr_t address)
{
	for (uint32_t i = 0; i < guard->broadcast_count; i++)
		if (guard->broadcasts[i] == address)
			return true;
	return false;
}

int guard_add_broadcast(struct guard *guard, in_addr_t address)
{
	if (is_broadcast(guard, address))
		return 0;
	if (guard->broadcast_count == GUARD_BROADCAST_MAX)
		return -ENOSPC;
	guard->broadcasts[guard->broadcast_count++] = address;
	return 0;
}

/* The loopback network has a broadcast address (127.255.255.255) without having the flag. */
static int add_interface(struct guard *guard, const struct ifaddrs *one)
{
	const struct sockaddr_in *own = (const void *)one->ifa_addr;
	const struct sockaddr_in *broadcast = (const void *)one->ifa_broadaddr;

	if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET)
		return 0;
	if (one->ifa_flags & IFF_LOOPBACK)
		return guard_add_broadcast(guard, htonl(INADDR_LOOPBACK | IN_CLASSA_HOST));
	/* In a network of one host it may be that host's own address. */
	if (one->ifa_flags & IFF_BROADCAST && broadcast && broadcast->sin_family == AF_INET &&
	    broadcast->sin_addr.s_addr != own->sin_addr.s_addr)
		return guard_add_broadcast(guard, broadcast->sin_addr.s_addr);
	return 0;
}

int guard_add_interfaces(struct guard *guard)
{
	struct ifaddrs *interfaces;
	int error = 0;

	if (getifaddrs(&interfaces) < 0)
		return -errno;
	for (const struct ifaddrs *one = interfaces; one && !error; one = one->ifa_next)
		error = add_interface(guard, one);
	freeifaddrs(interfaces);
	return error;
}

/* 0.0.0.0/8 is nobody; multicast, the reserved addresses above it and broadcast are more than one.
 * 127.0.0.0/8 is fine: it cannot come from outside. */
static bool is_one_host_v4(const struct guard *guard, in_addr_t address)
{
	uint8_t first = (uint8_t)(ntohl(address) >> 24);

	return first != 0 && first < 224 && !is_broadcast(guard, address);
}

static bool is_one_host_v6(const struct guard *guard, const struct in6_addr *address)
{
	in_addr_t v4;

	if (IN6_IS_ADDR_V4MAPPED(address)) {
		memcpy(&v4, &address->s6_addr[12], sizeof(v4));
		return is_one_host_v4(guard, v4);
	}
	return !IN6_IS_ADDR_MULTICAST(address) && !IN6_IS_ADDR_UNSPECIFIED(address);
}

/* Is it the address of one host, and not broadcast, multicast or nobody's? */
static bool is_one_host(const struct guard *guard, const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return is_one_host_v4(guard,
				      ((const struct sockaddr_in *)address)->sin_addr.s_addr);
	return is_one_host_v6(guard, &((const struct sockaddr_in6 *)address)->sin6_addr);
}

int guard_check_listener(const struct guard *guard, const struct sockaddr *address,
			 const char *text, struct error *ret_error)
{
	if (address_is_any(address) || is_one_host(guard, address))
		return 0;
	return error_set(ret_error, -EADDRNOTAVAIL,
			 "cannot listen at %s: no answer may come from a broadcast or multicast "
			 "address",
			 text);
}

/* The port stands in the same place in both families. */
static in_port_t port_of(const struct sockaddr *address)
{
	static_assert(offsetof(struct sockaddr_in, sin_port) ==
			      offsetof(struct sockaddr_in6, sin6_port),
		      "a port stands in one place");

	return ((const struct sockaddr_in *)address)->sin_port;
}

enum message_refusal guard_check(const struct guard *guard, const struct datagram *datagram)
{
	sa_family_t family = datagram->peer->sa_family;

	if (family != AF_INET && family != AF_INET6)
		return REFUSED_NOT;
	if (port_refused(guard, port_of(datagram->peer)))
		return REFUSED_PORT;
	if (!is_one_host(guard, datagram->peer))
		return REFUSED_ADDRESS;
	if (datagram->local && !is_one_host(guard, datagram->local))
		return REFUSED_ADDRESS;
	return REFUSED_NOT;
}

enum message_refusal guard_check_length(uint32_t asked, uint32_t answer)
{
	return answer > asked && answer > GUARD_ANSWER_FREE ? REFUSED_SIZE : REFUSED_NOT;
}
