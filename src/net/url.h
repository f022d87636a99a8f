/*
 * Where to listen or whom to talk to, as users write it:
 *
 *	[service+]tcp://host:port	[service+]unix:path		a stream
 *	[service+]udp://host:port	[service+]unixgram:path		datagrams
 *					[service+]unixpacket:path	records (SOCK_SEQPACKET)
 *
 * IPv6 addresses stand in brackets, a port may be a name of /etc/services, an empty host means all
 * addresses, and a path that begins with @ is an abstract name.
 */
#ifndef NET_URL_H
#define NET_URL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"

enum transport {
	TRANSPORT_TCP,
	TRANSPORT_UDP,
	TRANSPORT_UNIX,
	TRANSPORT_UNIXGRAM,
	TRANSPORT_UNIXPACKET,
	TRANSPORT_COUNT,
};

struct transport_row {
	const char *name; /* as in a URL, without the colon */
	int socket_type;  /* SOCK_STREAM ... */
	bool local;	  /* AF_UNIX */
	bool stream;	  /* no message boundaries */
	bool connected;	  /* is listened for and accepted: all but datagrams */
};

/* Index: enum transport. */
extern const struct transport_row transports[TRANSPORT_COUNT];

#define URL_SERVICE_MAX 32
#define URL_HOST_MAX 256
#define URL_PORT_MAX 32
#define URL_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) + 1)
#define URL_TEXT_MAX (URL_SERVICE_MAX + URL_HOST_MAX + URL_PORT_MAX + 16)

struct url {
	enum transport transport;
	char service[URL_SERVICE_MAX]; /* "" if there is none */
	char host[URL_HOST_MAX];       /* without brackets; "" is all addresses */
	char port[URL_PORT_MAX];       /* a number or a name */
	char path[URL_PATH_MAX];       /* UNIX: a path, or @name */
};

/*
 * Parse text. A missing port is default_port, or an error if that is NULL.
 * Errors: EINVAL with a sentence that quotes the text and what would be right.
 */
int url_parse(const char *text, const char *default_port, struct url *ret_url,
	      struct error *ret_error);

struct url_text {
	char text[URL_TEXT_MAX];
};

/* The URL with a socket's real address in place of what was asked: "echo+tcp://127.0.0.1:7777".
 * address NULL: as asked. */
struct url_text url_format(const struct url *url, const struct sockaddr *address, socklen_t length);

#endif
