/* Each message is answered with the same text. */
#include "answer.h"
#include "services.h"
#include "timetext.h"

/* A text may be anything, so nothing tells the greeting of another server from a question: two with
 * different texts would answer each other for ever. A refusal ends a single such exchange that is
 * faster, the rest is bounded; and people who want to be greeted are fewer. */
#define UDP_RATE 1000

/* Two servers that greet each other's greetings would never stop, nor would a greeting one and one
 * that tells the time. */
static bool is_answer(const struct service_state *state, const struct message *message)
{
	if (!(message->flags & MESSAGE_DATAGRAM))
		return false;
	if (message->length == state->text_length &&
	    memcmp(message->data, state->text, state->text_length) == 0)
		return true;
	return timetext_is_answer(message);
}

static void greeting_answer(struct service_state *state, struct message *batch, uint32_t count,
			    int64_t wall_ns)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!answer_is_due(&batch[i]))
			continue;
		if (is_answer(state, &batch[i]))
			answer_refuse(&batch[i], REFUSED_LOOP);
		else
			answer_with(&batch[i], state->text, state->text_length);
	}
}

const struct service service_greeting = {
	.name = "greeting",
	.summary = "answers each message with --text",
	.source = "ringside",
	.transports = SERVICE_STREAM | SERVICE_RECORD | SERVICE_DATAGRAM,
	.reply_room = SERVICE_TEXT_MAX,
	.udp_rate = UDP_RATE,
	.answer = greeting_answer,
};
