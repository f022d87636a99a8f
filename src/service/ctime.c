/* The time server of the Python Cookbook: each message is answered with the text of ctime(). */
#include "answer.h"
#include "services.h"
#include "timetext.h"

static uint32_t ctime_write(const struct service_options *options, int64_t second, char *text)
{
	timetext_ctime(second, text);
	return CTIME_LENGTH;
}

static void ctime_answer(struct service_state *state, struct message *batch, uint32_t count,
			 int64_t wall_ns)
{
	timetext_renew(state, wall_ns, ctime_write);
	for (uint32_t i = 0; i < count; i++) {
		if (!answer_is_due(&batch[i]))
			continue;
		if (timetext_is_answer(&batch[i]))
			answer_refuse(&batch[i], REFUSED_LOOP);
		else
			answer_with(&batch[i], state->text, state->text_length);
	}
}

const struct service service_ctime = {
	.name = "ctime",
	.summary = "answers each message with the text of ctime()",
	.source = "Python Cookbook",
	.transports = SERVICE_STREAM | SERVICE_RECORD | SERVICE_DATAGRAM,
	.needs_clock = true,
	.reply_room = CTIME_LENGTH,
	.answer = ctime_answer,
};
