/*
 * Listeners: what SERVICE+URL stands for, as bound sockets, one for each thread; and
 * SERVICE+fd:NAME, a socket that was passed to us (passed.h), which all threads share.
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
#include "passed.h"

#define LISTENER_MAX 256

struct listener {
	const struct service *service;
	struct url url;
	struct url_text text; /* with the real address */
	struct listening bound;
	bool passed;
	int *fds; /* one a thread; -1: taken */
};

struct listener_list {
	uint32_t count;
	uint32_t thread_count;
	struct socket_rights rights; /* of their UNIX socket files */
	struct listener items[LISTENER_MAX];
	struct passed passed;
};

/*
 * Open what the options name: a listener for each address of each URL, and for each socket that was
 * passed, all of which have to be named. An address of a name with several that this host does not
 * have (localhost without IPv6) is left out. UNIX socket files will belong to owner; uid 0: to who
 * we are.
 * Errors: EINVAL and those of socket_listen(), with a sentence. Call listeners_close() also then.
 */
int listeners_open(const struct serve_options *options, const struct user *owner,
		   struct listener_list *ret_list, struct error *ret_error);

/*
 * What a URL says by itself, without a look at addresses or sockets. *ret_passed: it is a
 * SERVICE+fd:NAME, of which only the service is known. Errors: EINVAL, with a sentence.
 */
int listener_parse(const char *text, struct listener *ret_listener, const char **ret_passed,
		   struct error *ret_error);

/*
 * What listeners_open() would say of what listener_parse() has read: are there such addresses, has
 * this host one of them, and no other listener? Nothing stays open, and whether ports are free is
 * not told. Those there would be are put on the list, without sockets. Errors: as listeners_open().
 */
int listener_try(struct listener_list *list, const struct serve_options *options,
		 const struct listener *model, struct error *ret_error);

/* Has one of them this very address? Errors: EADDRINUSE, with a sentence. */
int listeners_check_address(const struct listener_list *list, enum transport transport,
			    const struct address *address, struct error *ret_error);

/* An address is in use: if by one of them, say so, since then it is no other program that has to be
 * looked for. */
void listeners_blame(const struct listener_list *list, enum transport transport,
		     const struct address *address, struct error *ret_error);

/* Is one socket behind the descriptors of all threads, rather than one each? */
bool listener_is_shared(const struct listener *listener);

/* Close what no engine has taken, and remove our UNIX socket files. */
void listeners_close(struct listener_list *list);

/* The transports they use: bits (1 << enum transport). */
uint32_t listeners_transports(const struct listener_list *list);

/* Has any of them a UNIX socket file? */
bool listeners_have_files(const struct listener_list *list);

/* The socket for a thread's engine, which closes it from now on. */
int listener_take(struct listener *listener, uint32_t thread);

#endif
