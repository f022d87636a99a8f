/* Texts of anybody, as terminals get them: nothing of them moves the cursor. */
#include <stdlib.h>
#include <string.h>

#include "base/character.h"
#include "base/text.h"
#include "fuzz.h"
#include "report/markup.h"

static char *printed(const char *text, void (*print)(const char *text, FILE *stream))
{
	char *result = NULL;
	size_t length;
	FILE *stream = open_memstream(&result, &length);

	assert(stream);
	print(text, stream);
	assert(fclose(stream) == 0);
	return result;
}

static void print_shown(const char *text, FILE *stream)
{
	(void)character_print(text, stream);
}

/* All of it is characters that may be shown, so it is JSON text too. */
static void check_shown(const char *text)
{
	char *shown = printed(text, print_shown);
	size_t length = strlen(shown), step;
	json_t *json = json_string(shown);

	assert(json);
	for (size_t at = 0; at < length; at += step) {
		step = character_shown((const uint8_t *)shown + at, length - at);
		assert(step > 0 && step <= CHARACTER_LENGTH_MAX);
	}
	json_decref(json);
	free(shown);
}

static void check_markup(const char *text)
{
	char *marked = printed(text, markup_text);

	assert(!strpbrk(marked, "<>\"'"));
	free(marked);
}

static void check_distance(const char *text)
{
	char half[64];

	(void)snprintf(half, sizeof(half), "%.*s", (int)(strlen(text) / 2), text);
	assert(text_distance(text, half) == text_distance(half, text));
	assert(text_distance(half, half) == 0 || strlen(half) >= sizeof(half) - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_shown(text);
	check_markup(text);
	check_distance(text);
	free(text);
	return 0;
}
