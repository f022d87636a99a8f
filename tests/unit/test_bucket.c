/* Token buckets: each source has its own, and none can take more than it holds. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "serve/bucket.h"

#define START_NS (1000 * NS_PER_S)

/* A bucket of this rate is full again after 100 ns. */
#define RATE_FAST 10000000

static struct bucket_table *table;

static void init(void)
{
	cr_assert_eq(bucket_table_open(1024, &table), 0);
}

static void finish(void)
{
	bucket_table_close(table);
}

TestSuite(bucket, .init = init, .fini = finish);

static uint32_t taken(uint64_t source, const struct allowance *rate, uint32_t asked,
		      uint64_t now_ns)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < asked; i++)
		count += bucket_take(table, source, rate, now_ns);
	return count;
}

static uint64_t source_of(const char *host)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		return bucket_source((const struct sockaddr *)&v4);
	cr_assert_eq(inet_pton(AF_INET6, host, &v6.sin6_addr), 1);
	return bucket_source((const struct sockaddr *)&v6);
}

Test(bucket, gives_a_burst_and_then_its_rate)
{
	struct allowance rate = bucket_rate(100, 30);

	cr_assert_eq(taken(1, &rate, 1000, START_NS), 30);
	cr_assert_eq(taken(1, &rate, 1000, START_NS + NS_PER_S / 100), 1);
	cr_assert_eq(taken(1, &rate, 1000, START_NS + NS_PER_S / 10), 9);
	cr_assert_eq(taken(1, &rate, 1000, START_NS + 100 * NS_PER_S), 30);
}

Test(bucket, of_one_a_second_gives_one_a_second)
{
	struct allowance rate = bucket_rate(1, 1);

	cr_assert_eq(taken(1, &rate, 10, START_NS), 1);
	cr_assert_eq(taken(1, &rate, 10, START_NS + NS_PER_S - 1), 0);
	cr_assert_eq(taken(1, &rate, 10, START_NS + NS_PER_S), 1);
}

Test(bucket, is_one_for_an_ipv4_address_and_one_for_a_64_of_ipv6)
{
	cr_assert_eq(source_of("192.0.2.1"), source_of("::ffff:192.0.2.1"));
	cr_assert_neq(source_of("192.0.2.1"), source_of("192.0.2.2"));
	cr_assert_eq(source_of("2001:db8:0:1::1"), source_of("2001:db8:0:1:ffff:ffff:ffff:ffff"));
	cr_assert_neq(source_of("2001:db8:0:1::1"), source_of("2001:db8:0:2::1"));
	cr_assert_neq(source_of("fe80::1"), source_of("fe80::2"));
	cr_assert_neq(source_of("::"), 0);
	cr_assert_neq(source_of("0.0.0.0"), 0);
}

Test(bucket, of_another_source_is_another_one)
{
	struct allowance rate = bucket_rate(10, 10);

	cr_assert_eq(taken(source_of("192.0.2.1"), &rate, 100, START_NS), 10);
	cr_assert_eq(taken(source_of("192.0.2.2"), &rate, 100, START_NS), 10);
	cr_assert_eq(taken(source_of("192.0.2.1"), &rate, 100, START_NS), 0);
}

/* Who asks for more than his share keeps his empty bucket, however many come and go meanwhile. */
Test(bucket, that_is_not_full_is_pushed_out_only_where_no_full_one_is)
{
	struct allowance slow = bucket_rate(1, 10), fast = bucket_rate(RATE_FAST, 1);
	uint64_t now_ns = START_NS;

	cr_assert_eq(taken(7, &slow, 100, now_ns), 10);
	for (uint64_t source = 1000; source < 200000; source++) {
		now_ns += 1000; /* each other's bucket is full again when the next one comes */
		(void)bucket_take(table, source, &fast, now_ns);
	}
	cr_assert_eq(taken(7, &slow, 100, now_ns), 0);
}

