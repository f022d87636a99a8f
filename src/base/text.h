/* Words in sentences: enumerations, longer texts, and the likeliest meaning of a misspelt one, for
 * "did you mean ...?". */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/*
 *	struct text_guess guess = { .word = argument };
 *
 *	for (...)
 *		text_guess_offer(&guess, row->name);
 *	if (guess.best) ...
 */
struct text_guess {
	const char *word;
	const char *best; /* NULL while nothing offered is near enough */
	size_t distance;
};

/* Weigh a candidate: keep it if it is near the word and nearer than those before. */
void text_guess_offer(struct text_guess *guess, const char *candidate);

/* Add a word to an enumeration, "a, b and c", which begins empty; left words follow it. What does
 * not fit is left out. */
void text_enumerate(char *text, size_t size, const char *word, size_t left);

/* How many letters must be inserted, removed or replaced to make b of a. Words of up to 63 letters;
 * longer ones are far from everything. */
size_t text_distance(const char *a, const char *b);

/* Append to a text, in an array of size bytes, as much as still fits. text_append_list() is for
 * functions that have arguments such as these themselves. */
__attribute__((format(printf, 3, 4))) void text_append(char *text, size_t size, const char *format,
						       ...);
__attribute__((format(printf, 3, 0))) void text_append_list(char *text, size_t size,
							    const char *format, va_list arguments);

#endif
