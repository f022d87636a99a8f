#include "net/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/address.h"

/* A path leaves room for its NUL, an abstract name for the NUL that it begins with. */
#define PATH_LENGTH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define PORT_MAX 65535

const struct transport_row transports[TRANSPORT_COUNT] = {
	[TRANSPORT_TCP] = { .name = "tcp",
			    .socket_type = SOCK_STREAM,
			    .stream = true,
			    .connected = true },
	[TRANSPORT_UDP] = { .name = "udp", .socket_type = SOCK_DGRAM },
	[TRANSPORT_UNIX] = { .name = "unix",
			     .socket_type = SOCK_STREAM,
			     .local = true,
			     .stream = true,
			     .connected = true },
	[TRANSPORT_UNIXGRAM] = { .name = "unixgram", .socket_type = SOCK_DGRAM, .local = true },
	[TRANSPORT_UNIXPACKET] = { .name = "unixpacket",
				   .socket_type = SOCK_SEQPACKET,
				   .local = true,
				   .connected = true },
};

/* The text under way: errors quote the whole. */
struct cursor {
	const char *text;
	const char *at;
	struct error *ret_error;
};

/* Copy length bytes from the cursor and go beyond them. */
static int take(struct cursor *cursor, size_t length, char *ret_field, size_t size,
		const char *what)
{
	if (length >= size)
		return error_set(cursor->ret_error, -EINVAL,
				 "'%.200s': the %s is %zu bytes long, %zu at most", cursor->text,
				 what, length, size - 1);
	memcpy(ret_field, cursor->at, length);
	ret_field[length] = '\0';
	cursor->at += length;
	return 0;
}

/* "echo+": letters, digits and dashes before a plus, before any colon. */
static int service_take(struct cursor *cursor, struct url *url)
{
	size_t length = strcspn(cursor->at, "+:/@[");
	int error;

	if (cursor->at[length] != '+')
		return 0;
	if (length == 0)
		return error_set(cursor->ret_error, -EINVAL,
				 "'%s': a service is missing before the +: echo%s", cursor->text,
				 cursor->text);
	error = take(cursor, length, url->service, sizeof(url->service), "service");
	cursor->at++;
	return error;
}

static bool looks_like_path(const char *text)
{
	return *text == '/' || *text == '@' || *text == '.';
}

/* What follows is no transport: guess what was meant. */
static int transport_missing(const struct cursor *cursor)
{
	int before = (int)(cursor->at - cursor->text);
	size_t length = strcspn(cursor->at, ":");

	if (looks_like_path(cursor->at))
		return error_set(cursor->ret_error, -EINVAL,
				 "'%s' names no transport: %.*sunix:%s is a UNIX socket",
				 cursor->text, before, cursor->text, cursor->at);
	if (strncmp(cursor->at + length, "://", 3) == 0)
		return error_set(cursor->ret_error, -EINVAL,
				 "'%s': '%.*s' is no transport (there are tcp://, udp://, unix:, "
				 "unixgram: and unixpacket:)",
				 cursor->text, (int)length, cursor->at);
	if (!*cursor->at)
		return error_set(cursor->ret_error, -EINVAL,
				 "'%s' names no transport, as %stcp://127.0.0.1:7777 does",
				 cursor->text, cursor->text);
	return error_set(cursor->ret_error, -EINVAL,
			 "'%s' names no transport: %.*stcp://%s or %.*sudp://%s", cursor->text,
			 before, cursor->text, cursor->at, before, cursor->text, cursor->at);
}

static int transport_take(struct cursor *cursor, struct url *url)
{
	size_t length = strcspn(cursor->at, ":");

	for (int i = 0; i < TRANSPORT_COUNT; i++) {
		if (strlen(transports[i].name) != length || !cursor->at[length] ||
		    strncmp(cursor->at, transports[i].name, length) != 0)
			continue;
		url->transport = (enum transport)i;
		cursor->at += length + 1;
		if (transports[i].local)
			return 0;
		if (strncmp(cursor->at, "//", 2) != 0)
			return error_set(cursor->ret_error, -EINVAL, "'%s': write %s://%s",
					 cursor->text, transports[i].name, cursor->at);
		cursor->at += 2;
		return 0;
	}
	return transport_missing(cursor);
}

static int path_take(struct cursor *cursor, struct url *url)
{
	size_t length = strlen(cursor->at);
	size_t name = *cursor->at == '@' ? length - 1 : length;

	if (name == 0)
		return error_set(cursor->ret_error, -EINVAL,
				 "'%s': a path is missing, such as /run/x.sock or @name",
				 cursor->text);
	if (name > PATH_LENGTH_MAX)
		return error_set(cursor->ret_error, -EINVAL,
				 "'%.200s': the path is %zu bytes long, %zu at most", cursor->text,
				 name, PATH_LENGTH_MAX);
	return take(cursor, length, url->path, sizeof(url->path), "path");
}

