/* RFC 867: one line with date and time, to whoever connects or sends anything. */
#include "answer.h"
#include "services.h"
#include "timetext.h"

#define LENGTH_MAX (CTIME_LENGTH + 2) /* smtp has as many, iso8601 fewer */

static uint32_t daytime_write(const struct service_options *options, int64_t second, char *text)
{
	uint32_t length = CTIME_LENGTH;

	switch (options->daytime_format) {
	case DAYTIME_CTIME:
		timetext_ctime(second, text);
		break;
	case DAYTIME_SMTP:
		length = timetext_smtp(second, text);
		break;
	case DAYTIME_ISO8601:
		length = timetext_iso8601(second, text);
		break;
	}
	memcpy(text + length, "\r\n", 2);
	return length + 2;
}

static void daytime_answer(struct service_state *state, struct message *batch, uint32_t count,
			   int64_t wall_ns)
{
	timetext_renew(state, wall_ns, daytime_write);
	for (uint32_t i = 0; i < count; i++) {
		struct message *message = &batch[i];

		if (message->kind == MESSAGE_OPENED) {
			answer_with(message, state->text, state->text_length);
			message->flags |= MESSAGE_HANG_UP;
		} else if (message->kind == MESSAGE_DATA && message->flags & MESSAGE_DATAGRAM) {
			/* A truncated one is answered too: what it says does not matter. */
			if (timetext_is_answer(message))
				answer_refuse(message, REFUSED_LOOP);
			else
				answer_with(message, state->text, state->text_length);
		}
	}
}

const struct service service_daytime = {
	.name = "daytime",
	.summary = "tells date and time in a line of text",
	.source = "RFC 867",
	.port = 13,
	.transports = SERVICE_STREAM | SERVICE_RECORD | SERVICE_DATAGRAM,
	.talks = true,
	.needs_clock = true,
	.reply_room = LENGTH_MAX,
	.answer = daytime_answer,
};
