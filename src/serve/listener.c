#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "times.h"

/* What stands in place of a transport where a socket was passed. */
#define PASSED_MARK "fd:"

static int no_such_service(const char *text, int length, struct error *ret_error)
{
	char names[128];
	size_t used = 0;

	for (const struct service *const *service = services; *service; service++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
					 service == services ? "" : ", ", (*service)->name);
	if (text[length] != '+')
		return error_set(
			ret_error, -EINVAL,
			"'%s' names no service, as echo+tcp://127.0.0.1:7777 does; there are %s",
			text, names);
	return error_set(ret_error, -EINVAL, "'%s': no service is called '%.*s'; there are %s",
			 text, length, text, names);
}

static int no_such_transport(const char *text, const struct service *service,
			     struct error *ret_error)
{
	const char *before = "";
	char names[64];
	size_t used = 0;

	for (int i = 0; i < TRANSPORT_COUNT; i++) {
		if (!(service->transports & service_transport_of((enum transport)i)))
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", before,
					 transports[i].name);
		before = ", ";
	}
	return error_set(ret_error, -EINVAL, "'%s': %s is for these transports only: %s", text,
			 service->name, names);
}

int listener_parse(const char *text, struct listener *listener, const char **ret_passed,
		   struct error *ret_error)
{
	int length = (int)strcspn(text, "+:/");
	const struct service *service = NULL;
	char port[8];
	int error;

	if (text[length] == '+')
		service = service_find(text, (size_t)length);
	if (!service)
		return no_such_service(text, length, ret_error);
	listener->service = service;
	*ret_passed = strncmp(text + length + 1, PASSED_MARK, strlen(PASSED_MARK)) == 0
			      ? text + length + 1 + strlen(PASSED_MARK)
			      : NULL;
	if (*ret_passed)
		return 0;
	(void)snprintf(port, sizeof(port), "%u", service->port);
	error = url_parse(text, service->port ? port : NULL, &listener->url, ret_error);
	if (error)
		return error;
	if (!(service->transports & service_transport_of(listener->url.transport)))
		return no_such_transport(text, service, ret_error);
	return 0;
}

static struct socket_options socket_options_of(const struct serve_options *options,
					       const struct socket_rights *rights)
{
	return (struct socket_options){
		.backlog = options->backlog,
		.keepalive = true,
		.user_timeout_ns = options->send_timeout_ns,
		.rights = rights,
		.extras = &options->sockopts,
	};
}

/* Bind one socket a thread. */
static int bind_all(const struct serve_options *options, const struct socket_rights *rights,
		    struct listener *listener, const struct address *address,
		    struct error *ret_error)
{
	const struct socket_options sockets = socket_options_of(options, rights);
	int error = socket_listen(listener->url.transport, address, &sockets, options->threads,
				  listener->fds, &listener->bound, ret_error);

	if (error)
		return error;
	listener->text = url_format(&listener->url, &listener->bound.address.any,
				    listener->bound.address.length);
	return 0;
}

static bool is_same(const struct address *one, const struct address *other)
{
	return one->length == other->length && memcmp(&one->any, &other->any, one->length) == 0;
}

static bool may_clash(const struct listener *listener, enum transport transport,
		      const struct address *address)
{
	const struct address *bound = &listener->bound.address;

	if (transports[transport].local)
		return transports[listener->url.transport].local && is_same(bound, address);
	return listener->url.transport == transport &&
	       address_port(&bound->any) == address_port(&address->any) &&
	       (address_is_any(&bound->any) || address_is_any(&address->any) ||
		is_same(bound, address));
}

static int has_address(const struct listener *listener, enum transport transport,
		       const struct address *address, struct error *ret_error)
{
	return error_set(ret_error, -EADDRINUSE, "cannot listen at %s: %s has that address",
			 address_url(transport, &address->any, address->length).text,
			 listener->text.text);
}

void listeners_blame(const struct listener_list *list, enum transport transport,
		     const struct address *address, struct error *ret_error)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (!may_clash(&list->items[i], transport, address))
			continue;
		(void)has_address(&list->items[i], transport, address, ret_error);
		return;
	}
}

