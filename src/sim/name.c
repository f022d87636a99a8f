#include "name.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "option.h"
#include "path.h"
#include "world.h"

#define BUCKETS 512u
#define EPHEMERAL_FIRST 32768u
#define EPHEMERAL_COUNT 28232u
#define UNIX_LENGTH_MIN ((socklen_t)offsetof(struct sockaddr_un, sun_path))
#define AUTOBIND_TRIES 1000

static struct {
	struct sim_socket *buckets[BUCKETS];
} names;

void sim_names_open(void)
{
	memset(&names, 0, sizeof(names));
}

static uint32_t hash_bytes(const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ at[i]) * 16777619u;
	return hash;
}

uint16_t socket_name_port(const struct socket_name *name)
{
	if (name->length == 0 || name->any.sa_family == AF_UNIX)
		return 0;
	return ntohs(name->any.sa_family == AF_INET ? name->inet.sin_port : name->inet6.sin6_port);
}

static void port_set(struct socket_name *name, uint16_t port)
{
	if (name->any.sa_family == AF_INET)
		name->inet.sin_port = htons(port);
	else
		name->inet6.sin6_port = htons(port);
}

static struct sim_socket **bucket_of(int type, const struct socket_name *name)
{
	uint32_t hash = name->any.sa_family == AF_UNIX
				? hash_bytes(name->local.sun_path, name->length - UNIX_LENGTH_MIN)
				: socket_name_port(name) * 2654435761u >> 8;

	return &names.buckets[(hash + (uint32_t)type * 131u) % BUCKETS];
}

struct socket_name socket_name_as(const struct socket_name *name, int domain)
{
	struct socket_name other = { .length = 0 };

	if (domain == AF_INET && name->any.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(&name->inet6.sin6_addr)) {
		other.inet = (struct sockaddr_in){ .sin_family = AF_INET,
						   .sin_port = name->inet6.sin6_port };
		memcpy(&other.inet.sin_addr, &name->inet6.sin6_addr.s6_addr[12], 4);
		other.length = sizeof(other.inet);
		return other;
	}
	if (domain == AF_INET6 && name->any.sa_family == AF_INET) {
		other.inet6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
						     .sin6_port = name->inet.sin_port };
		other.inet6.sin6_addr.s6_addr[10] = other.inet6.sin6_addr.s6_addr[11] = 0xff;
		memcpy(&other.inet6.sin6_addr.s6_addr[12], &name->inet.sin_addr, 4);
		other.length = sizeof(other.inet6);
		return other;
	}
	return *name;
}

static bool is_path(const struct socket_name *name)
{
	return name->any.sa_family == AF_UNIX && name->length > UNIX_LENGTH_MIN &&
	       name->local.sun_path[0] != '\0';
}

int socket_name_missing(const struct socket_name *name)
{
	struct stat status;

	if (is_path(name) && sim_path_status(name->local.sun_path, &status) < 0)
		return -ENOENT;
	return -ECONNREFUSED;
}

static bool address_equal(const struct socket_name *a, const struct socket_name *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->inet.sin_addr.s_addr == b->inet.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a->inet6.sin6_addr, &b->inet6.sin6_addr);
}

bool socket_name_equal(const struct socket_name *a, const struct socket_name *b)
{
	if (a->length == 0 || b->length == 0)
		return a->length == b->length;
	if (a->any.sa_family == AF_UNIX)
		return a->length == b->length && memcmp(&a->local, &b->local, a->length) == 0;
	return address_equal(a, b) && socket_name_port(a) == socket_name_port(b);
}

static bool is_wildcard(const struct socket_name *name)
{
	if (name->any.sa_family == AF_INET)
		return name->inet.sin_addr.s_addr == htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(&name->inet6.sin6_addr);
}

int socket_name_read(const struct sim_socket *socket, const struct sockaddr *name, socklen_t length,
		     struct socket_name *ret_name)
{
	static const socklen_t shortest[] = {
		[AF_UNIX] = UNIX_LENGTH_MIN, [AF_INET] = sizeof(struct sockaddr_in), [AF_INET6] = 24
	}; /* without a scope */
	socklen_t longest = socket_is_unix(socket) ? sizeof(struct sockaddr_un) : length;
	struct socket_name read = { .length = length };

