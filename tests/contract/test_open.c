/* Opening engines: what cannot be is refused, and several engines live side by side. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host.h"

TestSuite(opening, .timeout = 60);

Test(opening, backends_are_found_by_name)
{
	cr_assert_str_eq(backend_name(backend_find("epoll")), "epoll");
	cr_assert_str_eq(backend_name(backend_find("uring")), "uring");
	cr_assert_null(backend_find("iocp"));
	cr_assert_null(backend_find(""));
}

static void check_contradiction(const struct engine_config *config)
{
	struct engine *engine = NULL;

	cr_assert_eq(engine_open(setting_backend(), config, &engine), -EINVAL);
	cr_assert_null(engine, "what is returned stays untouched on failure");
}

Test(opening, a_config_that_contradicts_itself_is_refused)
{
	struct engine_config config;

	setting_config(&config);
	config.connection_max = 0;
	check_contradiction(&config);
	setting_config(&config);
	config.batch_max = 0;
	check_contradiction(&config);
	setting_config(&config);
	config.buffer_size = 0;
	check_contradiction(&config);
	setting_config(&config);
	config.features.on = config.features.off = 1;
	check_contradiction(&config);
}

/* Whose size, counted in 32 bits, would be small. */
Test(opening, more_memory_than_there_are_addresses_is_refused)
{
	struct engine_config config;
	struct engine *engine = NULL;

	setting_config(&config);
	config.output_size = 0xffff0000;
	config.output_count = 131072;
	cr_assert_eq(engine_open(setting_backend(), &config, &engine), -ENOMEM);
	cr_assert_null(engine);
}

Test(opening, auto_takes_io_uring_or_says_why_not)
{
	struct engine_config config;
	struct engine *engine;
	const char *reason = "untouched", *name;

	setting_config(&config);
	cr_assert_eq(engine_open_auto(&config, &engine, &reason), 0);
	name = backend_name(engine_backend(engine));
	cr_assert_str_eq(name, reason ? "epoll" : "uring");
	engine_close(engine);
}

/* Takes every descriptor that is left. */
static uint32_t exhaust_descriptors(int *ret_fds, uint32_t max)
{
	uint32_t count = 0;

	while (count < max && (ret_fds[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		count++;
	return count;
}

Test(opening, without_descriptors_it_fails_and_leaves_nothing)
{
	enum { LIMIT = 64 };
	const struct rlimit limit = { .rlim_cur = LIMIT, .rlim_max = LIMIT };
	struct engine_config config;
	struct engine *engine = NULL;
	int taken[LIMIT];
	uint32_t count;

	setting_config(&config);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	count = exhaust_descriptors(taken, LIMIT);
	for (uint32_t left = 0; left < 2; left++) {
		cr_assert_eq(engine_open(setting_backend(), &config, &engine), -EMFILE);
		cr_assert_null(engine);
		(void)close(taken[--count]);
	}
	while (count > 0)
		(void)close(taken[--count]);
	cr_assert_eq(engine_open(setting_backend(), &config, &engine), 0);
	engine_close(engine);
}

Test(opening, engines_can_share_a_listening_socket)
{
	enum { HOSTS = 2, PEERS = 60 };
	struct address at = address_unix_fresh();
	int fd = peer_bind(SOCK_STREAM, &at, PEERS);
	struct host hosts[HOSTS];

	for (int i = 0; i < HOSTS; i++) {
		host_init(&hosts[i]);
		host_adopt(&hosts[i], dup(fd));
		host_start(&hosts[i]);
	}
	(void)close(fd);
	for (uint32_t i = 0; i < PEERS; i++) {
		fd = peer_connect(SOCK_STREAM, &at);
		peer_echo(fd, i, 1000);
		(void)close(fd);
	}
	for (int i = 0; i < HOSTS; i++)
		host_stop(&hosts[i]);
	cr_assert_eq(hosts[0].opened + hosts[1].opened, PEERS);
	address_unlink(&at);
}

/* The one that stays must take over what the other was waiting for. */
Test(opening, an_engine_that_closes_leaves_the_shared_socket_to_the_other)
{
	struct address at = address_unix_fresh();
	int fd = peer_bind(SOCK_STREAM, &at, 60);
	struct host stays, goes;

	host_init(&stays);
	host_adopt(&stays, dup(fd));
	host_start(&stays);
	host_init(&goes);
	host_adopt(&goes, fd);
	host_start(&goes);
	host_stop(&goes);
	for (uint32_t i = 0; i < 20; i++) {
		fd = peer_connect(SOCK_STREAM, &at);
		peer_echo(fd, i, 1000);
		(void)close(fd);
	}
	host_stop(&stays);
	address_unlink(&at);
}
