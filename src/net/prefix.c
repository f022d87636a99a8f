#include "net/prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/unit.h"

#define MAPPED_BITS 96
#define ADDRESS_BITS 128

static struct in6_addr mapped(in_addr_t v4)
{
	struct in6_addr address = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(&address.s6_addr[12], &v4, sizeof(v4));
	return address;
}

struct in6_addr prefix_address(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return mapped(((const struct sockaddr_in *)address)->sin_addr.s_addr);
	return ((const struct sockaddr_in6 *)address)->sin6_addr;
}

/* The bits of a byte that belong to a prefix of so many, of which others stand before it. */
static uint8_t mask_of(uint8_t bits, uint32_t byte)
{
	uint32_t before = byte * 8;

	if (bits >= before + 8)
		return 0xff;
	return (uint8_t)(bits <= before ? 0u : 0xff00u >> (bits - before));
}

bool prefix_has(const struct prefix *prefix, const struct in6_addr *address)
{
	for (uint32_t i = 0; i * 8 < prefix->bits; i++)
		if ((prefix->address.s6_addr[i] ^ address->s6_addr[i]) & mask_of(prefix->bits, i))
			return false;
	return true;
}

bool prefix_is_loopback(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address) ||
	       (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == IN_LOOPBACKNET);
}

static int address_parse(const char *text, struct prefix *prefix)
{
	struct in_addr v4;

	*prefix = (struct prefix){ 0 };
	if (inet_pton(AF_INET, text, &v4) == 1) {
		prefix->address = mapped(v4.s_addr);
		prefix->bits = MAPPED_BITS;
		return 0;
	}
	return inet_pton(AF_INET6, text, &prefix->address) == 1 ? 0 : -EINVAL;
}

/* Whoever writes 192.0.2.1/24 may have meant the host or the network. */
static int check_rest(const char *text, const struct prefix *prefix, struct error *ret_error)
{
	struct prefix network = *prefix;

	for (uint32_t i = 0; i < sizeof(network.address); i++)
		network.address.s6_addr[i] &= mask_of(prefix->bits, i);
	if (memcmp(&network.address, &prefix->address, sizeof(network.address)) == 0)
		return 0;
	return error_set(ret_error, -EINVAL, "'%s' is a host in the network %s; which is meant?",
			 text, prefix_format(&network).text);
}

int prefix_parse(const char *text, struct prefix *ret_prefix, struct error *ret_error)
{
	size_t length = strcspn(text, "/");
	char address[INET6_ADDRSTRLEN] = "";
	struct prefix prefix;
	uint64_t bits, most;
	int error;

	if (length < sizeof(address))
		memcpy(address, text, length);
	if (address_parse(address, &prefix) < 0)
		return error_set(ret_error, -EINVAL,
				 "'%s' is no network, such as 192.0.2.0/24 or 2001:db8::/32", text);
	bits = most = ADDRESS_BITS - prefix.bits;
	error = text[length] == '/' ? count_parse(text + length + 1, &bits) : 0;
	if (error || bits > most)
		return error_set(ret_error, -EINVAL, "'%s': behind the / stands a number up to %u",
				 text, (unsigned int)most);
	prefix.bits = (uint8_t)(prefix.bits + bits);
	error = check_rest(text, &prefix, ret_error);
	if (!error)
		*ret_prefix = prefix;
	return error;
}

struct prefix_text prefix_format(const struct prefix *prefix)
{
	bool v4 = prefix->bits >= MAPPED_BITS && IN6_IS_ADDR_V4MAPPED(&prefix->address);
	char address[INET6_ADDRSTRLEN] = "";
	struct prefix_text text;

	(void)inet_ntop(v4 ? AF_INET : AF_INET6,
			v4 ? &prefix->address.s6_addr[12] : prefix->address.s6_addr, address,
			sizeof(address));
	(void)snprintf(text.text, sizeof(text.text), "%s/%u", address,
		       prefix->bits - (v4 ? MAPPED_BITS : 0u));
	return text;
}
