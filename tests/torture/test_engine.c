/* An engine that fails to open at any call leaves no descriptor behind; nor does one that opens. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include <ringside/engine.h>

#include "point.h"

#define CALLS_MAX 5000u /* more would be an endless loop around a call that fails */

static int descriptor_count(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	cr_assert_not_null(folder);
	while (readdir(folder))
		count++;
	(void)closedir(folder);
	return count;
}

static int bound_socket(int type)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0 &&
	    (type == SOCK_DGRAM || listen(fd, 8) == 0))
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -ENOBUFS;
}

static int listen_at(struct engine *engine, int type)
{
	const struct listener_options options = { .ancillary = ANCILLARY_ARRIVAL };
	int fd = bound_socket(type);

	return fd < 0 ? fd : engine_listen(engine, fd, &options, NULL);
}

static int open_once(const struct backend *backend, const struct engine_config *config)
{
	struct message *batch;
	struct engine *engine;
	int error = engine_open(backend, config, &engine);

	if (error < 0)
		return error;
	error = listen_at(engine, SOCK_STREAM);
	if (error == 0)
		error = listen_at(engine, SOCK_DGRAM);
	if (error == 0)
		error = engine_turn(engine, 0, &batch);
	engine_close(engine);
	return error;
}

static void open_with_each_failure(const char *name, uint32_t features_on, uint32_t features_off)
{
	struct engine_config config;
	uint64_t number = 0;
	int before;

	engine_config_init(&config);
	config.connection_max = 64;
	config.buffer_count = config.datagram_count = config.output_count = 16;
	config.large_count = 2;
	config.listener_ancillary = ANCILLARY_ARRIVAL;
	config.features.on = features_on;
	config.features.off = features_off;
	(void)open_once(backend_find(name), &config); /* what the C library keeps is open now */
	before = descriptor_count();
	do {
		point_arm(++number);
		(void)open_once(backend_find(name), &config);
		point_arm(0);
		cr_assert_eq(descriptor_count(), before, "after call %lu", (unsigned long)number);
		cr_assert_lt(number, CALLS_MAX);
	} while (point_was_hit());
	cr_assert_gt(number, 10);
}

Test(engine, opens_on_epoll_or_leaves_nothing)
{
	open_with_each_failure("epoll", 0, 0);
}

Test(engine, opens_on_uring_or_leaves_nothing)
{
	open_with_each_failure("uring", 0, 0);
}

Test(engine, opens_on_uring_with_direct_descriptors_or_leaves_nothing)
{
	open_with_each_failure("uring", 1u << FEATURE_DIRECT | 1u << FEATURE_SEND_BUNDLE, 0);
}

Test(engine, opens_on_a_bare_ring_or_leaves_nothing)
{
	open_with_each_failure("uring", 0, (1u << FEATURE_COUNT) - 1);
}
