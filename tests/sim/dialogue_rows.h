/* The services that a peer knows, a row each; and what their rows have in common. */
#ifndef SIM_DIALOGUE_ROWS_H
#define SIM_DIALOGUE_ROWS_H

#include "dialogue.h"

extern const struct dialogue dialogue_echo, dialogue_discard, dialogue_greeting, dialogue_ctime,
	dialogue_daytime, dialogue_time, dialogue_chargen, dialogue_sockperf, dialogue_stamp,
	dialogue_ntp, dialogue_irtt, dialogue_stamped;

/* All that was said has come back, or as much. */
bool is_echo_whole(const struct conversation *conversation);

#endif
