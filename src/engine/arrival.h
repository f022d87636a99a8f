/* What came with a message: when it arrived, and what its header said. */
#ifndef ENGINE_ARRIVAL_H
#define ENGINE_ARRIVAL_H

#include <sys/socket.h>

#include "backend.h"

struct arrival {
	int64_t ns;
	uint8_t stamp; /* enum stamp_source */
	uint8_t clock; /* enum stamp_clock */
	uint8_t hop_limit;
	uint8_t traffic_class;
};

/* What the control messages say; what they do not say is zero. */
void arrival_read(struct msghdr *header, struct arrival *ret_arrival);

/* Write it into a message of the connection. Without a time of the kernel's, and if one was asked
 * for, the message gets the engine's own. */
void arrival_tell(struct engine *engine, const struct connection *connection,
		  struct message *message, const struct arrival *arrival);

/* Nothing came with it. */
static inline void arrival_unknown(struct engine *engine, const struct connection *connection,
				   struct message *message)
{
	if (connection->ancillary & ANCILLARY_ARRIVAL)
		arrival_tell(engine, connection, message, &(struct arrival){ 0 });
}

/* What was received until now was there then; what comes next gets a later time. */
static inline void arrivals_begin(struct engine *engine)
{
	engine->arrivals_ns = 0;
}

#endif
