/* How a load has ended: its exit code, and the sentence to remember it by. */
#ifndef LOAD_ENDING_H
#define LOAD_ENDING_H

#include <stdbool.h>

#include "base/error.h"
#include "session.h"

/* Nobody has answered, and somebody has said why: there is nothing to report. */
bool session_is_unreachable(const struct session *session);

/* Has the time of -d not passed, though nothing cut it short? Then each connection was lost, or
 * nobody answered any more. */
bool session_has_run_dry(const struct session *session);

/* An exit code of commands.h; but for EXIT_GOOD with a sentence. */
int session_ending(const struct session *session, struct error *ret_reason);

#endif
