/* What holds for all services: the list, and the limits that each of them keeps. */
#include <errno.h>

#include "service_trial.h"

static struct trial trial;

TestSuite(service);

Test(service, is_found_by_its_whole_name_only)
{
	for (const struct service *const *service = services; *service; service++)
		cr_assert_eq(service_find((*service)->name, strlen((*service)->name)), *service);
	cr_assert_null(service_find("ech", 3));
	cr_assert_null(service_find("echoes", 6));
	cr_assert_null(service_find("", 0));
	cr_assert_eq(service_find("echo+tcp", 4), services[0]);
}

Test(service, has_what_help_and_listeners_need)
{
	for (const struct service *const *service = services; *service; service++) {
		cr_assert_not_null((*service)->summary);
		cr_assert_not_null((*service)->source);
		cr_assert_neq((*service)->transports, 0);
	}
}

Test(service, chargen_is_not_offered_for_datagrams)
{
	cr_assert_eq(service_find("chargen", 7)->transports, SERVICE_STREAM);
}

Test(service, refuses_a_text_that_is_too_long)
{
	char text[SERVICE_TEXT_MAX + 2] = "";
	struct service_options options = { .text = text };
	struct service_state state;
	const struct service *greeting = service_find("greeting", 8);

	memset(text, 'x', SERVICE_TEXT_MAX + 1);
	cr_assert_eq(service_init(&state, greeting, &options, NULL), -EMSGSIZE);
	text[SERVICE_TEXT_MAX] = '\0';
	cr_assert_eq(service_init(&state, greeting, &options, NULL), 0);
	cr_assert_eq(service_reply_room(greeting, &options), SERVICE_TEXT_MAX);
	service_finish(&state);
}

Test(service, answers_no_datagram_with_more_than_it_and_its_reply_room)
{
	static const char *const questions[] = { "", "x", "a question longer than any date" };

	for (const struct service *const *service = services; *service; service++) {
		trial_init(&trial, (*service)->name, NULL);
		for (size_t i = 0; i < 3; i++) {
			(void)trial_datagram(&trial, questions[i]);
			cr_assert_leq(trial.message.reply,
				      strlen(questions[i]) +
					      service_reply_room(trial.state.service,
								 &trial.state.options),
				      "%s", (*service)->name);
		}
	}
}

/* On a stream the engine gives each message reply_room bytes more than it holds. */
Test(service, answers_one_byte_of_a_stream_within_its_reply_room)
{
	for (const struct service *const *service = services; *service; service++) {
		trial_init(&trial, (*service)->name, NULL);
		trial.message.capacity = 1 + service_reply_room(trial.state.service,
								&trial.state.options);
		(void)trial_stream(&trial, "x");
		cr_assert_leq(trial.message.reply, trial.message.capacity);
		cr_assert_eq(trial.message.refused, REFUSED_NOT);
	}
}

Test(service, never_answers_beyond_the_capacity)
{
	static const uint8_t flags[] = { 0, MESSAGE_DATAGRAM,
					 MESSAGE_DATAGRAM | MESSAGE_TRUNCATED };
	static const enum message_kind kinds[] = { MESSAGE_OPENED, MESSAGE_DATA, MESSAGE_SENT,
						   MESSAGE_CLOSED };

	for (const struct service *const *service = services; *service; service++)
		for (uint32_t capacity = 2; capacity < 40; capacity++)
			for (size_t kind = 0; kind < 4; kind++)
				for (size_t flag = 0; flag < 3; flag++) {
					trial_init(&trial, (*service)->name, NULL);
					trial.message.capacity = capacity;
					memset(trial.data, 0x7e, sizeof(trial.data));
					(void)trial_put(&trial, kinds[kind], flags[flag], "hi", 2,
							TRIAL_WALL_NS);
					cr_assert_leq(trial.message.reply, capacity);
					cr_assert_eq(trial.data[capacity], 0x7e);
				}
}

Test(service, says_nothing_when_a_connection_closes)
{
	for (const struct service *const *service = services; *service; service++) {
		trial_init(&trial, (*service)->name, NULL);
		assert_silent(trial_put(&trial, MESSAGE_CLOSED, 0, "", 0, TRIAL_WALL_NS));
	}
}

Test(service, refuses_a_datagram_that_did_not_fit_its_buffer)
{
	static const char *const names[] = { "echo",	 "time",  "ntp",     "stamp",	"irtt",
					     "sockperf", "ctime", "stamped", "greeting" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		trial_init(&trial, names[i], NULL);
		assert_refused(trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM | MESSAGE_TRUNCATED,
					 "abc", 3, TRIAL_WALL_NS),
			       REFUSED_TRUNCATED);
	}
}

/* One datagram put between any two services must not go back and forth for ever. An echo has no
 * answers of its own to know again, so two of them are kept apart by their ports alone. */
Test(service, does_not_answer_another_ones_answers_for_ever)
{
	static const char *const names[] = { "echo",  "discard", "daytime", "time",
					     "ntp",   "stamp",	 "irtt",    "sockperf",
					     "ctime", "stamped", "greeting" };
	const size_t count = sizeof(names) / sizeof(names[0]);
	static struct trial other;
	uint32_t rounds;

	for (size_t i = 0; i < count; i++)
		for (size_t j = i == 0 ? 1 : 0; j < count; j++) {
			trial_init(&trial, names[i], NULL);
			trial_init(&other, names[j], NULL);
			(void)trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, "hi", 2,
					TRIAL_WALL_NS);
			for (rounds = 0; rounds < 8 && trial.message.reply > 0; rounds++) {
				struct trial *next = rounds % 2 ? &trial : &other;
				struct trial *last = rounds % 2 ? &other : &trial;

				(void)trial_put(next, MESSAGE_DATA, MESSAGE_DATAGRAM,
						(const char *)last->data, last->message.reply,
						TRIAL_WALL_NS);
				if (next->message.reply == 0)
					break;
			}
			cr_assert_lt(rounds, 4, "%s and %s", names[i], names[j]);
		}
}
