/* The public face of the engine: opening, sockets in, turns. */
#include <ringside/engine.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ancillary.h"
#include "backend.h"
#include "base/array.h"
#include "base/touch.h"
#include "datagram.h"
#include "hot.h"
#include "resolve.h"

const struct backend *backend_find(const char *name)
{
	static const struct backend *const backends[] = { &backend_uring, &backend_epoll };

	for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	}
	return NULL;
}

const char *backend_name(const struct backend *backend)
{
	return backend->name;
}

void engine_config_init(struct engine_config *ret_config)
{
	*ret_config = (struct engine_config){
		.connection_max = 16384,
		.batch_max = 512,
		.buffer_size = 4096,
		.buffer_count = 2048,
		.large_size = 256 * 1024,
		.large_count = 32,
		.datagram_size = 65536 + 512,
		.datagram_count = 128,
		.output_size = 16384,
		.output_count = 256,
		.queue_bytes_max = 64 * 1024,
		.backlog = 4096,
		.idle_timeout_ns = 0,
		.send_timeout_ns = 30 * NS_PER_S,
		.linger_ns = NS_PER_S,
		.spin_ns = ENGINE_SPIN_AUTO,
		.zero_copy_min = 16384,
		.min_wait_count = 8,
		.min_wait_us = 50,
		.busy_poll_us = 50,
	};
}

static int config_check(const struct engine_config *config)
{
	bool timed = ((config->listener_ancillary | config->client_ancillary) &
		      ANCILLARY_ARRIVAL) != 0;
	bool good = config->connection_max > 0 && config->batch_max > 0 &&
		    config->buffer_size > 0 && config->buffer_count > 0 &&
		    config->buffer_count <= 32768 && config->large_count <= 32768 &&
		    config->datagram_count <= 32768 && config->output_count > 0 &&
		    config->output_size > 0 &&
		    (config->datagram_count == 0 || config->datagram_size >= 1024) &&
		    (!timed || config->buffer_size >= ENGINE_STAMPED_SIZE_MIN) &&
		    (!timed || config->large_count == 0 ||
		     config->large_size >= ENGINE_STAMPED_SIZE_MIN) &&
		    (config->features.on & config->features.off) == 0;

	return good ? 0 : -EINVAL;
}

/* Everything but the kernel: memory, the wake descriptor, which features are wanted. */
static int engine_init(struct engine *engine, const struct backend *backend,
		       const struct engine_config *config)
{
	bool automatic = config->spin_ns == ENGINE_SPIN_AUTO;
	int error = config_check(config);

	if (error < 0)
		return error;
	engine->backend = backend;
	engine->config = *config;
	engine->spin = (struct spin){ .window_ns = automatic ? ENGINE_SPIN_AUTO_NS
							     : config->spin_ns,
				      .automatic = automatic };
	error = features_resolve(engine);
	if (error < 0)
		return error;
	engine->naming = departure_naming(engine);
	/* Without a ring of shared buffers every armed receive owns one. */
	if (backend == &backend_uring && !feature_on(engine, FEATURE_BUFFER_RING) &&
	    engine->config.buffer_count < config->connection_max)
		engine->config.buffer_count = config->connection_max;
	engine->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (engine->wake_fd < 0)
		return -errno;
	error = accept_spare_open(engine);
	if (error < 0)
		return error;
	engine->batch = calloc_touched(config->batch_max + BATCH_SLACK, sizeof(*engine->batch));
	if (engine->batch == NULL)
		return -ENOMEM;
	error = connections_init(engine);
	if (error == 0)
		error = buffers_init(engine, feature_on(engine, FEATURE_HUGE_PAGES));
	return error;
}

int engine_open(const struct backend *backend, const struct engine_config *config,
		struct engine **ret_engine)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int error;

	if (engine == NULL)
		return -ENOMEM;
	engine->wake_fd = engine->spare_fd = -1;
	error = engine_init(engine, backend, config);
	if (error == 0)
		error = backend->open(engine);
	if (error < 0) {
		engine_close(engine);
		return error;
	}
	engine_read_clock(engine);
	*ret_engine = engine;
	return 0;
}

