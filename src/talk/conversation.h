/*
 * One connection of an engine, and what is said on it: messages go out, answers are displayed as
 * they come.
 *
 * An answer is one datagram or record. A stream has no such ends: there an answer is complete when
 * it is as long as the message, as an echo is, or when nothing follows for CONVERSATION_QUIET_NS.
 */
#ifndef TALK_CONVERSATION_H
#define TALK_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ringside/engine.h>

#include "base/clock.h"
#include "base/error.h"
#include "display.h"
#include "net/url.h"
#include "protocol.h"

#define CONVERSATION_QUIET_NS (50 * NS_PER_MS)

struct conversation {
	struct url url;
	uint64_t timeout_ns;
	struct display display;
	struct answer *answer; /* where answers go that are not to be displayed; NULL: none */
	struct engine *engine;
	uint32_t connection;
	bool open;
	bool closed;	   /* it was open, or tried to be, and is no more */
	int error;	   /* closed: 0 or a negative errno */
	bool heard;	   /* anything, ever */
	uint64_t sent;	   /* bytes of the last message */
	uint64_t received; /* bytes since then */
	uint64_t answers;  /* data messages since then */
};

/* Connect to the first address of the URL that lets us. answer: see struct conversation; a server
 * that speaks first may fill it meanwhile. Errors: with a sentence. Call conversation_finish() also
 * on failure. */
int conversation_init(struct conversation *ret_conversation, const struct url *url,
		      uint64_t timeout_ns, bool hex, struct answer *answer,
		      struct error *ret_error);

/* Say goodbye, and close: with a reset if the server has not taken all within the time limit. */
void conversation_finish(struct conversation *conversation);

/* Wait until something has happened, and display it. Errors: those of engine_turn(). */
int conversation_turn(struct conversation *conversation, uint64_t wait_ns);

/*
 * Send a message and wait for its answer; an empty one sends nothing on a stream. Errors: with a
 * sentence; ETIMEDOUT, EMSGSIZE, ENOTCONN (closed before the answer), those of engine_turn().
 */
int conversation_ask(struct conversation *conversation, const uint8_t *bytes, size_t length,
		     struct error *ret_error);

/* Nothing more will be asked: wait until all that is still coming has come, for the time limit at
 * most. If nothing was ever heard, wait for a server that speaks first. Errors: those of
 * engine_turn(). */
int conversation_listen(struct conversation *conversation);

#endif
