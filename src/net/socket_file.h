/* The file that a UNIX socket is bound to: made, replaced when stale, removed. */
#ifndef NET_SOCKET_FILE_H
#define NET_SOCKET_FILE_H

#include <sys/types.h>

#include "net/address.h"
#include "net/url.h"

/* Who may connect: whoever may write to the file. */
struct socket_rights {
	mode_t mode; /* 07777 at most */
	uid_t uid;   /* its owner; -1 (all bits set): who makes it */
	gid_t gid;
};

#define SOCKET_MODE_STANDARD 0660

/*
 * Bind fd to a path. At no moment may more of them connect than rights say, whatever the umask. A
 * socket file there that nobody serves any more is replaced if it is ours, or of the owner that
 * this one is to have; a live one never, and nothing that is no socket.
 * Errors: EADDRINUSE (a server is there), EEXIST (no socket), EPERM (another user's), those of
 * bind(); then no file is left.
 */
int socket_file_bind(int fd, enum transport transport, const struct address *address,
		     const struct socket_rights *rights);

/* Is it a path, and not an abstract name? */
bool socket_file_is(const struct address *address);

#endif
