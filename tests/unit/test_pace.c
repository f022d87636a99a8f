/* What a thread does at times of its own: requests of an open loop, pauses, new connections. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "load/client.h"
#include "load/pace.h"

#define START_NS 1000000000ull

static const struct pace_part alone = { .index = 0, .count = 1 };
static struct pace pace;
static struct client clients[4];

static void finish(void)
{
	pace_finish(&pace);
}

TestSuite(pace, .fini = finish);

static void begin(struct load_options options, const struct pace_part *part)
{
	options.depth = 1;
	options.threads = part->count;
	cr_assert_eq(pace_init(&pace, &options, part, 4), 0);
	pace_start_connects(&pace, START_NS);
	pace_start(&pace, &options, START_NS);
}

Test(pace, requests_are_due_at_their_times)
{
	begin((struct load_options){ .rate = 1000 }, &alone);
	cr_assert(pace.open);
	cr_assert(pace_due(&pace, START_NS));
	schedule_advance(&pace.requests);
	cr_assert_not(pace_due(&pace, START_NS + NS_PER_MS - 1));
	cr_assert(pace_due(&pace, START_NS + NS_PER_MS));
	pace.requests_end_ns = START_NS + NS_PER_MS;
	cr_assert_not(pace_due(&pace, START_NS + 5 * NS_PER_MS));
}

/* Three streams of a third of the rate, a third of their gap apart. */
Test(pace, parts_of_a_rate_interleave)
{
	for (uint32_t i = 0; i < 3; i++) {
		const struct pace_part part = { .index = i, .count = 3 };

		begin((struct load_options){ .rate = 1000 }, &part);
		cr_assert_eq(schedule_due_ns(&pace.requests), START_NS + i * NS_PER_MS);
		schedule_advance(&pace.requests);
		cr_assert_eq(schedule_due_ns(&pace.requests), START_NS + (3 + i) * NS_PER_MS);
		pace_finish(&pace);
	}
}

Test(pace, closed_loop_waits_for_nothing)
{
	begin((struct load_options){ .pace = PACE_SPIN }, &alone);
	cr_assert_not(pace.open);
	cr_assert_eq(pace_wait_ns(&pace, START_NS, 5000, true, true), 5000);
}

Test(pace, sleeper_wakes_when_something_is_due)
{
	begin((struct load_options){ .rate = 1000, .pace = PACE_TIMER }, &alone);
	schedule_advance(&pace.requests);
	cr_assert_eq(pace_wait_ns(&pace, START_NS, NS_PER_S, true, false), NS_PER_MS);
	cr_assert_eq(pace_wait_ns(&pace, START_NS, 300, true, false), 300);
	cr_assert_eq(pace_wait_ns(&pace, START_NS + 2 * NS_PER_MS, NS_PER_S, true, false), 0);
	/* A shorter sleep would cost as much. */
	cr_assert_eq(pace_wait_ns(&pace, START_NS + NS_PER_MS - 10, NS_PER_S, true, false),
		     50 * NS_PER_US);
	/* Nobody is free to send it: an answer has to come first. */
	cr_assert_eq(pace_wait_ns(&pace, START_NS, NS_PER_S, false, false), NS_PER_S);
	pace.requests_end_ns = START_NS + NS_PER_MS;
	cr_assert_eq(pace_wait_ns(&pace, START_NS, NS_PER_S, true, false), NS_PER_S);
}

Test(pace, poller_wakes_before)
{
	uint64_t wait_ns;

	begin((struct load_options){ .rate = 1000, .pace = PACE_SPIN }, &alone);
	schedule_advance(&pace.requests);
	wait_ns = pace_wait_ns(&pace, START_NS, NS_PER_S, true, false);
	cr_assert_gt(wait_ns, 0);
	cr_assert_lt(wait_ns, NS_PER_MS);
	cr_assert_eq(pace_wait_ns(&pace, START_NS + wait_ns, NS_PER_S, true, false), 0);
}

Test(pace, pauses_end_in_their_order)
{
	begin((struct load_options){ .think = { .ns = 1000 } }, &alone);
	cr_assert_null(pace_resume(&pace, START_NS));
	/* So often that the ring goes round. */
	for (uint64_t now_ns = START_NS; now_ns < START_NS + 30000; now_ns += 3000) {
		for (uint64_t i = 0; i < 3; i++)
			pace_pause(&pace, &clients[i], now_ns + i);
		cr_assert_eq(pace_wait_ns(&pace, now_ns, NS_PER_S, false, false), 1000);
		cr_assert_null(pace_resume(&pace, now_ns + 999));
		cr_assert_eq(pace_resume(&pace, now_ns + 1000), &clients[0]);
		cr_assert_null(pace_resume(&pace, now_ns + 1000));
		cr_assert_eq(pace_resume(&pace, now_ns + 1002), &clients[1]);
		cr_assert_eq(pace_resume(&pace, now_ns + 1002), &clients[2]);
		cr_assert_null(pace_resume(&pace, now_ns + 9000));
	}
}

Test(pace, without_a_limit_connections_are_made_at_once)
{
	begin((struct load_options){ 0 }, &alone);
	for (int i = 0; i < 1000; i++)
		cr_assert(pace_connect(&pace, START_NS));
	cr_assert_eq(pace_wait_ns(&pace, START_NS, 7000, false, true), 7000);
}

static uint32_t connects_at(uint64_t now_ns)
{
	uint32_t count = 0;

	while (pace_connect(&pace, now_ns))
		count++;
	return count;
}

Test(pace, connections_keep_their_rate)
{
	begin((struct load_options){ .connect_rate = 1000 }, &alone);
	cr_assert_eq(connects_at(START_NS), 1);
	cr_assert_eq(pace_wait_ns(&pace, START_NS, NS_PER_S, false, true), NS_PER_MS);
	cr_assert_eq(pace_wait_ns(&pace, START_NS, NS_PER_S, false, false), NS_PER_S);
	cr_assert_eq(connects_at(START_NS + NS_PER_MS - 1), 0);
	cr_assert_eq(connects_at(START_NS + 5 * NS_PER_MS), 5);
}

/* A second in which none was needed does not allow a thousand at once afterwards. */
Test(pace, connections_that_were_not_needed_are_not_made_up_for)
{
	begin((struct load_options){ .connect_rate = 1000 }, &alone);
	cr_assert_eq(connects_at(START_NS), 1);
	cr_assert_leq(connects_at(START_NS + NS_PER_S), 21);
}
