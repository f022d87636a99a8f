/* The engine, unmodified, on the simulated kernel. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <ringside/engine.h>

#include "sim/socket.h"
#include "sim/task.h"
#include "sim/world.h"

#define PORT 7000
#define ROUNDS 50
#define CLIENTS 5
#define LENGTH 100

struct bench {
	struct engine *engine;
	uint32_t closed;
	uint32_t echoed;
};

static struct sockaddr_in address(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(PORT),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void open_engine(struct bench *bench)
{
	const struct listener_options options = { 0 };
	const struct sockaddr_in name = address();
	struct engine_config config;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	engine_config_init(&config);
	config.connection_max = 2 * CLIENTS;
	config.batch_max = 16;
	config.buffer_size = 256;
	config.buffer_count = 16;
	config.large_size = 1024;
	config.large_count = 8;
	config.datagram_count = 0;
	config.output_size = 256;
	config.output_count = 16;
	cr_assert_eq(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	cr_assert_eq(listen(fd, 16), 0);
	cr_assert_eq(engine_open(backend_find("epoll"), &config, &bench->engine), 0);
	cr_assert_eq(engine_listen(bench->engine, fd, &options, NULL), 0);
}

static void *serve(void *argument)
{
	struct bench *bench = argument;
	struct message *batch;
	int count = 0;

	open_engine(bench);
	while (count >= 0 && bench->closed < CLIENTS) {
		count = engine_turn(bench->engine, ENGINE_WAIT_FOREVER, &batch);
		for (int i = 0; i < count; i++) {
			if (batch[i].kind == MESSAGE_DATA)
				batch[i].reply = batch[i].length;
			bench->closed += batch[i].kind == MESSAGE_CLOSED;
		}
	}
	cr_assert_geq(count, 0);
	engine_close(bench->engine);
	return NULL;
}

static bool is_ready(const void *argument)
{
	const struct file *file = argument;

	return file->kind->ready(file) & (POLLIN | POLLHUP);
}

static bool is_connected(const void *argument)
{
	const struct file *file = argument;

	return file->kind->ready(file) & (POLLOUT | POLLHUP);
}

/* Bytes there and back, in pieces as they come. */
static void exchange(struct sim_socket *peer, uint8_t first)
{
	uint8_t bytes[LENGTH], echoed[LENGTH];
	struct iovec vector = { .iov_base = bytes, .iov_len = LENGTH };
	struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
	size_t got = 0;

	for (size_t i = 0; i < LENGTH; i++)
		bytes[i] = (uint8_t)(first + i);
	cr_assert_eq(sim_socket_send(peer, &header, 0), LENGTH);
	while (got < LENGTH) {
		ssize_t part;

		cr_assert(task_sleep(is_ready, peer, UINT64_MAX));
		vector = (struct iovec){ .iov_base = echoed + got, .iov_len = LENGTH - got };
		part = sim_socket_receive(peer, &header, 0);
		cr_assert_gt(part, 0);
		got += (size_t)part;
	}
	cr_assert_arr_eq(bytes, echoed, LENGTH);
}

static void *ask(void *argument)
{
	struct bench *bench = argument;
	const struct sockaddr_in name = address();
	struct sim_socket *peer = NULL;
	int error = ECONNREFUSED;

	while (error == ECONNREFUSED) {
		if (peer)
			file_release((struct file *)peer);
		cr_assert_eq(sim_socket_open(AF_INET, SOCK_STREAM, 0, true, &peer), 0);
		cr_assert_eq(sim_socket_connect(peer, (const struct sockaddr *)&name, sizeof(name)),
			     -EINPROGRESS);
		cr_assert(task_sleep(is_connected, peer, UINT64_MAX));
		error = -sim_socket_error(peer);
	}
	for (uint32_t i = 0; i < ROUNDS; i++) {
		exchange(peer, (uint8_t)i);
		bench->echoed++;
	}
	file_release((struct file *)peer);
	return NULL;
}

static uint64_t run(uint64_t seed)
{
	struct world_options options = { .seed = seed, .event_max = 1000000 };
	struct bench bench = { 0 };
	uint64_t hash;

	/* Those that break nothing: what arrives arrives whole. */
	options.faults.per_million[FAULT_SHORT_SEND] = 50000;
	options.faults.per_million[FAULT_SHORT_RECEIVE] = 50000;
	options.faults.per_million[FAULT_DRIBBLE] = 50000;
	options.faults.per_million[FAULT_SEND_AGAIN] = 50000;
	options.faults.per_million[FAULT_INTERRUPTED] = 50000;
	options.faults.per_million[FAULT_WAKE_LATE] = 50000;
	options.faults.per_million[FAULT_WAKE_EARLY] = 50000;
	cr_assert_eq(world_open(&options), 0);
	cr_assert_eq(task_start(serve, &bench, "serve", NULL), 0);
	for (int i = 0; i < CLIENTS; i++)
		cr_assert_eq(task_start(ask, &bench, "ask", NULL), 0);
	cr_assert_eq(world_run(), 0, "seed %d", (int)seed);
	cr_assert_eq(bench.echoed, CLIENTS * ROUNDS);
	cr_assert_eq(descriptor_count(), 0, "descriptors left open");
	hash = world_transcript_hash();
	world_close();
	return hash;
}

Test(sim_engine, echoes_whatever_happens, .timeout = 60)
{
	(void)run(0); /* what is found out once a process is known from here on */
	for (uint64_t seed = 0; seed < 100; seed++)
		cr_assert_eq(run(seed), run(seed), "seed %d is not repeated", (int)seed);
	cr_assert_neq(run(1), run(2));
}
