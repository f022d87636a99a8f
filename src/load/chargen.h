/*
 * The text of RFC 864, to compare with: lines of 72 printing characters, each of which begins one
 * character further on in the ring of the 95 that there are. A server may begin at any of them.
 */
#ifndef LOAD_CHARGEN_H
#define LOAD_CHARGEN_H

#include <stdbool.h>
#include <stdint.h>

struct chargen;

/* Errors: ENOMEM. */
int chargen_open(struct chargen **ret_chargen);
void chargen_close(struct chargen *chargen);

/* Are these the bytes from offset on, of the text whose first line begins with first? */
bool chargen_check(const struct chargen *chargen, uint8_t first, uint64_t offset,
		   const uint8_t *bytes, uint32_t length);

#endif
