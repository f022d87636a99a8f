/*
 * Listeners: what SERVICE+URL stands for, as bound sockets, one for each thread.
 *
 * Life of a socket:	opened here -> taken by the engine of its thread, which closes it
 */
#ifndef SERVE_LISTENER_H
#define SERVE_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/service.h>

#include "base/error.h"
#include "confine/user.h"
#include "net/socket.h"
#include "net/url.h"
#include "options.h"

#define LISTENER_MAX 256

struct listener {
	const struct service *service;
	struct url url;
	struct url_text text; /* with the real address */
	struct listening bound;
	int *fds; /* one a thread; -1: taken */
};

struct listener_list {
	uint32_t count;
	uint32_t thread_count;
	struct socket_rights rights; /* of their UNIX socket files */
	struct listener items[LISTENER_MAX];
};

/*
 * Open what the options name: a listener for each address of each URL. An address of a name with
 * several that this host does not have (localhost without IPv6) is left out. UNIX socket files will
 * belong to owner; uid 0: to who we are.
 * Errors: EINVAL and those of socket_listen(), with a sentence. Call listeners_close() also then.
 */
int listeners_open(const struct serve_options *options, const struct user *owner,
		   struct listener_list *ret_list, struct error *ret_error);

/* Close what no engine has taken, and remove our UNIX socket files. */
void listeners_close(struct listener_list *list);

/* The transports they use: bits (1 << enum transport). */
uint32_t listeners_transports(const struct listener_list *list);

/* Has any of them a UNIX socket file? */
bool listeners_have_files(const struct listener_list *list);

/* The socket for a thread's engine, which closes it from now on. */
int listener_take(struct listener *listener, uint32_t thread);

#endif
