/* What a trial of a search is judged, and who is blamed, from documents of loads. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "find/judge.h"

/* What differs between the loads of these tests: a second at 1000 requests a second. */
struct fake_load {
	const char *bottleneck;
	bool held;
	double sent;	  /* a second */
	double skipped;	  /* requests */
	double busy;	  /* the generator, a share */
	double late_ns;	  /* the most that a request was, by the generator */
	double drops;	  /* datagrams for which the generator's sockets had no room */
	const char *rule; /* the objective that was broken; NULL: none */
	double actual;
};

static struct judgement judge_load(const struct fake_load *load)
{
	json_t *document = json_pack(
		"{s:I, s:{s:f}, s:{s:f}, s:[], s:{s:s, s:b, s:s, s:{s:f, s:f, s:f, s:f}}}",
		"duration_ns", (json_int_t)1000000000, "timer_error_ns", "max", load->late_ns,
		"kernel_drops", "client", load->drops, "thresholds", "verdict", "bottleneck",
		load->bottleneck, "rate_held", (int)load->held, "reason", "so it was", "evidence",
		"rate_wanted_per_s", 1000.0, "rate_sent_per_s", load->sent, "skipped",
		load->skipped, "generator_busy_share", load->busy);
	struct judgement judgement;

	cr_assert_not_null(document);
	if (load->rule)
		json_array_append_new(json_object_get(document, "thresholds"),
				      json_pack("{s:s, s:b, s:f}", "expression", load->rule, "kept",
						0, "actual", load->actual));
	judge(document, &judgement);
	json_decref(document);
	return judgement;
}

Test(judge, what_holds_is_kept_also_by_a_late_generator)
{
	const struct fake_load quiet = { .bottleneck = "neither", .held = true, .sent = 1000 };
	const struct fake_load late = {
		.bottleneck = "generator", .held = true, .sent = 1000, .late_ns = 5e6
	};

	cr_expect_eq(judge_load(&quiet).limit, LIMIT_NONE);
	cr_expect_eq(judge_load(&late).limit, LIMIT_NONE);
	cr_expect_str_eq(judge_load(&quiet).reason, "");
}

Test(judge, a_broken_objective_is_told_with_what_it_was)
{
	const struct fake_load load = { .bottleneck = "server",
					.held = true,
					.sent = 1000,
					.rule = "p(99)<1ms",
					.actual = 1.4e6 };

	cr_expect_eq(judge_load(&load).limit, LIMIT_OBJECTIVE);
	cr_expect_str_eq(judge_load(&load).reason, "p(99)<1ms was 1.40 ms");
}

Test(judge, a_rate_that_was_not_held_comes_first)
{
	const struct fake_load load = {
		.bottleneck = "server", .sent = 900, .rule = "p(99)<1ms", .actual = 90e6
	};

	cr_expect_eq(judge_load(&load).limit, LIMIT_RATE);
	cr_expect_str_eq(judge_load(&load).reason, "so it was");
}

/* One of 1000 is; of two, or of one that was left out on purpose, that cannot be said. */
Test(judge, a_request_that_fell_over_the_edge_is_no_missing_rate)
{
	const struct fake_load one = { .bottleneck = "server", .sent = 999 };
	const struct fake_load two = { .bottleneck = "server", .sent = 998 };
	const struct fake_load skipped = { .bottleneck = "server", .sent = 999, .skipped = 1 };

	cr_expect_eq(judge_load(&one).limit, LIMIT_NONE);
	cr_expect_eq(judge_load(&two).limit, LIMIT_RATE);
	cr_expect_eq(judge_load(&skipped).limit, LIMIT_RATE);
}

Test(judge, a_late_generator_is_blamed_for_what_its_lateness_explains)
{
	struct fake_load load = { .bottleneck = "generator",
				  .held = true,
				  .sent = 1000,
				  .late_ns = 5e6,
				  .rule = "p(99)<1ms" };

	load.actual = 5.9e6;
	cr_expect_eq(judge_load(&load).limit, LIMIT_GENERATOR);
	load.actual = 6.1e6;
	cr_expect_eq(judge_load(&load).limit, LIMIT_OBJECTIVE);
	/* One that had no time to take the answers made them late itself. */
	load.busy = 0.97;
	cr_expect_eq(judge_load(&load).limit, LIMIT_GENERATOR);
}

Test(judge, lateness_breaks_no_connection_and_loses_nothing)
{
	struct fake_load load = { .bottleneck = "generator",
				  .held = true,
				  .sent = 1000,
				  .late_ns = 5e6,
				  .rule = "errors==0",
				  .actual = 3 };

	cr_expect_eq(judge_load(&load).limit, LIMIT_OBJECTIVE);
	load.rule = "loss<=1%";
	load.actual = 0.02;
	cr_expect_eq(judge_load(&load).limit, LIMIT_OBJECTIVE);
	load.drops = 20;
	cr_expect_eq(judge_load(&load).limit, LIMIT_GENERATOR);
}
