/*
 * Sockets to listen at and sockets to connect with, non-blocking and close-on-exec, each option on
 * them with its reason.
 */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "net/address.h"
#include "net/socket_file.h"
#include "net/sockopt.h"
#include "net/url.h"

struct socket_options {
	uint32_t backlog;	  /* listeners; 0: SOMAXCONN */
	bool keepalive;		  /* TCP: probe idle peers */
	uint64_t user_timeout_ns; /* TCP: give up on unacknowledged data; 0: the kernel's */
	const struct socket_rights *rights; /* of UNIX socket files; NULL: SOCKET_MODE_STANDARD */
	const struct sockopt_list *extras;  /* set last, so that they win; NULL: none */
};

/* What a listener is bound to. */
struct listening {
	struct address address; /* with the real port */
	dev_t device;		/* the UNIX socket file that is ours, inode 0: none */
	ino_t inode;
};

/*
 * Listen at an address with count sockets, one a thread: SO_REUSEPORT siblings for TCP and UDP,
 * duplicates of one socket for UNIX. Datagram sockets are bound only. A bind that fails with
 * EADDRINUSE is tried again for half a second, because the port of an io_uring process that has
 * just ended stays bound for some milliseconds. A UNIX socket file of ours that nobody serves is
 * replaced.
 * Errors: those of socket(), bind() and listen(), with a sentence that names the address; then no
 * descriptor is open.
 */
int socket_listen(enum transport transport, const struct address *address,
		  const struct socket_options *options, uint32_t count, int *ret_fds,
		  struct listening *ret_listening, struct error *ret_error);

/* Could a socket listen at that internet address, as far as can be told without its port? One of
 * any port is bound there for a moment. Errors: as socket_listen(). */
int socket_try(enum transport transport, const struct address *address,
	       const struct socket_options *options, struct error *ret_error);

/*
 * Make of a bound socket that somebody else has opened what socket_listen() makes: count duplicates
 * of it, and the options that a socket can still be given once it is bound. Connected transports
 * have to listen already. Its file is its maker's, and stays. The caller keeps fd.
 * Errors: those of setsockopt() and dup(), with a sentence; then no descriptor is open.
 */
int socket_adopt(int fd, enum transport transport, const struct socket_options *options,
		 uint32_t count, int *ret_fds, struct listening *ret_listening,
		 struct error *ret_error);

/* Which transport does a socket serve that has been bound? Errors: ENOTSOCK, EPROTOTYPE (a kind
 * that is not served), EINVAL (it does not listen, or has no address). */
int socket_transport(int fd, enum transport *ret_transport);

/* Remove the UNIX socket file of a listener, if it is still the one that was made for it. */
void socket_unlink(const struct listening *listening);

/*
 * A socket that can be connected to address. UNIX datagram sockets get a name (an abstract one of
 * the kernel's choice), so that they can be answered. Errors: those of socket() and bind().
 */
int socket_client(enum transport transport, const struct address *address,
		  const struct socket_options *options, int *ret_fd, struct error *ret_error);

#endif