/* With more sources than places it forgets, and goes on. */
Test(bucket, is_forgotten_rather_than_that_memory_grows)
{
	struct allowance rate = bucket_rate(1, 1);
	uint32_t kept = 0;

	for (uint64_t source = 1; source <= 100000; source++)
		cr_assert(bucket_take(table, source, &rate, START_NS));
	for (uint64_t source = 1; source <= 100000; source++)
		kept += !bucket_take(table, source, &rate, START_NS);
	cr_assert_leq(kept, 1024);
}

/* Who has pushed whom out of one table says nothing of another. */
Test(bucket, has_a_place_that_nobody_can_foretell)
{
	enum { SOURCES = 2000 };
	struct allowance rate = bucket_rate(1, 1);
	struct bucket_table *tables[2] = { table };
	bool kept[2][SOURCES];
	uint32_t differ = 0;

	cr_assert_eq(bucket_table_open(1024, &tables[1]), 0);
	for (int which = 0; which < 2; which++) {
		for (uint64_t source = 0; source < SOURCES; source++)
			(void)bucket_take(tables[which], source + 1, &rate, START_NS);
		for (uint64_t source = 0; source < SOURCES; source++)
			kept[which][source] = !bucket_take(tables[which], source + 1, &rate,
							   START_NS);
	}
	for (int i = 0; i < SOURCES; i++)
		differ += kept[0][i] != kept[1][i];
	cr_assert_gt(differ, SOURCES / 10);
	bucket_table_close(tables[1]);
}

/* How many of 256 hosts that stand one after the other are remembered. */
static uint32_t neighbours_kept(struct bucket_table *among)
{
	struct allowance rate = bucket_rate(1, 1);
	uint32_t kept = 0;
	char host[32];

	for (int i = 0; i < 2 * 256; i++) {
		(void)snprintf(host, sizeof(host), "192.0.2.%d", i % 256);
		kept += !bucket_take(among, source_of(host), &rate, START_NS);
	}
	return kept;
}

/* Sources that differ in few bits, as those of one network do, are spread as others are, whatever
 * secret a table has drawn. */
Test(bucket, of_neighbours_do_not_share_places)
{
	for (int i = 0; i < 1000; i++) {
		struct bucket_table *drawn;

		cr_assert_eq(bucket_table_open(1024, &drawn), 0);
		cr_expect_gt(neighbours_kept(drawn), 200, "of 256 in a table of 1024");
		bucket_table_close(drawn);
	}
}

Test(bucket, chance_is_what_it_says)
{
	enum { TRIES = 100000 };
	int hits = 0;

	for (int i = 0; i < TRIES; i++)
		hits += bucket_chance(table, 4);
	/* Seven standard deviations. */
	cr_assert(hits > TRIES / 4 - 960 && hits < TRIES / 4 + 960, "%d", hits);
}

/* So few sources that none pushes another out. */
enum { THREADS = 4, SHARING = 200, PLACES = 65536, ROUNDS = 1000 };

#define STEP_NS 1000

static struct bucket_table *shared;
static _Atomic uint64_t clock_ns;
static atomic_uint given[SHARING];

static void *take_in_turn(void *argument)
{
	const struct allowance rate = bucket_rate(1000, 10);

	(void)argument;
	for (uint64_t i = 0; i < (uint64_t)ROUNDS * SHARING; i++) {
		uint64_t now_ns = atomic_fetch_add(&clock_ns, STEP_NS), source = i % SHARING;

		if (bucket_take(shared, source + 1, &rate, now_ns))
			atomic_fetch_add(&given[source], 1);
	}
	return NULL;
}

/* A source that asks from many ports reaches all threads, any of which may sleep at any moment. */
Test(bucket, is_one_for_all_threads)
{
	const uint64_t time_ns = (uint64_t)THREADS * ROUNDS * SHARING * STEP_NS;
	const uint64_t most = 10 + 1000 * time_ns / NS_PER_S;
	pthread_t threads[THREADS];

	cr_assert_eq(bucket_table_open(PLACES, &shared), 0);
	atomic_store(&clock_ns, START_NS);
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, take_in_turn, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	for (int i = 0; i < SHARING; i++) {
		cr_expect_leq(atomic_load(&given[i]), most, "source %d", i);
		cr_expect_gt(atomic_load(&given[i]), most / 2, "source %d", i);
	}
	bucket_table_close(shared);
}
