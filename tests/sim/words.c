#include "words.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/option.h"

void words_add(struct words *words, const char *format, ...)
{
	size_t room = sizeof(words->text) - words->used;
	char *word = words->text + words->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(word, room, format, arguments);
	va_end(arguments);
	assert(length >= 0 && (size_t)length < room && words->count < WORD_MAX);
	words->used += (uint32_t)length + 1;
	words->items[words->count++] = word;
	words->items[words->count] = NULL;
}

bool words_option(struct words *words, const struct option_table *table, const char *name,
		  const char *format, ...)
{
	const struct option_row *row = table->rows;
	char value[256];
	va_list arguments;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	if (!row->name)
		return false;
	va_start(arguments, format);
	(void)vsnprintf(value, sizeof(value), format, arguments);
	va_end(arguments);
	words_add(words, "--%s=%s", name, value);
	return true;
}
