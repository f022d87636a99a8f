/* RFC 863: everything is thrown away and nothing is ever said. */
#include "services.h"

static void discard_answer(struct service_state *state, struct message *batch, uint32_t count,
			   int64_t wall_ns)
{
}

const struct service service_discard = {
	.name = "discard",
	.summary = "throws away what it gets",
	.source = "RFC 863",
	.port = 9,
	.transports = SERVICE_STREAM | SERVICE_RECORD | SERVICE_DATAGRAM,
	.answer = discard_answer,
};
