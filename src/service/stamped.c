/* The server of Core Python Programming: each message comes back behind "[Sun Nov 22 ...] ". */
#include "answer.h"
#include "services.h"
#include "timetext.h"

#define PREFIX_LENGTH (1 + CTIME_LENGTH + 2)

static uint32_t stamp_write(const struct service_options *options, int64_t second, char *text)
{
	text[0] = '[';
	timetext_ctime(second, text + 1);
	memcpy(text + 1 + CTIME_LENGTH, "] ", 2);
	return PREFIX_LENGTH;
}

static void stamp(struct message *message, const char *text)
{
	if (timetext_is_answer(message)) {
		answer_refuse(message, REFUSED_LOOP);
	} else if (message->capacity < PREFIX_LENGTH ||
		   message->capacity - PREFIX_LENGTH < message->length) {
		answer_refuse(message, REFUSED_SIZE);
	} else {
		memmove(message->data + PREFIX_LENGTH, message->data, message->length);
		memcpy(message->data, text, PREFIX_LENGTH);
		answer_in_place(message, message->length + PREFIX_LENGTH);
	}
}

static void stamped_answer(struct service_state *state, struct message *batch, uint32_t count,
			   int64_t wall_ns)
{
	timetext_renew(state, wall_ns, stamp_write);
	for (uint32_t i = 0; i < count; i++)
		if (answer_is_due(&batch[i]))
			stamp(&batch[i], state->text);
}

const struct service service_stamped = {
	.name = "stamped",
	.summary = "sends back what it gets behind the time",
	.source = "Core Python Programming",
	.transports = SERVICE_STREAM | SERVICE_RECORD | SERVICE_DATAGRAM,
	.needs_clock = true,
	.reply_room = PREFIX_LENGTH,
	.lengthens = true,
	.answer = stamped_answer,
};
