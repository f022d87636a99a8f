/* One message put to a service: what the tests of the services share. */
#ifndef TESTS_SERVICE_TRIAL_H
#define TESTS_SERVICE_TRIAL_H

#include <criterion/criterion.h>
#include <string.h>

#include <ringside/service.h>

#define TRIAL_ROOM 65536

/* 2026-11-22 11:15:22.5 UTC, a Sunday. */
#define TRIAL_WALL_NS 1795346122500000000

struct trial {
	struct service_state state;
	struct message message;
	uint8_t data[TRIAL_ROOM];
};

static inline void trial_init(struct trial *trial, const char *name,
			      const struct service_options *options)
{
	const struct service *service = service_find(name, strlen(name));
	struct service_options chosen;

	service_options_init(&chosen);
	chosen.session_max = 16; /* by default, so that a trial is made in no time */
	if (options)
		chosen = *options;
	if (chosen.connection_max == 0)
		chosen.connection_max = 1;
	cr_assert_not_null(service);
	service_finish(&trial->state);
	memset(trial, 0, sizeof(*trial));
	cr_assert_eq(service_init(&trial->state, service, &chosen, NULL), 0);
	trial->message.data = trial->data;
	trial->message.capacity = TRIAL_ROOM;
}

/* Put a message of a kind, with flags, to the service, which has room for capacity bytes. */
static inline const struct message *trial_put(struct trial *trial, enum message_kind kind,
					      uint8_t flags, const char *bytes, uint32_t length,
					      int64_t wall_ns)
{
	struct message *message = &trial->message;

	memcpy(trial->data, bytes, length);
	*message = (struct message){
		.data = trial->data,
		.length = length,
		.capacity = message->capacity,
		.kind = (uint8_t)kind,
		.flags = flags,
	};
	trial->state.service->answer(&trial->state, message, 1, wall_ns);
	return message;
}

/* The same with a whole datagram, a part of a stream, and a connection that has just opened. */
static inline const struct message *trial_datagram(struct trial *trial, const char *text)
{
	return trial_put(trial, MESSAGE_DATA, MESSAGE_DATAGRAM, text, (uint32_t)strlen(text),
			 TRIAL_WALL_NS);
}

static inline const struct message *trial_stream(struct trial *trial, const char *text)
{
	return trial_put(trial, MESSAGE_DATA, 0, text, (uint32_t)strlen(text), TRIAL_WALL_NS);
}

static inline const struct message *trial_opened(struct trial *trial)
{
	return trial_put(trial, MESSAGE_OPENED, 0, "", 0, TRIAL_WALL_NS);
}

static inline void assert_answer(const struct message *message, const char *text)
{
	cr_assert_eq(message->refused, REFUSED_NOT);
	cr_assert_eq(message->reply, strlen(text));
	cr_assert_arr_eq(message->data, text, strlen(text));
}

static inline void assert_silent(const struct message *message)
{
	cr_assert_eq(message->reply, 0);
	cr_assert_eq(message->answer_empty, 0);
	cr_assert_eq(message->refused, REFUSED_NOT);
}

static inline void assert_refused(const struct message *message, enum message_refusal reason)
{
	cr_assert_eq(message->reply, 0);
	cr_assert_eq(message->answer_empty, 0);
	cr_assert_eq(message->refused, reason);
}

#endif
