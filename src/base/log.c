#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/character.h"

#define LINE_MAX_BYTES 1024

static const char *log_name = "ringside";

void log_name_set(const char *name)
{
	log_name = name;
}

/* A message may quote what came from a file or a peer: it stays one line, and does nothing to a
 * terminal. */
static void line_clean(char *line)
{
	size_t length = strlen(line), step;

	for (size_t at = 0; at < length; at += step) {
		step = character_shown((const uint8_t *)line + at, length - at);
		if (step > 0)
			continue;
		line[at] = '?';
		step = 1;
	}
}

/* One call, so that the lines of several threads do not mix: standard error is not buffered, and
 * stdio writes what one call prints at once. */
__attribute__((format(printf, 3, 0))) static void line_print(const char *before, const char *after,
							     const char *format, va_list arguments)
{
	char line[LINE_MAX_BYTES];

	if (!log_name)
		return;
	(void)vsnprintf(line, sizeof(line), format, arguments);
	line_clean(line);
	(void)fprintf(stderr, "%s: %s%s%s\n", log_name, before, line, after);
}

void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	line_print("", "", format, arguments);
	va_end(arguments);
}

void warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	line_print("warning: ", "", format, arguments);
	va_end(arguments);
}

int fail(int exit_code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	line_print("", "", format, arguments);
	va_end(arguments);
	return exit_code;
}

int fail_usage(int exit_code, const char *format, ...)
{
	char hint[128];
	va_list arguments;

	(void)snprintf(hint, sizeof(hint), "; try '%s --help'", log_name ? log_name : "");
	va_start(arguments, format);
	line_print("", hint, format, arguments);
	va_end(arguments);
	return exit_code;
}
