#include "net/address.h"

#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/character.h"

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)
#define LOCAL_PREFIX "unix:"

/* @name is an abstract address: a NUL, the name, and nothing behind it. */
static void local_address(const char *path, struct address *ret_address)
{
	size_t length = strlen(path);

	*ret_address = (struct address){ .local.sun_family = AF_UNIX };
	memcpy(ret_address->local.sun_path, path, length);
	if (path[0] == '@')
		ret_address->local.sun_path[0] = '\0';
	else
		length++;
	ret_address->length = (socklen_t)(PATH_OFFSET + length);
}

/* A kernel without IPv6, or told to do without, has no such sockets. */
static bool ipv6_exists(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static bool list_has(const struct address_list *list, const struct address *address)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->addresses[i].length == address->length &&
		    memcmp(&list->addresses[i].any, &address->any, address->length) == 0)
			return true;
	return false;
}

/* Some hosts files name 127.0.0.1 twice. */
static void list_add(struct address_list *list, const struct addrinfo *info)
{
	struct address address = { .length = info->ai_addrlen };

	memcpy(&address.any, info->ai_addr, info->ai_addrlen);
	if (list->count < ADDRESS_COUNT_MAX && !list_has(list, &address))
		list->addresses[list->count++] = address;
}

static int resolve_failed(const struct url *url, const char *host, int fault,
			  struct error *ret_error)
{
	switch (fault) {
	case EAI_SERVICE:
		return error_set(ret_error, -ENOENT, "'%s' is no %s port that /etc/services knows",
				 url->port, transports[url->transport].name);
	case EAI_NONAME:
	case EAI_NODATA:
		return error_set(ret_error, -ENOENT, "there is no host '%s'", host);
	case EAI_AGAIN:
		return error_set(ret_error, -EAGAIN, "no name server could say what '%s' is", host);
	case EAI_SYSTEM:
		return error_set(ret_error, -errno, "cannot resolve '%s': %s", host,
				 strerror(errno));
	default:
		return error_set(ret_error, -EINVAL, "cannot resolve '%s': %s", host,
				 gai_strerror(fault));
	}
}

static int internet_resolve(const struct url *url, const char *host, struct address_list *ret_list,
			    struct error *ret_error)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = transports[url->transport].socket_type };
	struct addrinfo *found;
	int fault = getaddrinfo(host, url->port, &hints, &found);

	if (fault)
		return resolve_failed(url, host, fault, ret_error);
	ret_list->count = 0;
	for (const struct addrinfo *info = found; info; info = info->ai_next)
		list_add(ret_list, info);
	freeaddrinfo(found);
	return 0;
}

int address_resolve(const struct url *url, enum address_use use, struct address_list *ret_list,
		    struct error *ret_error)
{
	if (transports[url->transport].local) {
		local_address(url->path, &ret_list->addresses[0]);
		ret_list->count = 1;
		return 0;
	}
	if (*url->host)
		return internet_resolve(url, url->host, ret_list, ret_error);
	if (use == ADDRESS_TO_CONNECT)
		return error_set(ret_error, -EINVAL, "'%s': a host is missing, such as 127.0.0.1",
				 url_format(url, NULL, 0).text);
	return internet_resolve(url, ipv6_exists() ? "::" : "0.0.0.0", ret_list, ret_error);
}

int address_of_socket(int fd, struct address *ret_address)
{
	struct address address = { .length = sizeof(address.storage) };

	if (getsockname(fd, &address.any, &address.length) < 0)
		return -errno;
	*ret_address = address;
	return 0;
}

uint16_t address_port(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
	if (address->sa_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
	return 0;
}

void address_set_port(struct address *address, uint16_t port)
{
	if (address->any.sa_family == AF_INET)
		address->v4.sin_port = htons(port);
	else if (address->any.sa_family == AF_INET6)
		address->v6.sin6_port = htons(port);
}

bool address_is_any(const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	if (address->sa_family == AF_INET)
		return v4->sin_addr.s_addr == htonl(INADDR_ANY);
	if (address->sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
	return false;
}

/* A path may hold anything, and a terminal should not get all of it. */
static void local_format(const struct sockaddr_un *address, socklen_t length,
			 struct address_text *ret_text)
{
	const uint8_t *path = (const uint8_t *)address->sun_path;
	size_t size = length > PATH_OFFSET ? length - PATH_OFFSET : 0;
	size_t used = (size_t)snprintf(ret_text->text, sizeof(ret_text->text), LOCAL_PREFIX);
	bool abstract = size > 0 && path[0] == '\0';

	if (abstract)
		ret_text->text[used++] = '@';
	for (size_t at = abstract, step; at < size && (path[at] || abstract); at += step) {
		step = character_shown(path + at, size - at);
		if (step)
			memcpy(ret_text->text + used, path + at, step);
		else
			ret_text->text[used] = '?';
		step = step ? step : 1;
		used += step;
	}
	ret_text->text[used] = '\0';
}

struct address_text address_format(const struct sockaddr *address, socklen_t length)
{
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 1], port[8];
	bool v6 = address->sa_family == AF_INET6;
	struct address_text result = { "?" };

	if (address->sa_family == AF_UNIX)
		local_format((const void *)address, length, &result);
	else if (getnameinfo(address, length, host, sizeof(host), port, sizeof(port),
			     NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		(void)snprintf(result.text, sizeof(result.text), v6 ? "[%s]:%s" : "%s:%s", host,
			       port);
	return result;
}

struct address_text address_url(enum transport transport, const struct sockaddr *address,
				socklen_t length)
{
	const struct transport_row *row = &transports[transport];
	struct address_text place = address_format(address, length);
	struct address_text result;

	(void)snprintf(result.text, sizeof(result.text), "%s:%s%.*s", row->name,
		       row->local ? "" : "//", (int)sizeof(result.text) - 16,
		       place.text + (row->local ? strlen(LOCAL_PREFIX) : 0));
	return result;
}