/* "[::1]", perhaps with a scope: "[fe80::1%eth0]". */
static int bracket_take(struct cursor *cursor, struct url *url)
{
	size_t length = strcspn(cursor->at, "]");
	char address[URL_HOST_MAX];
	struct in6_addr ignored;
	int error;

	if (!cursor->at[length])
		return error_set(cursor->ret_error, -EINVAL, "'%s': a ] is missing", cursor->text);
	cursor->at++;
	error = take(cursor, length - 1, url->host, sizeof(url->host), "host");
	if (error)
		return error;
	cursor->at++;
	(void)snprintf(address, sizeof(address), "%.*s", (int)strcspn(url->host, "%"), url->host);
	if (inet_pton(AF_INET6, address, &ignored) != 1)
		return error_set(cursor->ret_error, -EINVAL, "'%s': [%s] is no IPv6 address",
				 cursor->text, url->host);
	return 0;
}

static int host_take(struct cursor *cursor, struct url *url)
{
	size_t length = strcspn(cursor->at, ":/?# \t");
	const char *rest = cursor->at + length;

	if (*cursor->at == '[')
		return bracket_take(cursor, url);
	if (*rest == ':' && strchr(rest + 1, ':'))
		return error_set(cursor->ret_error, -EINVAL,
				 "'%s': an IPv6 address stands in brackets: %s://[::1]:7777",
				 cursor->text, transports[url->transport].name);
	return take(cursor, length, url->host, sizeof(url->host), "host");
}

static int port_check(const struct cursor *cursor, const char *port)
{
	if (!*port)
		return error_set(cursor->ret_error, -EINVAL,
				 "'%s': a port is missing behind the colon", cursor->text);
	if (strspn(port, "0123456789") != strlen(port))
		return 0;
	if (strlen(port) > 5 || strtoul(port, NULL, 10) > PORT_MAX)
		return error_set(cursor->ret_error, -EINVAL, "'%s': %s is no port (0 to %d)",
				 cursor->text, port, PORT_MAX);
	return 0;
}

static int port_take(struct cursor *cursor, const char *default_port, struct url *url)
{
	int error;

	if (*cursor->at != ':' && !default_port)
		return error_set(cursor->ret_error, -EINVAL,
				 "'%s': a port is missing, such as :7777", cursor->text);
	if (*cursor->at != ':') {
		(void)snprintf(url->port, sizeof(url->port), "%s", default_port);
		return 0;
	}
	cursor->at++;
	error = take(cursor, strcspn(cursor->at, ":/?# \t"), url->port, sizeof(url->port), "port");
	return error ? error : port_check(cursor, url->port);
}

static int parts_take(struct cursor *cursor, const char *default_port, struct url *url)
{
	int error = service_take(cursor, url);

	if (!error)
		error = transport_take(cursor, url);
	if (error)
		return error;
	if (transports[url->transport].local)
		return path_take(cursor, url);
	error = host_take(cursor, url);
	return error ? error : port_take(cursor, default_port, url);
}

int url_parse(const char *text, const char *default_port, struct url *ret_url,
	      struct error *ret_error)
{
	struct cursor cursor = { .text = text, .at = text, .ret_error = ret_error };
	const char *query = strchr(text, '?');
	struct url url = { .transport = TRANSPORT_TCP };
	int error;

	if (query)
		return error_set(ret_error, -EINVAL,
				 "'%s': '%s' is not understood; a URL ends "
				 "with its port or path",
				 text, query);
	error = parts_take(&cursor, default_port, &url);
	if (error)
		return error;
	if (*cursor.at)
		return error_set(ret_error, -EINVAL,
				 "'%s': '%s' is not understood; a URL ends with its port", text,
				 cursor.at);
	*ret_url = url;
	return 0;
}

/* The transport with host:port or path, as it was asked for. */
static void asked_format(const struct url *url, char *text, size_t size)
{
	const char *name = transports[url->transport].name;
	const char *open = strchr(url->host, ':') ? "[" : "";
	const char *close = *open ? "]" : "";

	if (transports[url->transport].local)
		(void)snprintf(text, size, "%s:%s", name, url->path);
	else
		(void)snprintf(text, size, "%s://%s%s%s:%s", name, open, url->host, close,
			       url->port);
}

struct url_text url_format(const struct url *url, const struct sockaddr *address, socklen_t length)
{
	struct url_text result = { 0 };
	size_t used = 0;

	if (*url->service)
		used = (size_t)snprintf(result.text, sizeof(result.text), "%s+", url->service);
	if (address)
		(void)snprintf(result.text + used, sizeof(result.text) - used, "%s",
			       address_url(url->transport, address, length).text);
	else
		asked_format(url, result.text + used, sizeof(result.text) - used);
	return result;
}
