/* Exit codes and sentences of a load, by what its total holds. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "load/cost.h"
#include "load/document.h"
#include "load/ending.h"
#include "load_trial.h"

static struct trial trial;
static struct session session;
static struct error reason;

static void open_session(const char *line)
{
	cr_assert_eq(trial_parse(&trial, line), 0, "%s", trial.error.text);
	cr_assert_eq(session_init(&session, &trial.options, &trial.target, 0, NULL), 0);
	session.total.connected = 3;
	session.total.result.started_ns = 1;
	session.total.result.ended_ns = 1000000001;
	session.total.result.sent = session.total.result.requests = 1000;
}

static void close_session(void)
{
	session_finish(&session);
	trial_finish(&trial);
}

static int ending(void)
{
	session_judge(&session);
	return session_ending(&session, &reason);
}

TestSuite(load_ending, .fini = close_session);

Test(load_ending, all_answered_is_good)
{
	open_session("tcp://127.0.0.1:7");
	cr_assert_eq(ending(), EXIT_GOOD);
	cr_assert_not(session_is_unreachable(&session));
}

/* It counts polling by the clock, which goes on while others have its CPU. */
Test(load_ending, a_server_that_polled_longer_than_it_ran_was_not_busy)
{
	open_session("tcp://127.0.0.1:7");
	session.total.usage.server_known = true;
	session.total.usage.taken_ns = 1000;
	session.total.usage.server.busiest_ns = 800;
	session.server_known = true;
	session.server.cpu_ns = 800;
	session.server.spin_ns = 900;
	cr_assert_eq(ending(), EXIT_GOOD);
	cr_assert_eq(session.verdict.evidence.server_busy, 0);
}

Test(load_ending, nobody_connected_cannot_be_tested)
{
	open_session("tcp://127.0.0.1:7");
	session.total.connected = 0;
	session.total.result.errors[RESULT_CONNECT] = 3;
	session.total.result.causes[RESULT_CONNECT] = -ECONNREFUSED;
	cr_assert(session_is_unreachable(&session));
	cr_assert_eq(ending(), EXIT_CANNOT);
	cr_assert(strstr(reason.text, "cannot reach echo+tcp://"), "%s", reason.text);
	cr_assert(strstr(reason.text, "Connection refused"), "%s", reason.text);
}

Test(load_ending, errors_come_before_what_was_lost)
{
	open_session("tcp://127.0.0.1:7");
	session.total.result.lost = 2;
	cr_assert_eq(ending(), EXIT_BAD);
	cr_assert(strstr(reason.text, "2 of 1000 requests were never answered"));
	session.total.result.errors[RESULT_CORRUPT] = 1;
	cr_assert_eq(ending(), EXIT_BAD);
	cr_assert(strstr(reason.text, "answers unlike their requests"), "%s", reason.text);
}

/* Judged again after the total was changed: 1000 in a second. */
Test(load_ending, thresholds_follow_the_total)
{
	open_session("--threshold rate>1500 tcp://127.0.0.1:7");
	cr_assert_eq(ending(), EXIT_BAD);
	cr_assert(strstr(reason.text, "a threshold was broken"), "%s", reason.text);
	session.total.result.requests = 2000;
	cr_assert_eq(ending(), EXIT_GOOD);
}

Test(load_ending, rate_that_was_not_held_fails_where_it_must_be)
{
	open_session("-R 2000 tcp://127.0.0.1:7");
	cr_assert_eq(ending(), EXIT_GOOD);
	cr_assert_not(session.verdict.rate_held);
	close_session();
	open_session("-R 2000 --abort-on slip tcp://127.0.0.1:7");
	cr_assert_eq(ending(), EXIT_BAD);
	cr_assert(strstr(reason.text, "the rate was not held"), "%s", reason.text);
}

/* Figures of user space alone would pass for those of all, were it not said. */
Test(load_ending, what_cycles_leave_out_is_told)
{
	char *text;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	struct page page;
	json_t *document;

	cr_assert_not_null(stream);
	page_init(&page, stream);
	open_session("tcp://127.0.0.1:7");
	session.total.choice.backend = "epoll";
	session.total.result.cost.cycles = 3000000;
	session.total.result.cost.instructions = 6000000;
	(void)snprintf(session.total.pmu_note, sizeof(session.total.pmu_note), "user space only");
	cost_print(&session, &page);
	(void)fclose(stream);
	cr_expect(strstr(text, "2.00 each; user space only"), "%s", text);
	free(text);
	document = session_to_json(&session);
	cr_expect_str_eq(json_string_value(json_object_get(document, "pmu_note")),
			 "user space only");
	json_decref(document);
}
