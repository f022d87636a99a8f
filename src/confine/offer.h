/* What of a sandbox this kernel offers to this process: asked for, not taken. */
#ifndef CONFINE_OFFER_H
#define CONFINE_OFFER_H

#include <stdbool.h>

#define CONFINE_TEXT_MAX 160

struct confine_text {
	char text[CONFINE_TEXT_MAX];
};

enum confine_part {
	CONFINE_USER,
	CONFINE_NO_NEW_PRIVS,
	CONFINE_CAPABILITIES,
	CONFINE_LANDLOCK,
	CONFINE_SECCOMP,
	CONFINE_PART_COUNT,
};

struct confine_offer {
	const char *name;
	/* Is it there? *ret_text: how much of it, or why not. */
	bool (*ask)(struct confine_text *ret_text);
};

/* Index: enum confine_part. */
extern const struct confine_offer confine_offers[CONFINE_PART_COUNT];

#endif
