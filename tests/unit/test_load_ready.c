/* A load that is held: its connections stand before it asks, its window begins after. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "load/plan.h"
#include "load_trial.h"

/* The kernel makes its connections: nobody need accept them before they are counted. */
struct listener {
	int socket;
	uint16_t port;
};

static void listener_open(struct listener *ret_listener)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	cr_assert_geq(made, 0);
	cr_assert_eq(bind(made, (struct sockaddr *)&address, length), 0);
	cr_assert_eq(getsockname(made, (struct sockaddr *)&address, &length), 0);
	*ret_listener = (struct listener){ made, ntohs(address.sin_port) };
}

static uint32_t listener_count(const struct listener *listener)
{
	uint32_t count = 0;

	while (accept(listener->socket, NULL, NULL) >= 0)
		count++;
	return count;
}

/* Who is asked, and what it answers. */
struct asked {
	const struct listener *listener;
	int answer;
	uint32_t times, connections;
	uint64_t answered_ns;
};

static int on_ready(void *context, struct error *ret_error)
{
	struct asked *asked = context;

	asked->times++;
	asked->connections = listener_count(asked->listener);
	asked->answered_ns = clock_now_ns();
	return asked->answer ? error_set(ret_error, asked->answer, "somebody is missing") : 0;
}

static int run(const struct listener *listener, struct asked *asked, struct outcome *ret_outcome,
	       struct error *ret_error)
{
	const struct observer observer = { .context = asked, .ready = on_ready };
	static const atomic_int stop;
	struct trial trial;
	char line[128];
	int error;

	asked->listener = listener;
	(void)snprintf(line, sizeof(line), "-c 6 -t 2 -d 20ms discard+tcp://127.0.0.1:%u",
		       listener->port);
	cr_assert_eq(trial_parse(&trial, line), 0, "%s", trial.error.text);
	cr_assert_eq(target_resolve(&trial.target, NS_PER_S, ret_error), 0);
	error = plan_run(&trial.options, &trial.target, &stop, &observer, ret_outcome, ret_error);
	trial_finish(&trial);
	return error;
}

Test(load_ready, window_begins_after_the_answer)
{
	struct asked asked = { .answer = 0 };
	struct outcome outcome;
	struct listener listener;
	struct error reason;

	listener_open(&listener);
	cr_assert_eq(listen(listener.socket, 16), 0);
	cr_assert_eq(run(&listener, &asked, &outcome, &reason), 0, "%s", reason.text);
	cr_assert_eq(asked.times, 1);
	cr_assert_eq(asked.connections, 6);
	cr_assert_geq(outcome.result.started_ns, asked.answered_ns);
	cr_assert_gt(outcome.result.sent, 0);
	outcome_finish(&outcome);
	(void)close(listener.socket);
}

Test(load_ready, refusal_ends_the_run_with_its_sentence)
{
	struct asked asked = { .answer = -ECANCELED };
	struct outcome outcome;
	struct listener listener;
	struct error reason = { "" };

	listener_open(&listener);
	cr_assert_eq(listen(listener.socket, 16), 0);
	cr_assert_eq(run(&listener, &asked, &outcome, &reason), -ECANCELED);
	cr_assert_str_eq(reason.text, "somebody is missing");
	cr_assert_eq(asked.times, 1);
	(void)close(listener.socket);
}

Test(load_ready, nobody_is_asked_without_a_connection)
{
	struct asked asked = { .answer = 0 };
	struct outcome outcome;
	struct listener listener;
	struct error reason;

	listener_open(&listener); /* bound, not listening: it refuses */
	cr_assert_eq(run(&listener, &asked, &outcome, &reason), 0, "%s", reason.text);
	cr_assert_eq(asked.times, 0);
	cr_assert_eq(outcome.connected, 0);
	cr_assert_eq(outcome.result.errors[RESULT_CONNECT], 6);
	outcome_finish(&outcome);
	(void)close(listener.socket);
}
