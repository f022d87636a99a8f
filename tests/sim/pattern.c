#include "pattern.h"

#include <string.h>

#include "measure/random.h"

/* A prime: no buffer or message divides it, so what is lost or comes twice shows. */
#define TABLE_SIZE 65521u

static uint8_t table[TABLE_SIZE];

void bytes_make(void)
{
	uint64_t state = 1;

	for (uint32_t i = 0; i < TABLE_SIZE; i++)
		table[i] = (uint8_t)random_next(&state);
}

/* How much of length stands in one piece from at on. */
static uint32_t piece_length(uint32_t at, uint32_t length)
{
	return length < TABLE_SIZE - at ? length : TABLE_SIZE - at;
}

void bytes_fill(uint64_t key, uint64_t offset, uint8_t *bytes, uint32_t length)
{
	uint32_t at = (uint32_t)((key % TABLE_SIZE + offset) % TABLE_SIZE), piece;

	for (; length > 0; length -= piece, bytes += piece, at = 0) {
		piece = piece_length(at, length);
		memcpy(bytes, table + at, piece);
	}
}

bool bytes_match(uint64_t key, uint64_t offset, const uint8_t *bytes, uint32_t length)
{
	uint32_t at = (uint32_t)((key % TABLE_SIZE + offset) % TABLE_SIZE), piece;

	for (; length > 0; length -= piece, bytes += piece, at = 0) {
		piece = piece_length(at, length);
		if (memcmp(bytes, table + at, piece) != 0)
			return false;
	}
	return true;
}
