#include "markup.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

void markup_sign(char sign, FILE *stream)
{
	switch (sign) {
	case '<':
		(void)fputs("&lt;", stream);
		break;
	case '>':
		(void)fputs("&gt;", stream);
		break;
	case '&':
		(void)fputs("&amp;", stream);
		break;
	case '"':
		(void)fputs("&quot;", stream);
		break;
	case '\'':
		(void)fputs("&#39;", stream);
		break;
	default:
		(void)fputc(iscntrl((unsigned char)sign) && sign != '\n' ? ' ' : sign, stream);
	}
}

/* U+FFFE and U+FFFF are no characters to XML. */
static bool is_none(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;

	return bytes[0] == 0xef && bytes[1] == 0xbf && bytes[2] >= 0xbe;
}

void markup_part(const char *text, size_t length, FILE *stream)
{
	for (const char *end = text + length; text < end; text++) {
		if (!is_none(text)) {
			markup_sign(*text, stream);
			continue;
		}
		(void)fputc(' ', stream);
		text += 2;
	}
}

void markup_text(const char *text, FILE *stream)
{
	markup_part(text, strlen(text), stream);
}
