/* The last that happens to an answer before it is sent. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "serve/departure.h"

static int64_t left_ns;

/* As a service that signs does: it writes over all that it is given. */
static void write_all(struct service_state *state, uint8_t *answer, uint32_t length,
		      int64_t wall_ns)
{
	(void)state;
	memset(answer, 'x', length);
	left_ns = wall_ns;
}

static const struct service writer = { .name = "writer", .depart = write_all };
static const struct service silent = { .name = "silent" };

static struct service_state states[] = { { .service = &writer }, { .service = &silent } };
static struct departures departures = { .states = states };

TestSuite(serve_departure);

Test(serve_departure, only_who_says_when_is_asked)
{
	uint8_t answer[] = "abc";

	departures_leave(&departures, 1, answer, 3, NULL);
	cr_assert_str_eq((char *)answer, "abc");
	departures_leave(&departures, 0, answer, 3, NULL);
	cr_assert_str_eq((char *)answer, "xxx");
}

Test(serve_departure, flaws_are_not_mended)
{
	uint8_t answer[] = "abc";
	struct flaws flaws = { 0 };

	cr_assert(flaws_add(&flaws, 1, 1));
	departures_leave(&departures, 0, answer, 3, &flaws);
	cr_assert_str_eq((char *)answer, "xyx");
	departures_leave(&departures, 1, answer, 3, &flaws);
	cr_assert_str_eq((char *)answer, "xxx");
}

Test(serve_departure, flaws_have_an_end)
{
	struct flaws flaws = { 0 };

	for (uint32_t i = 0; i < FLAW_MAX; i++)
		cr_assert(flaws_add(&flaws, i, 1));
	cr_assert_not(flaws_add(&flaws, 0, 1));
	cr_assert_eq(flaws.count, FLAW_MAX);
}

Test(serve_departure, each_batch_has_a_time_of_its_own)
{
	uint8_t answer[4];
	int64_t first_ns, before_ns = clock_wall_ns();

	departures.once = true;
	departures_begin(&departures);
	departures_leave(&departures, 0, answer, 3, NULL);
	first_ns = left_ns;
	cr_assert_geq(first_ns, before_ns);
	while (clock_wall_ns() == first_ns)
		continue;
	departures_leave(&departures, 0, answer, 3, NULL);
	cr_assert_eq(left_ns, first_ns);
	departures_begin(&departures);
	departures_leave(&departures, 0, answer, 3, NULL);
	cr_assert_gt(left_ns, first_ns);
}
