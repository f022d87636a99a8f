#include "markup_check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/character.h"
#include "fuzz.h"

#define DEPTH_MAX 64
#define NAME_MAX_LENGTH 32
#define BLANKS " \t\n"

struct stack {
	char names[DEPTH_MAX][NAME_MAX_LENGTH];
	size_t depth;
};

static size_t name_length(const char *at)
{
	return strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:_");
}

/* "&amp;", "&#39;" */
static const char *entity(const char *at)
{
	size_t length = strspn(at + 1, "#abcdefghijklmnopqrstuvwxyz0123456789");

	assert(length > 0 && length < 9 && at[1 + length] == ';');
	return at + length + 2;
}

static const char *attribute(const char *at)
{
	size_t length = name_length(at);
	char quote;

	assert(length > 0);
	at += length;
	assert(*at == '=');
	quote = at[1];
	assert(quote == '"' || quote == '\'');
	for (at += 2; *at && *at != quote;) {
		assert(*at != '<');
		at = *at == '&' ? entity(at) : at + 1;
	}
	assert(*at == quote);
	return at + 1;
}

static void push(struct stack *stack, const char *name, size_t length)
{
	assert(stack->depth < DEPTH_MAX && length < NAME_MAX_LENGTH);
	(void)snprintf(stack->names[stack->depth++], NAME_MAX_LENGTH, "%.*s", (int)length, name);
}

static const char *closing_tag(struct stack *stack, const char *at)
{
	size_t length = name_length(at);
	const char *opened;

	assert(stack->depth > 0);
	opened = stack->names[--stack->depth];
	assert(strlen(opened) == length && strncmp(opened, at, length) == 0);
	assert(at[length] == '>');
	return at + length + 1;
}

static const char *opening_tag(struct stack *stack, const char *at)
{
	const char *name = at;
	size_t length = name_length(at);

	assert(length > 0);
	at += length;
	for (;;) {
		at += strspn(at, BLANKS);
		if (*at == '>') {
			push(stack, name, length);
			return at + 1;
		}
		if (*at == '/') {
			assert(at[1] == '>');
			return at + 2;
		}
		at = attribute(at);
	}
}

/* From its < on: a tag, a comment, or <!DOCTYPE html>. */
static const char *markup(struct stack *stack, const char *at)
{
	if (at[1] == '!' || at[1] == '?') {
		const char *end = strchr(at, '>');

		assert(end);
		return end + 1;
	}
	return at[1] == '/' ? closing_tag(stack, at + 2) : opening_tag(stack, at + 1);
}

/* U+0080 to U+009F are for terminals, and characters to XML. */
static const char *character(const char *at)
{
	size_t length = character_shown((const uint8_t *)at, strlen(at));

	if (length == 0 && (uint8_t)*at == 0xc2 && ((uint8_t)at[1] & 0xc0) == 0x80)
		length = 2;
	assert(length > 0 || strchr(BLANKS, *at));
	return at + (length > 0 ? length : 1);
}

void markup_check(const char *text)
{
	struct stack stack = { .depth = 0 };

	for (const char *at = text; *at;) {
		if (*at == '<')
			at = markup(&stack, at);
		else if (*at == '&')
			at = entity(at);
		else
			at = character(at);
	}
	assert(stack.depth == 0);
}
