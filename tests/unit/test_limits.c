/* How many connections fit under the limit on open files. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include <ringside/service.h>

#include "engine/connection.h"
#include "net/address.h"
#include "serve/limits.h"

TestSuite(limits);

static void set_limit(rlim_t files)
{
	struct rlimit limit = { .rlim_cur = files / 2, .rlim_max = files };

	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

Test(limits, keeps_files_back_for_all_else)
{
	cr_assert_eq(limits_connections(1024, 1, 2), 1024 - 32 - 4 - 2);
	cr_assert_eq(limits_connections(1024, 4, 2), (1024 - 32 - 4 * 6) / 4);
	cr_assert_eq(limits_connections(38, 1, 2), 0);
	cr_assert_eq(limits_connections(39, 1, 2), 1);
	cr_assert_eq(limits_connections(0, 1024, 256), 0);
}

Test(limits, raises_the_soft_limit_and_gives_what_is_asked)
{
	struct serve_options options = { .threads = 1, .connections = 900 };
	struct rlimit limit;
	struct error error;
	uint32_t connections;

	set_limit(1024);
	cr_assert_eq(limits_fit(&options, 2, 16384, &connections, &error), 0);
	cr_assert_eq(connections, 900);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_assert_eq(limit.rlim_cur, 1024);
}

Test(limits, lowers_a_default)
{
	struct serve_options options = { .threads = 2, .connections = OPTION_AUTO };
	struct error error;
	uint32_t connections;

	set_limit(1024);
	cr_assert_eq(limits_fit(&options, 1, 16384, &connections, &error), 0);
	cr_assert_eq(connections, limits_connections(1024, 2, 1));
	cr_assert_eq(limits_fit(&options, 1, 100, &connections, &error), 0);
	cr_assert_eq(connections, 100);
}

Test(limits, refuses_what_does_not_fit_and_says_what_would)
{
	struct serve_options options = { .threads = 1, .connections = 1000 };
	struct error error;
	uint32_t connections = 77;

	set_limit(1024);
	cr_assert_eq(limits_fit(&options, 1, 16384, &connections, &error), -EMFILE);
	cr_assert_eq(connections, 77);
	cr_assert_not_null(strstr(error.text, "--connections 1000"));
	cr_assert_not_null(strstr(error.text, "987 would fit"));
}

Test(limits, refuses_to_start_without_room_for_one_connection)
{
	struct serve_options options = { .threads = 8, .connections = OPTION_AUTO };
	struct error error;
	uint32_t connections;

	set_limit(64);
	cr_assert_eq(limits_fit(&options, 2, 16384, &connections, &error), -EMFILE);
	cr_assert_not_null(strstr(error.text, "64 files"));
}

/* Its slot, what every service together remembers of it, and the name of its peer (--verbose). Its
 * buffers are the engine's: an idle connection has none. */
Test(limits, an_idle_connection_takes_less_than_4_kib)
{
	size_t bytes = sizeof(struct connection) + sizeof(struct address_text);

	for (const struct service *const *service = services; *service; service++)
		bytes += (*service)->connection_size;
	cr_assert_leq(bytes, 4096, "%zu bytes", bytes);
	cr_assert_leq(sizeof(struct connection), 128, "%zu bytes", sizeof(struct connection));
}
