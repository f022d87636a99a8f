/* Where experiments run, and how: CPUs, ports, and what was left open. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "experiment/measuring.h"
#include "experiment/place.h"
#include "experiment/port.h"

#define HOST "127.0.0.1"

TestSuite(experiment_place, .timeout = 60);

static const struct cpu_list none;

static struct place_wish wish_of(uint32_t server_threads, uint32_t load_threads)
{
	return (struct place_wish){ .server_cpus = &none,
				    .load_cpus = &none,
				    .server_threads = server_threads,
				    .load_threads = load_threads };
}

static bool has(const struct cpu_list *list, uint16_t cpu)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->cpus[i] == cpu)
			return true;
	return false;
}

Test(experiment_place, each_thread_has_a_cpu_of_its_own_where_there_are_enough)
{
	static struct place place;
	struct place_wish wish = wish_of(1, cpu_count_allowed() - 1);
	struct error error;

	if (cpu_count_allowed() < 2)
		cr_skip("one CPU");
	cr_assert_eq(place_init(&wish, &place, &error), 0);
	cr_expect(place.apart);
	cr_expect_eq(place.server_cpus.count, 1);
	cr_expect_eq(place.load_cpus.count, cpu_count_allowed() - 1);
	cr_expect_not(has(&place.load_cpus, place.server_cpus.cpus[0]));
	cr_expect_str_eq(place.server_host, HOST);
	cr_expect_eq(place.server_network, 0);
	place_finish(&place);
}

Test(experiment_place, with_too_few_cpus_the_system_decides)
{
	static struct place place;
	struct place_wish wish = wish_of(1, cpu_count_allowed());
	struct error error;

	cr_assert_eq(place_init(&wish, &place, &error), 0);
	cr_expect_not(place.apart);
	cr_expect_eq(place.server_cpus.count, 0);
	cr_expect_eq(place.load_cpus.count, 0);
	place_finish(&place);
}

Test(experiment_place, what_is_asked_for_is_taken)
{
	static struct place place;
	static struct cpu_list allowed, first;
	struct place_wish wish = wish_of(8, 8);
	struct error error;

	cr_assert_eq(cpu_list_allowed(&allowed), 0);
	first.count = 1;
	first.cpus[0] = allowed.cpus[0];
	wish.server_cpus = wish.load_cpus = &first;
	cr_assert_eq(place_init(&wish, &place, &error), 0);
	cr_expect_not(place.apart);
	cr_expect_eq(place.server_cpus.cpus[0], allowed.cpus[0]);
	place_finish(&place);
}

Test(experiment_place, where_one_is_given_the_other_one_runs_beside_it)
{
	static struct place place;
	static struct cpu_list allowed, given;
	struct place_wish wish = wish_of(1, 1);
	struct error error;

	if (cpu_count_allowed() < 2)
		cr_skip("one CPU");
	cr_assert_eq(cpu_list_allowed(&allowed), 0);
	given = (struct cpu_list){ .count = 1, .cpus = { allowed.cpus[0] } };
	wish.server_cpus = &given;
	cr_assert_eq(place_init(&wish, &place, &error), 0);
	cr_expect(place.apart);
	cr_expect_eq(place.server_cpus.cpus[0], allowed.cpus[0]);
	cr_expect_eq(place.load_cpus.count, 1);
	cr_expect_eq(place.load_cpus.cpus[0], allowed.cpus[1]);
	wish = wish_of(1, 1);
	wish.load_cpus = &given;
	cr_assert_eq(place_init(&wish, &place, &error), 0);
	cr_expect(place.apart);
	cr_expect_eq(place.load_cpus.cpus[0], allowed.cpus[0]);
	cr_expect_eq(place.server_cpus.count, 1);
	cr_expect_eq(place.server_cpus.cpus[0], allowed.cpus[1]);
	place_finish(&place);
}

Test(experiment_place, where_too_few_are_left_beside_one_the_other_one_runs_anywhere)
{
	static struct place place;
	static struct cpu_list allowed, given;
	struct place_wish wish = wish_of(1, cpu_count_allowed());
	struct error error;

	cr_assert_eq(cpu_list_allowed(&allowed), 0);
	given = (struct cpu_list){ .count = 1, .cpus = { allowed.cpus[0] } };
	wish.server_cpus = &given;
	cr_assert_eq(place_init(&wish, &place, &error), 0);
	cr_expect_not(place.apart);
	cr_expect_eq(place.server_cpus.count, 1);
	cr_expect_eq(place.load_cpus.count, 0);
	place_finish(&place);
}

Test(experiment_place, a_cpu_that_is_not_ours_is_refused)
{
	static struct place place;
	static struct cpu_list foreign = { .count = 1, .cpus = { CPU_COUNT_MAX - 1 } };
	struct place_wish wish = wish_of(1, 1);
	struct error error;

	wish.load_cpus = &foreign;
	cr_expect_eq(place_init(&wish, &place, &error), -ENODEV);
	cr_expect_not_null(strstr(error.text, "1023"), "%s", error.text);
	place_finish(&place);
}

Test(experiment_place, a_document_tells_the_place)
{
	static const struct place place = { .server_cpus = { 1, { 3 } }, .server_network = 7 };
	json_t *object = json_object();

	cr_assert_eq(place_put(&place, object), 0);
	cr_expect_eq(json_integer_value(json_array_get(json_object_get(object, "server_cpus"), 0)),
		     3);
	cr_expect_eq(json_array_size(json_object_get(object, "load_cpus")), 0);
	cr_expect_str_eq(json_string_value(json_object_get(object, "network")), "veth");
	json_decref(object);
}

static int bind_at(int type, uint16_t port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(port),
					     .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int file = socket(AF_INET, type, 0);

	cr_assert_eq(bind(file, (const struct sockaddr *)&address, sizeof(address)), 0, "%s",
		     strerror(errno));
	return file;
}

Test(experiment_place, a_port_of_a_stream_is_open_once_somebody_listens)
{
	uint16_t port = 0;
	int file;

	cr_assert_eq(port_choose(HOST, TRANSPORT_TCP, &port), 0);
	cr_assert_gt(port, 0);
	cr_expect_not(port_is_open(getpid(), TRANSPORT_TCP, port));
	file = bind_at(SOCK_STREAM, port);
	cr_expect_not(port_is_open(getpid(), TRANSPORT_TCP, port));
	cr_assert_eq(listen(file, 1), 0);
	cr_expect(port_is_open(getpid(), TRANSPORT_TCP, port));
	(void)close(file);
	cr_expect_not(port_is_open(getpid(), TRANSPORT_TCP, port));
}

Test(experiment_place, a_port_of_datagrams_is_open_once_it_is_bound)
{
	uint16_t port = 0;
	int file;

	cr_assert_eq(port_choose(HOST, TRANSPORT_UDP, &port), 0);
	cr_expect_not(port_is_open(getpid(), TRANSPORT_UDP, port));
	file = bind_at(SOCK_DGRAM, port);
	cr_expect(port_is_open(getpid(), TRANSPORT_UDP, port));
	(void)close(file);
}

/* Many servers listen at :: alone, which takes IPv4 as well. */
Test(experiment_place, a_port_is_open_also_if_it_is_that_of_ipv6)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
	socklen_t size = sizeof(address);
	int file = socket(AF_INET6, SOCK_STREAM, 0);

	if (file < 0 || bind(file, (struct sockaddr *)&address, size) < 0)
		cr_skip("no IPv6");
	cr_assert_eq(listen(file, 1), 0);
	cr_assert_eq(getsockname(file, (struct sockaddr *)&address, &size), 0);
	cr_expect(port_is_open(getpid(), TRANSPORT_TCP, ntohs(address.sin6_port)));
	(void)close(file);
}

