/* The question whether each thread serves, with threads that the test plays itself. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/pulse.h"

#define SHORT_NS (20 * NS_PER_MS)
#define LONG_NS (30 * NS_PER_S)

static struct pulse *opened(uint32_t workers)
{
	struct pulse *pulse = NULL;
	struct error error;

	cr_assert_eq(pulse_open(workers, &pulse, &error), 0, "%s", error.text);
	return pulse;
}

/* Serve so many questions as an engine would: by the name that each came from. */
static void *serve_questions(void *argument)
{
	const int *fd_and_count = argument;

	for (int i = 0; i < fd_and_count[1]; i++) {
		struct sockaddr_storage peer;
		socklen_t length = sizeof(peer);
		char bytes[64];
		ssize_t got = -1;

		while (got < 0)
			got = recvfrom(fd_and_count[0], bytes, sizeof(bytes), 0,
				       (struct sockaddr *)&peer, &length);
		cr_assert_eq(sendto(fd_and_count[0], bytes, (size_t)got, 0,
				    (const struct sockaddr *)&peer, length),
			     got);
	}
	return NULL;
}

Test(pulse, those_who_answer_beat)
{
	struct pulse *pulse = opened(1);
	int served[] = { pulse_take(pulse, 0), 3 };
	enum pulse_state state;
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, serve_questions, served), 0);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(pulse_check(pulse, LONG_NS, &state), 0);
		cr_assert_eq(state, PULSE_BEATS);
	}
	(void)pthread_join(thread, NULL);
	(void)close(served[0]);
	pulse_close(pulse);
}

Test(pulse, one_that_is_silent_is_told_from_one_that_has_ended)
{
	struct pulse *pulse = opened(2);
	int silent = pulse_take(pulse, 0), ended = pulse_take(pulse, 1);
	enum pulse_state states[2];

	(void)close(ended);
	cr_assert_eq(pulse_check(pulse, SHORT_NS, states), 1);
	cr_assert_eq(states[0], PULSE_SILENT);
	cr_assert_eq(states[1], PULSE_ENDED);
	(void)close(silent);
	pulse_close(pulse);
}

/* So many that the queue of questions is full. */
Test(pulse, an_answer_that_comes_too_late_is_none)
{
	struct pulse *pulse = opened(1);
	int served[] = { pulse_take(pulse, 0), 1 };
	enum pulse_state state;

	for (int i = 0; i < 300; i++)
		cr_assert_eq(pulse_check(pulse, 0, &state), 1);
	(void)serve_questions(served);
	cr_assert_eq(pulse_check(pulse, 0, &state), 1);
	cr_assert_eq(state, PULSE_SILENT);
	(void)close(served[0]);
	pulse_close(pulse);
}

Test(pulse, nobody_else_can_send_to_it)
{
	struct pulse *pulse = opened(1);
	int served = pulse_take(pulse, 0);
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);
	int stranger = socket(AF_UNIX, SOCK_DGRAM, 0);

	cr_assert_eq(getsockname(served, (struct sockaddr *)&name, &length), 0);
	cr_assert_eq(sendto(stranger, "x", 1, 0, (struct sockaddr *)&name, length), -1);
	(void)close(stranger);
	(void)close(served);
	pulse_close(pulse);
}
