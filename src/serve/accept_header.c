#include "accept_header.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

/* A quality, "0" to "1" with up to three decimals, in thousandths; what is none of that is 0. */
static unsigned int quality_parse(const char *text, size_t length)
{
	unsigned int quality = 0, unit = 1000;

	for (size_t i = 0; i < length && unit > 0; i++) {
		if (i == 1 && text[i] == '.')
			continue;
		if (!isdigit((unsigned char)text[i]))
			return 0;
		quality += unit * (unsigned int)(text[i] - '0');
		unit /= 10;
	}
	return quality <= 1000 ? quality : 1000;
}

/* Of one type with its parameters: "text/plain;version=0.0.4;q=0.5". */
static unsigned int quality_of(const char *item, size_t length)
{
	size_t at = 0;

	while (at < length) {
		size_t part = strcspn(item + at, ";,");

		if (part >= 2 && strncasecmp(item + at, "q=", 2) == 0)
			return quality_parse(item + at + 2, strcspn(item + at + 2, ";," BLANKS));
		at += part;
		if (at < length)
			at++;
		at += strspn(item + at, BLANKS);
	}
	return 1000;
}

static bool is_type(const char *item, const char *type)
{
	size_t length = strlen(type);

	return strncasecmp(item, type, length) == 0 && strcspn(item + length, ";," BLANKS) == 0;
}

bool accept_openmetrics(const char *value)
{
	unsigned int openmetrics = 0, plain = 0;
	const char *item = value ? value : "";

	while (*item) {
		size_t length;

		item += strspn(item, "," BLANKS);
		length = strcspn(item, ",");
		if (is_type(item, "application/openmetrics-text")) {
			unsigned int quality = quality_of(item, length);

			openmetrics = quality > openmetrics ? quality : openmetrics;
		} else if (is_type(item, "text/plain")) {
			unsigned int quality = quality_of(item, length);

			plain = quality > plain ? quality : plain;
		}
		item += length;
	}
	return openmetrics > 0 && openmetrics >= plain;
}