Test(experiment_place, a_host_that_is_none_has_no_port)
{
	uint16_t port = 7;

	cr_expect_eq(port_choose("no address", TRANSPORT_TCP, &port), -EINVAL);
	cr_expect_eq(port_choose("192.0.2.77", TRANSPORT_TCP, &port), -EADDRNOTAVAIL);
	cr_expect_eq(port, 7);
}

static const struct measuring_standard standard = {
	.rounds = 8,
	.quick_rounds = 3,
	.duration_ns = 1000,
	.quick_duration_ns = 200,
	.omit_ns = 100,
	.quick_omit_ns = 50,
};

static struct measuring open_measuring(bool quick)
{
	return (struct measuring){ .quick = quick, .omit_ns = MEASURING_OMIT_AUTO };
}

Test(experiment_place, what_is_left_open_has_its_standard)
{
	struct measuring measuring = open_measuring(false);

	measuring_resolve(&measuring, &standard);
	cr_expect_eq(measuring.rounds, 8);
	cr_expect_eq(measuring.duration_ns, 1000);
	cr_expect_eq(measuring.omit_ns, 100);
	cr_expect_gt(measuring.seed, 0);
	measuring = open_measuring(true);
	measuring_resolve(&measuring, &standard);
	cr_expect_eq(measuring.rounds, 3);
	cr_expect_eq(measuring.duration_ns, 200);
	cr_expect_eq(measuring.omit_ns, 50);
}

Test(experiment_place, what_is_given_stays)
{
	struct measuring measuring = {
		.quick = true, .rounds = 5, .duration_ns = 7, .omit_ns = 0, .seed = 42
	};
	static struct experiment_plan plan;
	struct error error;

	measuring_resolve(&measuring, &standard);
	measuring.budget_ns = 9;
	cr_assert_eq(measuring_plan(&measuring, 1, 1, &plan, &error), 0);
	cr_expect_eq(plan.round_count, 5);
	cr_expect_eq(plan.duration_ns, 7);
	cr_expect_eq(plan.omit_ns, 0);
	cr_expect_eq(plan.seed, 42);
	cr_expect_eq(plan.budget_ns, 9);
	place_finish(&plan.place);
}
