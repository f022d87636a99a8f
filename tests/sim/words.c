#include "words.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/option.h"

__attribute__((format(printf, 2, 0))) static void add(struct words *words, const char *format,
						      va_list arguments)
{
	size_t room = sizeof(words->text) - words->used;
	char *word = words->text + words->used;
	int length = vsnprintf(word, room, format, arguments);

	assert(length >= 0 && (size_t)length < room && words->count < WORD_MAX);
	words->used += (uint32_t)length + 1;
	words->items[words->count++] = word;
	words->items[words->count] = NULL;
}

void words_add(struct words *words, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(words, format, arguments);
	va_end(arguments);
}

bool words_option(struct words *words, const struct option_table *table, const char *name,
		  const char *format, ...)
{
	const struct option_row *row = table->rows;
	char whole[256];
	va_list arguments;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	if (!row->name)
		return false;
	(void)snprintf(whole, sizeof(whole), "--%s=%s", name, format);
	va_start(arguments, format);
	add(words, whole, arguments);
	va_end(arguments);
	return true;
}