const char *uring_refusal(int error)
{
	static const struct {
		int error;
		const char *reason;
	} reasons[] = {
		{ -ENOSYS, "this kernel, or a seccomp filter, has no io_uring (ENOSYS)" },
		{ -EPERM, "io_uring is forbidden here by kernel.io_uring_disabled or a seccomp "
			  "filter (EPERM)" },
		{ -EACCES, "io_uring is forbidden here (EACCES)" },
		{ -ENOMEM, "io_uring got no memory, as when RLIMIT_MEMLOCK is too small (ENOMEM)" },
		{ -EMFILE, "no file descriptor was left for io_uring (EMFILE)" },
		{ -ENFILE, "the system had no file left for io_uring (ENFILE)" },
		{ -EINVAL, "this kernel's io_uring is too old (EINVAL)" },
		{ -EOPNOTSUPP, "this kernel's io_uring lacks an operation that is needed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].error == error)
			return reasons[i].reason;
	}
	return "io_uring could not be set up";
}

int engine_open_auto(const struct engine_config *config, struct engine **ret_engine,
		     const char **ret_reason)
{
	struct engine *engine = NULL;
	int error = engine_open(&backend_uring, config, &engine);
	const char *reason = error < 0 ? uring_refusal(error) : features_lacking(engine);

	if (reason != NULL) {
		engine_close(engine);
		error = engine_open(&backend_epoll, config, &engine);
	}
	if (error < 0)
		return error;
	*ret_engine = engine;
	if (ret_reason != NULL)
		*ret_reason = reason;
	return 0;
}

void engine_close(struct engine *engine)
{
	if (engine == NULL)
		return;
	if (engine->backend != NULL && engine->connections.table != NULL)
		engine->backend->close(engine);
	accept_finish(engine);
	buffers_finish(engine);
	connections_finish(engine);
	free(engine->batch);
	if (engine->wake_fd >= 0)
		(void)close(engine->wake_fd);
	free(engine);
}

const struct backend *engine_backend(const struct engine *engine)
{
	return engine->backend;
}

const struct engine_counters *engine_counters(const struct engine *engine)
{
	return &engine->counters;
}

const struct feature_state *engine_features(const struct engine *engine)
{
	return engine->features;
}

/* Which kind of connection a socket makes. */
static int kind_of(int fd, enum connection_kind *ret_kind)
{
	static const struct {
		int type;
		enum connection_kind kind;
	} kinds[] = { { SOCK_STREAM, KIND_STREAM },
		      { SOCK_SEQPACKET, KIND_RECORD },
		      { SOCK_DGRAM, KIND_DATAGRAM } };
	int type;
	socklen_t length = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].type != type)
			continue;
		*ret_kind = kinds[i].kind;
		return 0;
	}
	return -EPROTOTYPE;
}

/* Some kernels keep their ends from a multishot receive. */
static void note_local_stream(struct engine *engine, int fd)
{
	int family;
	socklen_t length = sizeof(family);

	if (engine->ends_lost && getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) == 0 &&
	    family == AF_UNIX)
		engine->local_stream = true;
}

/* Make a slot for fd, or close it: the engine owns it either way. */
static int adopt(struct engine *engine, int fd, bool listens, struct connection **ret_connection)
{
	enum connection_kind kind = KIND_STREAM;
	enum connection_state state;
	uint32_t number;
	int error = kind_of(fd, &kind), flags;

	/* A connection that is gone again before it is accepted must not stop the thread. */
	if (error == 0 &&
	    ((flags = fcntl(fd, F_GETFL)) < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0))
		error = -errno;
	if (error == 0) {
		if (kind == KIND_STREAM)
			note_local_stream(engine, fd);
		state = !listens		? STATE_CONNECTING
			: kind == KIND_DATAGRAM ? STATE_OPEN
						: STATE_LISTENING;
		number = connection_take(engine, fd, kind, state);
		if (number != NONE) {
			*ret_connection = connection_at(engine, number);
			return 0;
		}
		error = -ENOSPC;
	}
	(void)close(fd);
	return error;
}

