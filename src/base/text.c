#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 63

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance, with one row of his matrix. */
size_t text_distance(const char *a, const char *b)
{
	size_t a_length = strlen(a), b_length = strlen(b);
	size_t row[WORD_MAX + 1];

	if (a_length > WORD_MAX || b_length > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_length];
}

/* A word of up to 4 letters may have one wrong, and one more for every three beyond. A word that
 * begins the candidate is near whatever is missing. */
void text_guess_offer(struct text_guess *guess, const char *candidate)
{
	size_t length = strlen(guess->word);
	size_t limit = length < 3 ? 1 : 1 + (length - 1) / 3;
	size_t distance = text_distance(guess->word, candidate);

	if (distance > 1 && length >= 2 && strncmp(guess->word, candidate, length) == 0)
		distance = 1;
	if (distance > limit || (guess->best && distance >= guess->distance))
		return;
	guess->best = candidate;
	guess->distance = distance;
}

void text_append_list(char *text, size_t size, const char *format, va_list arguments)
{
	size_t used = strlen(text);

	(void)vsnprintf(text + used, size - used, format, arguments);
}

void text_append(char *text, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_append_list(text, size, format, arguments);
	va_end(arguments);
}

void text_enumerate(char *text, size_t size, const char *word, size_t left)
{
	size_t used = strlen(text);
	const char *before = used == 0 ? "" : left > 0 ? ", " : " and ";

	(void)snprintf(text + used, size - used, "%s%s", before, word);
}
