#include "markup.h"

#include <ctype.h>

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

void markup_text(const char *text, FILE *stream)
{
	/* U+FFFE and U+FFFF are no characters to XML. */
	for (; *text; text++) {
		const unsigned char *bytes = (const unsigned char *)text;

		if (bytes[0] == 0xef && bytes[1] == 0xbf && bytes[2] >= 0xbe) {
			(void)fputc(' ', stream);
			text += 2;
		} else {
			markup_sign(*text, stream);
		}
	}
}
