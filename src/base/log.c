#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/character.h"
#include "base/log_limit.h"
#include "base/log_line.h"

#define LINE_MAX_BYTES 1024

const char *const log_formats[] = { "text", "logfmt", "json", NULL };

static const char *log_name = "ringside";
static enum log_format log_format = LOG_TEXT;

enum level { LEVEL_NEWS, LEVEL_WARNING, LEVEL_ERROR };

/* Index: enum level. */
static const struct level_row {
	const char *before; /* what stands before a line of text */
	const char *name;
} levels[] = {
	[LEVEL_NEWS] = { "", "info" },
	[LEVEL_WARNING] = { "warning: ", "warning" },
	[LEVEL_ERROR] = { "", "error" },
};

void log_name_set(const char *name)
{
	log_name = name;
}

void log_format_set(enum log_format format)
{
	log_format = format;
}

void log_limit_set(uint32_t lines_per_s)
{
	log_limit_start(lines_per_s);
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
static void text_print(enum level level, const char *line, const char *after)
{
	(void)fprintf(stderr, "%s: %s%s%s\n", log_name, levels[level].before, line, after);
}

static void fields_print(enum level level, const char *message, const struct log_field *fields,
			 size_t count)
{
	struct log_line line;
	char value[LINE_MAX_BYTES];

	log_line_begin(&line, log_format);
	log_line_add_time(&line);
	log_line_add(&line, "level", levels[level].name, false);
	log_line_add(&line, "name", log_name, false);
	log_line_add(&line, "message", message, false);
	for (size_t i = 0; i < count; i++) {
		if (!fields[i].value)
			continue;
		(void)snprintf(value, sizeof(value), "%s", fields[i].value);
		line_clean(value);
		log_line_add(&line, fields[i].name, value, fields[i].bare);
	}
	log_line_end(&line);
	(void)fprintf(stderr, "%s\n", line.text);
}

static void line_print(enum level level, const char *line, const char *after)
{
	if (log_format == LOG_TEXT)
		text_print(level, line, after);
	else
		fields_print(level, line, NULL, 0);
}

static void suppressed_tell(const struct log_suppressed *suppressed)
{
	char text[LINE_MAX_BYTES], count[32];
	const struct log_field fields[] = { { "suppressed", count, .bare = true },
					    { "last", suppressed->last } };

	if (suppressed->count == 0)
		return;
	(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)suppressed->count);
	(void)snprintf(text, sizeof(text), "suppressed %s line%s, the last of which: %s", count,
		       suppressed->count == 1 ? "" : "s", suppressed->last);
	line_clean(text);
	if (log_format == LOG_TEXT)
		text_print(LEVEL_WARNING, text, "");
	else
		fields_print(LEVEL_WARNING, "suppressed", fields, 2);
}

__attribute__((format(printf, 2, 0))) static void limited_print(enum level level,
								const char *format,
								va_list arguments)
{
	struct log_suppressed suppressed;
	char line[LINE_MAX_BYTES];

	if (!log_name)
		return;
	(void)vsnprintf(line, sizeof(line), format, arguments);
	line_clean(line);
	if (!log_limit_admits(format, line, &suppressed))
		return;
	suppressed_tell(&suppressed);
	line_print(level, line, "");
}

void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	limited_print(LEVEL_NEWS, format, arguments);
	va_end(arguments);
}

void warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	limited_print(LEVEL_WARNING, format, arguments);
	va_end(arguments);
}

void log_event(const char *message, const struct log_field *fields, size_t count)
{
	if (log_name && log_format != LOG_TEXT)
		fields_print(LEVEL_NEWS, message, fields, count);
}

void log_flush(void)
{
	struct log_suppressed suppressed;

	while (log_name && log_limit_take(&suppressed))
		suppressed_tell(&suppressed);
}

__attribute__((format(printf, 2, 0))) static void reason_print(const char *after,
							       const char *format,
							       va_list arguments)
{
	char line[LINE_MAX_BYTES];

	if (!log_name)
		return;
	(void)vsnprintf(line, sizeof(line), format, arguments);
	line_clean(line);
	line_print(LEVEL_ERROR, line, after);
}

int fail(int exit_code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	reason_print("", format, arguments);
	va_end(arguments);
	return exit_code;
}

int fail_usage(int exit_code, const char *format, ...)
{
	char hint[128];
	va_list arguments;

	(void)snprintf(hint, sizeof(hint), "; try '%s --help'", log_name ? log_name : "");
	va_start(arguments, format);
	reason_print(hint, format, arguments);
	va_end(arguments);
	return exit_code;
}
