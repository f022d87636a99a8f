/* The scripts of the differential test. Places: see differential.c. */
#include "base/array.h"
#include "script.h"

enum { ECHO_TCP, ECHO_UDP, ECHO_UNIX, ECHO_GRAM, ECHO_PACKET, DISCARD, GREETING, CHARGEN, TIME };

static const struct script_step one_message[] = {
	{ 0, ECHO_TCP, SCRIPT_CONNECT },
	{ 0, 0, SCRIPT_SAY, 100 },
	{ 0, 0, SCRIPT_HEAR, 100 },
	{ 0, 0, SCRIPT_CLOSE },
};

static const struct script_step half_close[] = {
	{ 0, ECHO_TCP, SCRIPT_CONNECT },
	{ 0, 0, SCRIPT_SAY, 5000 },
	{ 0, 0, SCRIPT_SHUT },
	{ 0, 0, SCRIPT_HEAR_END },
	{ 1, ECHO_UNIX, SCRIPT_CONNECT },
	{ 1, 0, SCRIPT_SAY, 5000 },
	{ 1, 0, SCRIPT_SHUT },
	{ 1, 0, SCRIPT_HEAR_END },
};

static const struct script_step reset[] = {
	{ 0, ECHO_TCP, SCRIPT_CONNECT }, { 0, 0, SCRIPT_SAY, 3000 },
	{ 0, 0, SCRIPT_HEAR, 1000 },	 { 0, 0, SCRIPT_RESET },
	{ 1, ECHO_TCP, SCRIPT_CONNECT }, { 1, 0, SCRIPT_SAY, 10 },
	{ 1, 0, SCRIPT_HEAR, 10 },
};

static const struct script_step big[] = {
	{ 0, ECHO_TCP, SCRIPT_CONNECT },
	{ 0, 0, SCRIPT_SAY_ALL, 3000000 },
	{ 0, 0, SCRIPT_SHUT },
	{ 0, 0, SCRIPT_HEAR_END },
	{ 1, ECHO_UNIX, SCRIPT_CONNECT },
	{ 1, 0, SCRIPT_SAY_ALL, 3000000 },
	{ 1, 0, SCRIPT_SHUT },
	{ 1, 0, SCRIPT_HEAR_END },
};

static const struct script_step datagrams[] = {
	{ 0, ECHO_UDP, SCRIPT_CONNECT }, { 0, 0, SCRIPT_SAY, 1 },
	{ 0, 0, SCRIPT_HEAR },		 { 0, 0, SCRIPT_SAY, 1472 },
	{ 0, 0, SCRIPT_HEAR },		 { 0, 0, SCRIPT_SAY, 9000 },
	{ 0, 0, SCRIPT_HEAR },		 { 1, ECHO_GRAM, SCRIPT_CONNECT },
	{ 1, 0, SCRIPT_SAY, 7 },	 { 1, 0, SCRIPT_SAY, 4000 },
	{ 1, 0, SCRIPT_HEAR },		 { 1, 0, SCRIPT_HEAR },
};

static const struct script_step records[] = {
	{ 0, ECHO_PACKET, SCRIPT_CONNECT },
	{ 0, 0, SCRIPT_SAY, 10 },
	{ 0, 0, SCRIPT_SAY, 2000 },
	{ 0, 0, SCRIPT_HEAR },
	{ 0, 0, SCRIPT_HEAR },
	{ 0, 0, SCRIPT_SHUT },
	{ 0, 0, SCRIPT_HEAR_END },
};

static const struct script_step others[] = {
	{ 0, DISCARD, SCRIPT_CONNECT },	 { 0, 0, SCRIPT_SAY, 20000 },
	{ 0, 0, SCRIPT_SHUT },		 { 0, 0, SCRIPT_HEAR_END },
	{ 1, GREETING, SCRIPT_CONNECT }, { 1, 0, SCRIPT_SAY, 3 },
	{ 1, 0, SCRIPT_HEAR, 10 },	 { 1, 0, SCRIPT_SAY, 4 },
	{ 1, 0, SCRIPT_HEAR, 10 },	 { 1, 0, SCRIPT_SHUT },
	{ 1, 0, SCRIPT_HEAR_END },	 { 2, CHARGEN, SCRIPT_CONNECT },
	{ 2, 0, SCRIPT_HEAR, 200000 },	 { 2, 0, SCRIPT_CLOSE },
};

/* Several at a time, their steps in turns. */
static const struct script_step crowd[] = {
	{ 0, ECHO_TCP, SCRIPT_CONNECT },
	{ 1, ECHO_TCP, SCRIPT_CONNECT },
	{ 2, ECHO_UNIX, SCRIPT_CONNECT },
	{ 3, ECHO_PACKET, SCRIPT_CONNECT },
	{ 0, 0, SCRIPT_SAY, 4096 },
	{ 1, 0, SCRIPT_SAY, 4097 },
	{ 2, 0, SCRIPT_SAY, 1 },
	{ 3, 0, SCRIPT_SAY, 64 },
	{ 2, 0, SCRIPT_HEAR, 1 },
	{ 1, 0, SCRIPT_HEAR, 4097 },
	{ 3, 0, SCRIPT_HEAR },
	{ 0, 0, SCRIPT_HEAR, 4096 },
	{ 0, 0, SCRIPT_SHUT },
	{ 1, 0, SCRIPT_RESET },
	{ 2, 0, SCRIPT_SHUT },
	{ 0, 0, SCRIPT_HEAR_END },
	{ 2, 0, SCRIPT_HEAR_END },
	{ 3, 0, SCRIPT_CLOSE },
};

#define SCRIPT(script_name, script_steps)                       \
	{                                                       \
		.name = (script_name), .steps = (script_steps), \
		.step_count = ARRAY_SIZE(script_steps)          \
	}

const struct script scripts[] = {
	SCRIPT("one message", one_message),
	SCRIPT("half-close", half_close),
	SCRIPT("reset", reset),
	SCRIPT("big messages", big),
	SCRIPT("datagrams", datagrams),
	SCRIPT("records", records),
	SCRIPT("other services", others),
	SCRIPT("crowd", crowd),
};

const uint32_t script_count = ARRAY_SIZE(scripts);
