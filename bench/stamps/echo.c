/*
 * UDP echo on the engine, with the kernel's receive stamps or without: what they cost, and nothing
 * beside it. For bench/compare-stamps; ringside serve asks for stamps only where a service needs
 * them, and echo does not.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringside/engine.h>

#define USAGE                                                                              \
	"Usage: %s plain|stamped uring|epoll\n"                                            \
	"Echo on a free UDP port of 127.0.0.1, named on standard output, until SIGTERM.\n" \
	"stamped: each datagram comes with the time when it arrived.\n"

/* A burst of datagrams waits here while the loop is busy. */
#define DATAGRAM_ROOM (4 << 20)

static struct engine *engine;
static volatile sig_atomic_t ending;

static _Noreturn void fail(const char *what, int error)
{
	(void)fprintf(stderr, "echo: %s: %s\n", what, strerror(abs(error)));
	exit(2);
}

static _Noreturn void usage(const char *program)
{
	(void)fprintf(stderr, USAGE, program);
	exit(2);
}

static void end(int number)
{
	ending = 1;
	engine_wake(engine);
}

static void await_signals(void)
{
	struct sigaction action = { .sa_handler = end };

	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
}

static int open_socket(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int room = DATAGRAM_ROOM;
	socklen_t length = sizeof(address);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		fail("127.0.0.1", errno);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	(void)printf("listening udp://127.0.0.1:%u\n", ntohs(address.sin_port));
	return fd;
}

static void start(const struct backend *backend, uint32_t ancillary)
{
	const struct listener_options options = { .ancillary = ancillary };
	struct engine_config config;
	int error, fd;

	engine_config_init(&config);
	config.listener_ancillary = ancillary;
	error = engine_open(backend, &config, &engine);
	if (error)
		fail(backend_name(backend), error);
	fd = open_socket();
	error = engine_listen(engine, fd, &options, NULL);
	if (error)
		fail("listen", error);
}

/* The number of datagrams that came without a time although one was asked for. */
static uint64_t answer(struct message *batch, uint32_t count, uint32_t ancillary)
{
	uint64_t unstamped = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (batch[i].kind != MESSAGE_DATA)
			continue;
		batch[i].reply = batch[i].length;
		batch[i].answer_empty = batch[i].length == 0;
		unstamped += ancillary && batch[i].stamp != STAMP_KERNEL;
	}
	return unstamped;
}

int main(int argc, char **argv)
{
	const struct backend *backend = argc == 3 ? backend_find(argv[2]) : NULL;
	uint64_t unstamped = 0;
	struct message *batch;
	uint32_t ancillary;
	int count = 0;

	if (!backend || (strcmp(argv[1], "plain") != 0 && strcmp(argv[1], "stamped") != 0))
		usage(argv[0]);
	ancillary = strcmp(argv[1], "stamped") == 0 ? ANCILLARY_ARRIVAL : 0;
	start(backend, ancillary);
	await_signals();
	(void)fflush(stdout);
	while (!ending && count >= 0) {
		count = engine_turn(engine, ENGINE_WAIT_FOREVER, &batch);
		if (count > 0)
			unstamped += answer(batch, (uint32_t)count, ancillary);
	}
	engine_close(engine);
	if (count < 0)
		fail("turn", count);
	if (unstamped > 0)
		(void)fprintf(stderr, "echo: %llu datagrams without a time of the kernel's\n",
			      (unsigned long long)unstamped);
	return 0;
}
