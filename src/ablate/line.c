#include "line.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

void line_add(struct line *line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_append_list(line->text, sizeof(line->text), format, arguments);
	va_end(arguments);
}

void line_end(struct line *line, FILE *stream)
{
	size_t length = strlen(line->text);

	while (length > 0 && line->text[length - 1] == ' ')
		length--;
	(void)fprintf(stream, "%.*s\n", (int)length, line->text);
	line->text[0] = '\0';
}