static void disown(struct engine *engine, struct connection *connection)
{
	(void)close(connection->fd);
	connection_move(engine, connection, STATE_CLOSING);
	connection_give(engine, connection);
}

int engine_listen(struct engine *engine, int fd, const struct listener_options *options,
		  uint16_t *ret_listener)
{
	struct connections *connections = &engine->connections;
	uint32_t ancillary = options != NULL ? options->ancillary : 0;
	struct connection *connection = NULL;
	int error;

	error = connections->listener_count == LISTENER_MAX		? -ENOSPC
		: (ancillary & ~engine->config.listener_ancillary) != 0 ? -EINVAL
									: 0;
	if (error < 0) {
		(void)close(fd);
		return error;
	}
	error = adopt(engine, fd, true, &connection);
	if (error)
		return error;
	connection->flags |= CONNECTION_LISTENER;
	connection->listener = connections->listener_count;
	connection->ancillary = (uint8_t)ancillary;
	if (options != NULL && options->talks)
		connection->flags |= CONNECTION_TALKS;
	if (options != NULL && options->shared)
		connection->flags |= CONNECTION_SHARED;
	connection->kept = options != NULL && options->kept;
	if (options != NULL)
		connections->admissions[connection->listener] = (struct admission){
			options->allowed_uids, options->allowed_uid_count
		};
	if (connection->kind == KIND_DATAGRAM)
		error = datagram_start(engine, connection, options != NULL && options->small);
	ancillary_start(connection);
	departures_start(engine, connection);
	if (error == 0)
		error = engine->backend->start(engine, connection);
	if (error < 0) {
		disown(engine, connection);
		return error;
	}
	connections->listeners[connections->listener_count++] = connection_number(engine,
										  connection);
	if (connection->kind != KIND_DATAGRAM)
		connections->accepting_count++;
	if (ret_listener != NULL)
		*ret_listener = connection->listener;
	return 0;
}

int engine_connect(struct engine *engine, int fd, const struct sockaddr *peer,
		   socklen_t peer_length, uint32_t *ret_connection)
{
	struct connection *connection = NULL;
	int error;

	engine_read_clock(engine);
	if (peer_length > sizeof(struct sockaddr_storage)) {
		(void)close(fd);
		return -EINVAL;
	}
	error = adopt(engine, fd, false, &connection);
	if (error)
		return error;
	connection->flags |= CONNECTION_CLIENT;
	connection->ancillary = (uint8_t)engine->config.client_ancillary;
	if (connection->kind == KIND_DATAGRAM)
		error = datagram_start(engine, connection, false);
	ancillary_start(connection);
	departures_start(engine, connection);
	if (error == 0)
		error = engine->backend->connect(engine, connection, peer, peer_length);
	if (error < 0) {
		disown(engine, connection);
		return error;
	}
	engine->connections.open++;
	*ret_connection = connection_number(engine, connection);
	return 0;
}

/* How many output buffers a message takes, or why it cannot be sent. */
static int output_needed(const struct engine *engine, const struct connection *connection,
			 uint32_t length)
{
	const struct pool *pool = &engine->buffers.pools[POOL_OUTPUT];
	uint32_t needed = (length + pool->size - 1) / pool->size;

	if (connection->state != STATE_OPEN && connection->state != STATE_HALF_CLOSED)
		return -ENOTCONN;
	if (connection_is(connection, CONNECTION_NAMED))
		return -EDESTADDRREQ;
	if (length == 0 && connection->kind != KIND_STREAM)
		needed = 1; /* an empty datagram is one, too */
	if (needed > pool->count || (connection->kind != KIND_STREAM && needed > 1))
		return -EMSGSIZE;
	return needed > pool->available ? -EAGAIN : (int)needed;
}

