/* RFC 862: everything goes back to where it came from. */
#include "answer.h"
#include "services.h"

static void echo_answer(struct service_state *state, struct message *batch, uint32_t count,
			int64_t wall_ns)
{
	for (uint32_t i = 0; i < count; i++)
		if (answer_is_due(&batch[i]))
			answer_in_place(&batch[i], batch[i].length);
}

const struct service service_echo = {
	.name = "echo",
	.summary = "sends back what it gets",
	.source = "RFC 862",
	.port = 7,
	.transports = SERVICE_STREAM | SERVICE_RECORD | SERVICE_DATAGRAM,
	.echoes = true,
	.answer = echo_answer,
};
