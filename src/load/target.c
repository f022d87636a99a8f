#include "target.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "net/own_address.h"
#include "net/socket.h"
#include "trip_protocol.h"

#define SERVICE_STANDARD "echo"

/* "[" and 24 characters of ctime() and "] ". */
#define STAMPED_PREFIX 27

/* What a client has to know of the services. Where answers cannot be measured, why: printed after
 * the service's name. */
struct service_row {
	const char *name;
	enum answers answers;
	uint32_t prefix;
	const struct trip_protocol *protocol;
	const char *port;	   /* the standard one; NULL: it has to be told */
	const char *fault_stream;  /* NULL: none */
	const char *fault_message; /* datagrams and records */
};

static const char speaks_first[] =
	"speaks when a connection opens, not when it is asked; udp:// can be measured";

/* The first one is meant without a name. */
static const struct service_row services[] = {
	{ .name = SERVICE_STANDARD, .answers = ANSWERS_EQUAL },
	{ .name = "ctime", .answers = ANSWERS_OTHER },
	{ .name = "stamped", .answers = ANSWERS_EQUAL, .prefix = STAMPED_PREFIX },
	{ .name = "greeting", .answers = ANSWERS_OTHER },
	{ .name = "daytime", .answers = ANSWERS_OTHER, .fault_stream = speaks_first },
	{ .name = "time", .answers = ANSWERS_OTHER, .fault_stream = speaks_first },
	{ .name = "discard", .answers = ANSWERS_NONE },
	{ .name = "chargen",
	  .answers = ANSWERS_ENDLESS,
	  .fault_message = "speaks on streams alone" },
	{ .name = "stamp", .answers = ANSWERS_TIMES, .protocol = &stamp_protocol, .port = "862" },
	{ .name = "irtt",
	  .answers = ANSWERS_TIMES,
	  .protocol = &irtt_protocol,
	  .port = "2112",
	  .fault_stream = "has datagrams; irtt+udp:// can be measured" },
};

const char *target_service(const struct target *target)
{
	return target->url.service[0] ? target->url.service : SERVICE_STANDARD;
}

static const struct service_row *service_row(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(services); i++)
		if (strlen(services[i].name) == length &&
		    memcmp(services[i].name, name, length) == 0)
			return &services[i];
	return NULL;
}

static int unknown_service(const char *text, size_t length, struct error *ret_error)
{
	char names[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
					 used > 0 ? ", " : "", services[i].name);
		assert(used < sizeof(names));
	}
	return error_set(ret_error, -EINVAL,
			 "'%s': there is no service '%.*s' to measure; it can be one of %s", text,
			 (int)length, text, names);
}

int target_parse(const char *text, struct target *ret_target, struct error *ret_error)
{
	size_t length = strcspn(text, "+:/");
	bool named = text[length] == '+';
	const struct service_row *row = named ? service_row(text, length) : services;
	struct target target = { 0 };
	const char *fault;
	int error;

	if (!row)
		return unknown_service(text, length, ret_error);
	error = url_parse(text, row->port, &target.url, ret_error);
	if (error)
		return error;
	fault = transports[target.url.transport].stream ? row->fault_stream : row->fault_message;
	if (fault)
		return error_set(ret_error, -EINVAL, "'%s': %s %s", text, row->name, fault);
	target.answers = row->answers;
	target.prefix = row->prefix;
	target.protocol = row->protocol;
	*ret_target = target;
	return 0;
}

bool target_answers(const struct target *target)
{
	return target->answers == ANSWERS_EQUAL || target->answers == ANSWERS_OTHER ||
	       target->answers == ANSWERS_TIMES;
}

/* The outcome of a connect() that has begun: 0 or a negative errno. */
static int connect_outcome(int fd, uint64_t timeout_ns)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	socklen_t length = sizeof(int);
	int ready, outcome;

	do
		ready = poll(&poller, 1, (int)(timeout_ns / NS_PER_MS));
	while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	if (ready == 0)
		return -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &outcome, &length) < 0)
		return -errno;
	return -outcome;
}

static int try_address(enum transport transport, const struct address *address, uint64_t timeout_ns,
		       struct error *ret_error)
{
	const struct socket_options options = { 0 };
	int fd, error;

	error = socket_client(transport, address, &options, &fd, ret_error);
	if (error)
		return error;
	error = connect(fd, &address->any, address->length) < 0 ? -errno : 0;
	if (error == -EINPROGRESS)
		error = connect_outcome(fd, timeout_ns);
	(void)close(fd);
	if (error)
		(void)error_set(ret_error, error, "cannot connect to %s: %s",
				address_format(&address->any, address->length).text,
				strerror(-error));
	return error;
}

/* "localhost" is [::1] and 127.0.0.1, and a server may listen at one of them alone. Where there is
 * no choice nothing is tried, so that the server sees only the connections of the load. */
static int choose_address(struct target *target, const struct address_list *list,
			  uint64_t timeout_ns, struct error *ret_error)
{
	bool asks = list->count > 1 && transports[target->url.transport].connected;
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct address *address = &list->addresses[i];

		error = asks ? try_address(target->url.transport, address, timeout_ns, ret_error)
			     : 0;
		if (error)
			continue;
		target->address = *address;
		return 0;
	}
	return error;
}

int target_resolve(struct target *target, uint64_t timeout_ns, struct error *ret_error)
{
	struct address_list list;
	int error = address_resolve(&target->url, ADDRESS_TO_CONNECT, &list, ret_error);

	if (error)
		return error;
	return choose_address(target, &list, timeout_ns, ret_error);
}

int target_try_socket(const struct target *target, const struct sockopt_list *sockopts,
		      struct error *ret_error)
{
	const struct socket_options options = { .extras = sockopts };
	int fd;
	int error = socket_client(target->url.transport, &target->address, &options, &fd,
				  ret_error);

	if (!error)
		(void)close(fd);
	return error;
}

bool target_is_here(const struct target *target)
{
	return transports[target->url.transport].local || address_is_own(&target->address);
}

struct url_text target_text(const struct target *target)
{
	struct url url = target->url;

	(void)snprintf(url.service, sizeof(url.service), "%s", target_service(target));
	return url_format(&url, &target->address.any, target->address.length);
}