int listeners_check_address(const struct listener_list *list, enum transport transport,
			    const struct address *address, struct error *ret_error)
{
	if (!transports[transport].local && address_port(&address->any) == 0)
		return 0;
	for (uint32_t i = 0; i < list->count; i++)
		if (is_same(&list->items[i].bound.address, address) &&
		    may_clash(&list->items[i], transport, address))
			return has_address(&list->items[i], transport, address, ret_error);
	return 0;
}

static int check_room(const struct listener_list *list, struct error *ret_error)
{
	if (list->count < LISTENER_MAX)
		return 0;
	return error_set(ret_error, -EINVAL, "too many listeners (%d at most)", LISTENER_MAX);
}

/* A new listener at the end of the list, not counted yet. */
static int make(struct listener_list *list, const struct serve_options *options,
		const struct listener *model, struct error *ret_error)
{
	struct listener *listener = &list->items[list->count];
	int error = check_room(list, ret_error);

	if (error)
		return error;
	*listener = *model;
	listener->fds = calloc(options->threads, sizeof(*listener->fds));
	return listener->fds ? 0 : error_set(ret_error, -ENOMEM, "out of memory");
}

/* Add a listener for one of the addresses of model's URL. */
static int add(struct listener_list *list, const struct serve_options *options,
	       const struct listener *model, const struct address *address, struct error *ret_error)
{
	struct listener *listener = &list->items[list->count];
	int error = make(list, options, model, ret_error);

	if (error)
		return error;
	error = bind_all(options, &list->rights, listener, address, ret_error);
	if (error == -EADDRINUSE)
		listeners_blame(list, model->url.transport, address, ret_error);
	if (error)
		free(listener->fds);
	else
		list->count++;
	return error;
}

/* The same without a socket that stays open, and so without the kernel's word on whether the port
 * is free: but not two of ours can have it. */
static int add_tried(struct listener_list *list, const struct serve_options *options,
		     const struct listener *model, const struct address *address,
		     struct error *ret_error)
{
	const struct socket_options sockets = socket_options_of(options, NULL);
	struct listener *listener = &list->items[list->count];
	enum transport transport = model->url.transport;
	int error = check_room(list, ret_error);

	if (!error)
		error = listeners_check_address(list, transport, address, ret_error);
	if (!error && !transports[transport].local)
		error = socket_try(transport, address, &sockets, ret_error);
	if (error)
		return error;
	*listener = *model;
	listener->bound.address = *address;
	listener->text = url_format(&listener->url, &address->any, address->length);
	list->count++;
	return 0;
}

static bool not_on_this_host(int error)
{
	return error == -EADDRNOTAVAIL || error == -EAFNOSUPPORT;
}

/* Of each address of the URL that this host has one listener. With port 0 all get the port that the
 * first one got. */
static int add_all(struct listener_list *list, const struct serve_options *options,
		   const struct listener *model,
		   int (*add_one)(struct listener_list *list, const struct serve_options *options,
				  const struct listener *model, const struct address *address,
				  struct error *ret_error),
		   struct error *ret_error)
{
	struct address_list addresses;
	uint32_t first = list->count;
	int error = address_resolve(&model->url, ADDRESS_TO_LISTEN, &addresses, ret_error);

	if (error)
		return error;
	for (uint32_t i = 0; i < addresses.count; i++) {
		struct address *address = &addresses.addresses[i];

		if (list->count > first)
			address_set_port(address,
					 address_port(&list->items[first].bound.address.any));
		error = add_one(list, options, model, address, ret_error);
		if (error && !not_on_this_host(error))
			return error;
	}
	return list->count > first ? 0 : error;
}

int listener_try(struct listener_list *list, const struct serve_options *options,
		 const struct listener *model, struct error *ret_error)
{
	return add_all(list, options, model, add_tried, ret_error);
}

static int passed_misfit(const char *text, const struct passed_socket *socket, int error,
			 struct error *ret_error)
{
	const char *reason = error == -ENOTSOCK	    ? "is no socket"
			     : error == -EPROTOTYPE ? "is a kind of socket that is not served"
			     : error == -EINVAL	    ? "does not listen"
						    : strerror(-error);

	return error_set(ret_error, error, "'%s': what was passed as %d %s", text, socket->fd,
			 reason);
}

static int add_passed(struct listener_list *list, const struct serve_options *options,
		      const char *text, const struct listener *model, struct passed_socket *passed,
		      struct error *ret_error)
{
	const struct socket_options sockets = socket_options_of(options, NULL);
	struct listener *listener = &list->items[list->count];
	enum transport transport = TRANSPORT_TCP;
	int error = socket_transport(passed->fd, &transport);

