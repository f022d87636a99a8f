#include "phrase.h"

#include <stdarg.h>
#include <stdio.h>

void phrase_add(struct phrase *phrase, const char *format, ...)
{
	size_t room = sizeof(phrase->text) - phrase->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(phrase->text + phrase->used, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		phrase->used += (size_t)length < room ? (size_t)length : room - 1;
}

const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}
