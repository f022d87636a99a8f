/* Characters in UTF-8, and which of them may be shown at a terminal. */
#ifndef BASE_CHARACTER_H
#define BASE_CHARACTER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CHARACTER_LENGTH_MAX 4

/* How many bytes a character has that begins with this one; 0: none does. */
size_t character_length(uint8_t first);

/* The length of the character that bytes begin with, if it may be shown; 0 if it is no UTF-8, not
 * there as a whole, or a control character. U+0080 to U+009F are, too: terminals obey them. */
size_t character_shown(const uint8_t *bytes, size_t count);

/* Print a text that came from anywhere, each byte that may not be shown as a question mark. Returns
 * how many characters that were. */
int character_print(const char *text, FILE *stream);

#endif
