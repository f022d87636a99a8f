#include "chargen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PRINTING_FIRST ' '
#define PRINTING_COUNT 95u
#define LINE_CHARACTERS 72u
#define LINE_SIZE (LINE_CHARACTERS + 2)
#define CYCLE_SIZE (PRINTING_COUNT * LINE_SIZE)

/* All lines, after which they begin again. */
struct chargen {
	uint8_t cycle[CYCLE_SIZE];
};

int chargen_open(struct chargen **ret_chargen)
{
	struct chargen *chargen = malloc(sizeof(*chargen));

	if (!chargen)
		return -ENOMEM;
	for (uint32_t line = 0; line < PRINTING_COUNT; line++) {
		uint8_t *text = chargen->cycle + line * LINE_SIZE;

		for (uint32_t i = 0; i < LINE_CHARACTERS; i++)
			text[i] = (uint8_t)(PRINTING_FIRST + (line + i) % PRINTING_COUNT);
		memcpy(text + LINE_CHARACTERS, "\r\n", 2);
	}
	*ret_chargen = chargen;
	return 0;
}

void chargen_close(struct chargen *chargen)
{
	free(chargen);
}

bool chargen_check(const struct chargen *chargen, uint8_t first, uint64_t offset,
		   const uint8_t *bytes, uint32_t length)
{
	uint32_t line = (uint32_t)first - PRINTING_FIRST, at;

	if (line >= PRINTING_COUNT)
		return false;
	at = (uint32_t)((offset + line * LINE_SIZE) % CYCLE_SIZE);
	while (length > 0) {
		uint32_t part = length < CYCLE_SIZE - at ? length : CYCLE_SIZE - at;

		if (memcmp(bytes, chargen->cycle + at, part) != 0)
			return false;
		bytes += part;
		length -= part;
		at = 0;
	}
	return true;
}
