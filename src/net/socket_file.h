/* The file that a UNIX socket is bound to: made, replaced when stale, removed. */
#ifndef NET_SOCKET_FILE_H
#define NET_SOCKET_FILE_H

#include "net/address.h"
#include "net/url.h"

/*
 * Bind fd to a path. A socket file there that nobody serves any more is replaced; a live one never,
 * and nothing that is no socket. Errors: EADDRINUSE (a server is there), EEXIST (no socket), those
 * of bind().
 */
int socket_file_bind(int fd, enum transport transport, const struct address *address);

/* Is it a path, and not an abstract name? */
bool socket_file_is(const struct address *address);

#endif