	if (length < shortest[socket->domain] || length > longest)
		return -EINVAL;
	if (name->sa_family != socket->domain)
		return socket_is_unix(socket) ? -EINVAL : -EAFNOSUPPORT;
	if (length > sizeof(read.local))
		length = sizeof(read.local);
	memcpy(&read.any, name, length);
	if (socket_is_unix(socket) && length > UNIX_LENGTH_MIN && read.local.sun_path[0] != '\0')
		read.length = UNIX_LENGTH_MIN + 1 +
			      (socklen_t)strnlen(read.local.sun_path, length - UNIX_LENGTH_MIN);
	else if (!socket_is_unix(socket))
		read.length = socket->domain == AF_INET ? sizeof(read.inet) : sizeof(read.inet6);
	if (socket->domain == AF_INET)
		memset(read.inet.sin_zero, 0, sizeof(read.inet.sin_zero));
	*ret_name = read;
	return 0;
}

void socket_name_tell(const struct socket_name *name, sa_family_t family, struct sockaddr *ret_name,
		      socklen_t *length)
{
	struct socket_name unnamed = { .any.sa_family = family, .length = sizeof(sa_family_t) };

	if (family == AF_INET || family == AF_INET6)
		unnamed.length = family == AF_INET ? sizeof(unnamed.inet) : sizeof(unnamed.inet6);
	if (name->length == 0)
		name = &unnamed;
	memcpy(ret_name, &name->any, *length < name->length ? *length : name->length);
	*length = name->length;
}

static bool shares(const struct sim_socket *a, const struct sim_socket *b)
{
	bool address = option_value(a, OPTION_REUSEADDR) && option_value(b, OPTION_REUSEADDR);

	if (option_value(a, OPTION_REUSEPORT) && option_value(b, OPTION_REUSEPORT))
		return true;
	return address && (a->type == SOCK_DGRAM || b->state != SOCKET_LISTENING);
}

/* Could something be meant for both? */
static bool overlap(const struct sim_socket *a, const struct socket_name *name,
		    const struct sim_socket *b)
{
	const struct sim_socket *six = a->domain == AF_INET6 ? a : b;

	if (a->domain != b->domain) {
		const struct socket_name *its = six == a ? name : &b->name;

		if (is_wildcard(its))
			return !option_value(six, OPTION_V6ONLY);
		return false;
	}
	return is_wildcard(name) || is_wildcard(&b->name) || address_equal(name, &b->name);
}

static bool is_taken(const struct sim_socket *socket, const struct socket_name *name)
{
	const struct sim_socket *at = *bucket_of(socket->type, name);

	for (; at; at = at->bound_next) {
		if (at == socket || at->type != socket->type)
			continue;
		if (socket_is_unix(socket) != socket_is_unix(at))
			continue;
		if (socket_is_unix(socket)) {
			if (!is_path(name) && socket_name_equal(name, &at->name))
				return true;
			continue;
		}
		if (socket_name_port(name) == socket_name_port(&at->name) &&
		    overlap(socket, name, at) && !shares(socket, at))
			return true;
	}
	return false;
}

static void enlist(struct sim_socket *socket, const struct socket_name *name)
{
	struct sim_socket **bucket = bucket_of(socket->type, name);

	socket->name = *name;
	socket->bound_next = *bucket;
	socket->bound_before = bucket;
	if (*bucket)
		(*bucket)->bound_before = &socket->bound_next;
	*bucket = socket;
}

int socket_name_may_listen(const struct sim_socket *socket)
{
	return !socket_is_unix(socket) && is_taken(socket, &socket->name) ? -EADDRINUSE : 0;
}

void socket_name_drop(struct sim_socket *socket)
{
	if (!socket->bound_before)
		return;
	*socket->bound_before = socket->bound_next;
	if (socket->bound_next)
		socket->bound_next->bound_before = socket->bound_before;
	socket->bound_before = NULL;
}

