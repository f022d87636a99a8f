/* Bytes as people write them: 48 65 6c. */
#ifndef TALK_HEX_H
#define TALK_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Turn pairs of hexadecimal digits, spaces between them as you like, into bytes; ret_bytes may be
 * text itself. Errors: EINVAL, with the place of the first character that is wrong. */
int hex_parse(const char *text, size_t length, uint8_t *ret_bytes, size_t *ret_count,
	      size_t *ret_wrong);

#endif
