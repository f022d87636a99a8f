/* Standard output of a conversation: answers as text or as hexadecimal bytes, and the prompt. */
#ifndef TALK_DISPLAY_H
#define TALK_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/character.h"

struct display {
	bool hex;
	bool asks;     /* standard input is a terminal: print prompts */
	bool guarded;  /* standard output is one: no control characters of the server's */
	bool mid_line; /* an answer's line has begun */
	bool asking;   /* the prompt stands there */
	uint32_t held_count;
	uint8_t held[CHARACTER_LENGTH_MAX]; /* the begin of a character that is not complete */
};

/* Find out what standard input and output are. */
void display_init(struct display *ret_display, bool hex);

/* Ask for a line, unless the prompt stands there already. */
void display_ask(struct display *display);

/* The user has ended the prompt's line. */
void display_asked(struct display *display);

/* Print a part of an answer. */
void display_bytes(struct display *display, const uint8_t *bytes, size_t count);

/* The answer is complete: end its line, unless its own newline did. An empty answer is an empty
 * line. */
void display_end(struct display *display, bool empty);

/* Before something is printed to the terminal by others: be at the beginning of a line. */
void display_break(struct display *display);

#endif
