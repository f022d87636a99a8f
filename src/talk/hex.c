#include "hex.h"

#include <errno.h>

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

int hex_parse(const char *text, size_t length, uint8_t *ret_bytes, size_t *ret_count,
	      size_t *ret_wrong)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		int high = digit_value(text[i]);
		int low = i + 1 < length ? digit_value(text[i + 1]) : -1;

		if (text[i] == ' ' || text[i] == '\t')
			continue;
		if (high < 0 || low < 0) {
			*ret_wrong = high < 0 ? i : i + 1;
			return -EINVAL;
		}
		ret_bytes[count++] = (uint8_t)(high << 4 | low);
		i++;
	}
	*ret_count = count;
	return 0;
}
