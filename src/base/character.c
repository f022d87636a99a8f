#include "base/character.h"

#include <stdbool.h>
#include <string.h>

#include "base/array.h"

#define CONTINUATION_MIN 0x80
#define CONTINUATION_MAX 0xbf

/* First bytes that not every continuation may follow. */
static const struct second {
	uint8_t first;
	uint8_t min, max;
} seconds[] = {
	{ .first = 0xc2, .min = 0xa0, .max = 0xbf }, /* below: control characters */
	{ .first = 0xe0, .min = 0xa0, .max = 0xbf }, /* below: written too long */
	{ .first = 0xed, .min = 0x80, .max = 0x9f }, /* above: halves of UTF-16 */
	{ .first = 0xf0, .min = 0x90, .max = 0xbf }, /* below: written too long */
	{ .first = 0xf4, .min = 0x80, .max = 0x8f }, /* above: beyond U+10FFFF */
};

size_t character_length(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	if (first < 0xe0)
		return 2;
	if (first < 0xf0)
		return 3;
	return first < 0xf5 ? 4 : 0;
}

static bool second_fits(uint8_t first, uint8_t second)
{
	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++)
		if (seconds[i].first == first)
			return second >= seconds[i].min && second <= seconds[i].max;
	return true;
}

size_t character_shown(const uint8_t *bytes, size_t count)
{
	size_t length = count > 0 ? character_length(bytes[0]) : 0;

	if (length > count)
		return 0;
	if (length == 1)
		return bytes[0] >= ' ' && bytes[0] != 0x7f;
	for (size_t i = 1; i < length; i++)
		if (bytes[i] < CONTINUATION_MIN || bytes[i] > CONTINUATION_MAX)
			return 0;
	return length > 0 && second_fits(bytes[0], bytes[1]) ? length : 0;
}

int character_print(const char *text, FILE *stream)
{
	size_t length = strlen(text), step;
	int count = 0;

	for (size_t at = 0; at < length; at += step, count++) {
		step = character_shown((const uint8_t *)text + at, length - at);
		if (step > 0)
			(void)fwrite(text + at, 1, step, stream);
		else
			(void)fputc('?', stream);
		step = step > 0 ? step : 1;
	}
	return count;
}