static int choose_port(const struct sim_socket *socket, struct socket_name *name)
{
	uint32_t first = world_below(EPHEMERAL_COUNT);

	for (uint32_t i = 0; i < EPHEMERAL_COUNT; i++) {
		port_set(name, (uint16_t)(EPHEMERAL_FIRST + (first + i) % EPHEMERAL_COUNT));
		if (!is_taken(socket, name))
			return 0;
	}
	return -EADDRINUSE;
}

static int choose_local(const struct sim_socket *socket, struct socket_name *name)
{
	for (int i = 0; i < AUTOBIND_TRIES; i++) {
		char digits[8];

		(void)snprintf(digits, sizeof(digits), "%05x", world_below(1u << 20));
		*name = (struct socket_name){ .local.sun_family = AF_UNIX,
					      .length = UNIX_LENGTH_MIN + 6 };
		memcpy(name->local.sun_path + 1, digits, 5);
		if (!is_taken(socket, name))
			return 0;
	}
	return -ENOSPC;
}

/* 127/8, ::1, and what documentation uses: 192.0.2/24 and 2001:db8::/32. Peers have any. */
static bool is_ours(const struct sim_socket *socket, const struct socket_name *name)
{
	const struct socket_name plain = socket_name_as(name, AF_INET);
	const struct in6_addr *six = &plain.inet6.sin6_addr;
	uint32_t four = ntohl(plain.inet.sin_addr.s_addr);

	if (socket->peer || is_wildcard(name))
		return true;
	if (plain.any.sa_family == AF_INET)
		return four >> 24 == 127 || four >> 8 == 0xc00002;
	return IN6_IS_ADDR_LOOPBACK(six) || ntohl(six->s6_addr32[0]) == 0x20010db8;
}

int socket_name_take(struct sim_socket *socket, const struct socket_name *name)
{
	struct socket_name taken = *name;
	bool is_unix = socket_is_unix(socket);
	int error = 0;

	if (socket->bound_before)
		return -EINVAL;
	if (!is_unix && !is_ours(socket, name))
		return -EADDRNOTAVAIL;
	if (is_unix && name->length <= UNIX_LENGTH_MIN)
		error = choose_local(socket, &taken);
	else if (!is_unix && socket_name_port(name) == 0)
		error = choose_port(socket, &taken);
	else if (is_taken(socket, name))
		error = -EADDRINUSE;
	if (!error && is_path(&taken))
		error = sim_path_make(taken.local.sun_path);
	if (!error)
		enlist(socket, &taken);
	return error;
}

struct socket_name socket_name_meant(const struct socket_name *to)
{
	struct socket_name meant = *to;

	if (to->any.sa_family == AF_INET && is_wildcard(to))
		meant.inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (to->any.sa_family == AF_INET6 && is_wildcard(to))
		meant.inet6.sin6_addr = in6addr_loopback;
	return meant;
}

/* The address that routing would choose to reach another. */
static struct socket_name source_of(const struct sim_socket *socket, const struct socket_name *to)
{
	struct socket_name plain = socket_name_as(to, AF_INET);
	struct socket_name source = plain;

	if (plain.any.sa_family == AF_INET && ntohl(plain.inet.sin_addr.s_addr) >> 24 == 127)
		source.inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	port_set(&source, 0);
	return socket_name_as(&source, socket->domain);
}

struct socket_name socket_name_source(const struct sim_socket *socket, const struct socket_name *to)
{
	struct socket_name source;

	if (!is_wildcard(&socket->name))
		return socket->name;
	source = source_of(socket, to);
	port_set(&source, socket_name_port(&socket->name));
	return source;
}