int engine_send(struct engine *engine, uint32_t number, const void *bytes, uint32_t length)
{
	struct connection *connection = connection_at(engine, number);
	const uint8_t *from = bytes;
	uint32_t size = engine->buffers.pools[POOL_OUTPUT].size;
	int needed = output_needed(engine, connection, length);
	uint32_t segment;

	if (needed == -EAGAIN)
		engine->hungry = true;
	for (int i = 0; i < needed; i++) {
		uint32_t buffer = buffer_take(engine, POOL_OUTPUT);
		uint32_t part = length < size ? length : size;
		uint8_t *memory = buffer_memory(engine, buffer);

		memcpy(memory, from, part);
		segment = segment_take(engine, buffer, memory, part);
		if (i == 0 && connection->departures != 0)
			departure_of_send(engine, connection, segment);
		connection_queue(engine, connection, segment);
		from += part;
		length -= part;
	}
	return needed < 0 ? needed : 0;
}

void engine_hang_up(struct engine *engine, uint32_t number)
{
	struct connection *connection = connection_at(engine, number);

	if (connection->kind == KIND_DATAGRAM || connection->state == STATE_CONNECTING) {
		connection_fail(engine, connection, 0);
		return;
	}
	connection->flags |= CONNECTION_HUNG_UP;
	connection_hang_up(engine, connection);
}

void engine_reset(struct engine *engine, uint32_t number)
{
	struct connection *connection = connection_at(engine, number);

	connection->flags |= CONNECTION_RESET;
	connection_fail(engine, connection, 0);
}

int engine_turn(struct engine *engine, uint64_t wait_ns, struct message **ret_batch)
{
	uint64_t end_ns;
	int error;

	batch_settle(engine);
	engine->counters.turns++;
	engine->woken = false;
	end_ns = wait_ns < UINT64_MAX - engine->now_ns ? engine->now_ns + wait_ns : UINT64_MAX;
	do {
		uint64_t left = end_ns - (engine->now_ns < end_ns ? engine->now_ns : end_ns);

		if (end_ns == UINT64_MAX)
			left = UINT64_MAX;
		sweep(engine);
		pressure(engine);
		starved_wake(engine);
		error = engine->backend->turn(engine, left);
	} while (error == 0 && engine->batch_count == 0 && !engine->woken &&
		 engine->now_ns < end_ns);
	if (error < 0 && error != -EINTR)
		return error;
	*ret_batch = engine->batch;
	return (int)engine->batch_count;
}

void engine_wake(struct engine *engine)
{
	const uint64_t one = 1;
	ssize_t written = write(engine->wake_fd, &one, sizeof(one));

	(void)written; /* the counter is full: the wake-up is on its way already */
}

uint32_t engine_connections(const struct engine *engine)
{
	return engine->connections.open;
}

int engine_peer(const struct engine *engine, uint32_t number, struct sockaddr_storage *ret_peer,
		socklen_t *ret_length)
{
	const struct connection *connection = connection_at(engine, number);
	socklen_t length = sizeof(*ret_peer);

	if (connection->state == STATE_FREE || connection->state == STATE_CLOSED)
		return -ENOTCONN;
	if (connection_is(connection, CONNECTION_DIRECT))
		return -EOPNOTSUPP;
	if (getpeername(connection->fd, (struct sockaddr *)ret_peer, &length) < 0)
		return -errno;
	*ret_length = length;
	return 0;
}

bool engine_datagram(struct engine *engine, const struct message *message,
		     struct datagram *ret_datagram)
{
	const struct connection *connection = connection_at(engine, message->connection);
	const struct datagram_head *head;
	uint32_t buffer;

	if (message->buffer == NONE || !connection_is(connection, CONNECTION_NAMED))
		return false;
	buffer = engine->buffers.segments[message->buffer].buffer;
	head = (const struct datagram_head *)buffer_memory(engine, buffer);
	*ret_datagram = (struct datagram){ .peer = (const struct sockaddr *)(head + 1),
					   .peer_length = head->name_length };
	if (datagram_local(engine, connection, buffer, &engine->local))
		ret_datagram->local = (const struct sockaddr *)&engine->local;
	return true;
}