	if (error)
		return passed_misfit(text, passed, error, ret_error);
	if (!(model->service->transports & service_transport_of(transport)))
		return no_such_transport(text, model->service, ret_error);
	error = make(list, options, model, ret_error);
	if (error)
		return error;
	listener->passed = passed->used = true;
	listener->url.transport = transport;
	(void)snprintf(listener->url.service, sizeof(listener->url.service), "%s",
		       model->service->name);
	error = socket_adopt(passed->fd, transport, &sockets, options->threads, listener->fds,
			     &listener->bound, ret_error);
	if (error) {
		free(listener->fds);
		return error;
	}
	listener->text = url_format(&listener->url, &listener->bound.address.any,
				    listener->bound.address.length);
	list->count++;
	return 0;
}

/* All sockets of that name. */
static int open_passed(struct listener_list *list, const struct serve_options *options,
		       const char *text, const struct listener *model, const char *name,
		       struct error *ret_error)
{
	struct passed *passed = &list->passed;
	uint32_t first = list->count;
	int error = 0;

	for (uint32_t i = 0; i < passed->count && !error; i++) {
		if (!passed_is(passed, i, name))
			continue;
		if (passed->items[i].used)
			return error_set(ret_error, -EINVAL,
					 "'%s': another listener has the socket that was passed as "
					 "%d",
					 text, passed->items[i].fd);
		error = add_passed(list, options, text, model, &passed->items[i], ret_error);
	}
	if (error || list->count > first)
		return error;
	return error_set(
		ret_error, -EINVAL,
		"'%s': no socket of that name or number was passed (LISTEN_FDS); those that "
		"were: %s",
		text, passed_list(passed, false).text);
}

static int open_url(struct listener_list *list, const struct serve_options *options,
		    const char *text, struct error *ret_error)
{
	struct listener model = { 0 };
	const char *passed = NULL;
	int error = listener_parse(text, &model, &passed, ret_error);

	if (error)
		return error;
	if (passed)
		return open_passed(list, options, text, &model, passed, ret_error);
	return add_all(list, options, &model, add, ret_error);
}

bool listener_is_shared(const struct listener *listener)
{
	return listener->passed || transports[listener->url.transport].local;
}

uint32_t listeners_transports(const struct listener_list *list)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < list->count; i++)
		used |= 1u << list->items[i].url.transport;
	return used;
}

bool listeners_have_files(const struct listener_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->items[i].bound.inode)
			return true;
	return false;
}

static int check_sockopts(const struct listener_list *list, const struct serve_options *options,
			  struct error *ret_error)
{
	return sockopt_check(&options->sockopts, listeners_transports(list), ret_error);
}

/* Of UNIX socket files: what --unix-mode says; they belong to owner, unless that is uid 0. */
static struct socket_rights rights_of(const struct serve_options *options, const struct user *owner)
{
	bool other = owner->uid != 0;

	return (struct socket_rights){ .mode = options->unix_mode,
				       .uid = other ? owner->uid : (uid_t)-1,
				       .gid = other ? owner->gid : (gid_t)-1 };
}

int listeners_open(const struct serve_options *options, const struct user *owner,
		   struct listener_list *ret_list, struct error *ret_error)
{
	int error;

	ret_list->count = 0;
	ret_list->rights = rights_of(options, owner);
	ret_list->thread_count = options->threads;
	error = passed_take(&ret_list->passed, ret_error);
	for (uint32_t i = 0; i < options->urls.count && !error; i++)
		error = open_url(ret_list, options, options->urls.items[i], ret_error);
	if (!error)
		error = passed_check_used(&ret_list->passed, ret_error);
	return error ? error : check_sockopts(ret_list, options, ret_error);
}

int listener_take(struct listener *listener, uint32_t thread)
{
	int fd = listener->fds[thread];

	listener->fds[thread] = -1;
	return fd;
}

void listeners_close(struct listener_list *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		struct listener *listener = &list->items[i];

		for (uint32_t thread = 0; thread < list->thread_count; thread++)
			if (listener->fds[thread] >= 0)
				(void)close(listener->fds[thread]);
		free(listener->fds);
		socket_unlink(&listener->bound);
	}
	list->count = 0;
	passed_close(&list->passed);
}