int socket_name_ensure(struct sim_socket *socket, const struct socket_name *to)
{
	struct socket_name source, any = { .any.sa_family = (sa_family_t)socket->domain };
	uint16_t port;

	if (socket_is_unix(socket))
		return 0;
	any.length = socket->domain == AF_INET ? sizeof(any.inet) : sizeof(any.inet6);
	if (!to)
		return socket->bound_before ? 0 : socket_name_take(socket, &any);
	source = source_of(socket, to);
	if (!socket->bound_before)
		return socket_name_take(socket, &source);
	if (!is_wildcard(&socket->name))
		return 0;
	port = socket_name_port(&socket->name);
	socket->name = source;
	port_set(&socket->name, port);
	return 0;
}

/* How well a socket fits what is sent to a name: 0 not at all. */
static uint32_t fit(const struct sim_socket *socket, const struct socket_name *to,
		    const struct socket_name *from)
{
	const struct socket_name own = socket_name_as(&socket->name, AF_INET);
	uint32_t score = 1;

	if (socket_name_port(&socket->name) != socket_name_port(to))
		return 0;
	if (is_wildcard(&own)) {
		if (own.any.sa_family != to->any.sa_family &&
		    (own.any.sa_family == AF_INET || option_value(socket, OPTION_V6ONLY)))
			return 0;
		score += own.any.sa_family == to->any.sa_family;
	} else if (!address_equal(&own, to)) {
		return 0;
	} else {
		score += 4;
	}
	if (socket->type == SOCK_DGRAM && socket->remote.length > 0) {
		const struct socket_name remote = socket_name_as(&socket->remote, AF_INET);

		if (!socket_name_equal(&remote, from))
			return 0;
		score += 8;
	}
	return score;
}

struct search {
	int type;
	bool listening;
	struct socket_name to, from;
};

static bool is_candidate(const struct sim_socket *socket, const struct search *search)
{
	return socket->type == search->type && !socket_is_unix(socket) &&
	       (!search->listening || socket->state == SOCKET_LISTENING);
}

/* The best one; of a group with SO_REUSEPORT the one that the addresses fall to. */
static struct sim_socket *find(const struct search *search)
{
	struct sim_socket *best = NULL, *at = *bucket_of(search->type, &search->to);
	uint32_t best_score = 0, group = 0, wanted;
	struct sim_socket *first = at;

	for (; at; at = at->bound_next) {
		uint32_t score = is_candidate(at, search) ? fit(at, &search->to, &search->from) : 0;

		if (score > best_score) {
			best = at;
			best_score = score;
			group = 0;
		}
		if (score > 0 && score == best_score && option_value(at, OPTION_REUSEPORT))
			group++;
	}
	if (group <= 1)
		return best;
	wanted = hash_bytes(&search->from.any, sizeof(struct sockaddr_in)) ^
		 hash_bytes(&search->to.any, sizeof(struct sockaddr_in));
	wanted = (wanted ^ wanted >> 15) % group;
	for (at = first; at; at = at->bound_next)
		if (is_candidate(at, search) && option_value(at, OPTION_REUSEPORT) &&
		    fit(at, &search->to, &search->from) == best_score && wanted-- == 0)
			return at;
	return best;
}

static struct sim_socket *find_local(int type, const struct socket_name *to)
{
	struct sim_socket *at = *bucket_of(type, to);

	struct stat status;

	/* Without its file it cannot be reached any more. */
	if (is_path(to) && sim_path_status(to->local.sun_path, &status) < 0)
		return NULL;
	while (at && !(at->type == type && socket_is_unix(at) && socket_name_equal(&at->name, to)))
		at = at->bound_next;
	return at;
}

struct sim_socket *socket_find_listener(const struct sim_socket *client,
					const struct socket_name *to)
{
	struct search search = { .type = client->type, .listening = true };

	if (socket_is_unix(client))
		return find_local(client->type, to);
	search.to = socket_name_as(to, AF_INET);
	search.from = socket_name_as(&client->name, AF_INET);
	return find(&search);
}

struct sim_socket *socket_find_receiver(int type, const struct socket_name *to,
					const struct socket_name *from)
{
	struct search search = { .type = type };

	if (to->any.sa_family == AF_UNIX)
		return find_local(type, to);
	search.to = socket_name_as(to, AF_INET);
	search.from = socket_name_as(from, AF_INET);
	return find(&search);
}
