/*
 * What a peer does, written down step by step, so that the same can be done on a real kernel and
 * on the simulated one. All of it is done with system calls, which belong to whichever kernel there
 * is.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "place.h"

enum script_action {
	SCRIPT_CONNECT,
	SCRIPT_SAY,	 /* so many bytes; a datagram, or a record, of so many */
	SCRIPT_HEAR,	 /* until so many bytes have come; or one datagram or record */
	SCRIPT_SAY_ALL,	 /* so many bytes, hearing whatever comes meanwhile */
	SCRIPT_SHUT,	 /* say no more */
	SCRIPT_HEAR_END, /* all that comes, and how it ends */
	SCRIPT_CLOSE,
	SCRIPT_RESET,
	SCRIPT_ACTION_COUNT,
};

struct script_step {
	uint8_t connection; /* of those of the script */
	uint8_t place;	    /* SCRIPT_CONNECT */
	uint8_t action;
	uint32_t amount;
};

struct script {
	const char *name;
	uint32_t step_count;
	const struct script_step *steps;
};

#define SCRIPT_CONNECTION_MAX 8

/* Do it all; what was heard is written down, a line for each step that hears. Returns whether each
 * step could be done, and echoes were what had been said. */
bool script_run(const struct script *script, const struct place *places, FILE *transcript);

extern const struct script scripts[];
extern const uint32_t script_count;

#endif
