#include "line.h"

#include <stdarg.h>

void line_add(struct line *line, const char *format, ...)
{
	size_t room = sizeof(line->text) - line->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line->text + line->length, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		line->length += (size_t)length < room ? (size_t)length : room - 1;
}

void line_end(struct line *line, FILE *stream)
{
	while (line->length > 0 && line->text[line->length - 1] == ' ')
		line->length--;
	(void)fprintf(stream, "%.*s\n", (int)line->length, line->text);
	line->length = 0;
}
