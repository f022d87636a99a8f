#include "measure/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/random.h"

/* A prime: no power of two, such as a buffer's size, is a multiple of the period, so bytes that a
 * server put a buffer too far show. */
#define PERIOD 65521u

/* Requests begin at one of so many places: few enough to stay in the first-level cache. */
#define START_BITS 12

struct pattern {
	uint8_t block[PERIOD];
};

int pattern_open(uint64_t seed, struct pattern **ret_pattern)
{
	struct pattern *pattern = malloc(sizeof(*pattern));

	if (!pattern)
		return -ENOMEM;
	for (uint32_t i = 0; i < PERIOD; i++)
		pattern->block[i] = (uint8_t)random_next(&seed);
	*ret_pattern = pattern;
	return 0;
}

void pattern_close(struct pattern *pattern)
{
	free(pattern);
}

/* Where in the block byte offset of a request stands. */
static uint32_t block_position(uint64_t sequence, uint64_t offset)
{
	uint64_t position = ((sequence * 0x9e3779b97f4a7c15u) >> (64 - START_BITS)) + offset;

	return (uint32_t)(position < PERIOD ? position : position % PERIOD);
}

static void sequence_bytes(uint64_t sequence, uint8_t ret_bytes[PATTERN_SEQUENCE_SIZE])
{
	for (int i = 0; i < PATTERN_SEQUENCE_SIZE; i++)
		ret_bytes[i] = (uint8_t)(sequence >> (8 * i));
}

/* How many of length bytes from offset on belong to the sequence number. */
static uint32_t head_length(uint64_t offset, uint32_t length)
{
	uint32_t left;

	if (offset >= PATTERN_SEQUENCE_SIZE)
		return 0;
	left = (uint32_t)(PATTERN_SEQUENCE_SIZE - offset);
	return length < left ? length : left;
}

/* How many of length bytes lie in the block from position on, before it begins again. */
static uint32_t run_length(uint32_t position, uint32_t length)
{
	return length < PERIOD - position ? length : PERIOD - position;
}

void pattern_fill(const struct pattern *pattern, uint64_t sequence, uint64_t offset,
		  uint8_t *ret_bytes, uint32_t length)
{
	uint32_t head = head_length(offset, length);
	uint32_t position;

	if (head > 0) {
		uint8_t bytes[PATTERN_SEQUENCE_SIZE];

		sequence_bytes(sequence, bytes);
		memcpy(ret_bytes, bytes + offset, head);
		ret_bytes += head;
		length -= head;
	}
	position = block_position(sequence, offset + head);
	while (length > 0) {
		uint32_t run = run_length(position, length);

		memcpy(ret_bytes, pattern->block + position, run);
		ret_bytes += run;
		length -= run;
		position = 0;
	}
}

bool pattern_check(const struct pattern *pattern, uint64_t sequence, uint64_t offset,
		   const uint8_t *bytes, uint32_t length)
{
	uint32_t head = head_length(offset, length);
	uint32_t position;

	if (head > 0) {
		uint8_t expected[PATTERN_SEQUENCE_SIZE];

		sequence_bytes(sequence, expected);
		if (memcmp(bytes, expected + offset, head) != 0)
			return false;
		bytes += head;
		length -= head;
	}
	position = block_position(sequence, offset + head);
	while (length > 0) {
		uint32_t run = run_length(position, length);

		if (memcmp(bytes, pattern->block + position, run) != 0)
			return false;
		bytes += run;
		length -= run;
		position = 0;
	}
	return true;
}

uint64_t pattern_sequence(const uint8_t *bytes, uint32_t length)
{
	uint32_t count = head_length(0, length);
	uint64_t sequence = 0;

	for (uint32_t i = 0; i < count; i++)
		sequence |= (uint64_t)bytes[i] << (8 * i);
	return sequence;
}
