#include "base/log_line.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* What a field has beside its name and its value, and the end of the line. */
#define FIELD_ROOM 16

static void put(struct log_line *line, char byte)
{
	line->text[line->used++] = byte;
}

static void put_text(struct log_line *line, const char *text)
{
	for (; *text; text++)
		put(line, *text);
}

/* Escapes are the same in both formats. */
static void put_quoted(struct log_line *line, const char *value)
{
	put(line, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			put(line, '\\');
		put(line, *value);
	}
	put(line, '"');
}

/* logfmt quotes what a reader could take apart. */
static bool is_plain(const char *value)
{
	return *value && !strpbrk(value, " \"=\\");
}

void log_line_begin(struct log_line *line, enum log_format format)
{
	line->used = 0;
	line->format = format;
	if (format == LOG_JSON)
		put(line, '{');
}

void log_line_add(struct log_line *line, const char *name, const char *value, bool bare)
{
	bool json = line->format == LOG_JSON;
	bool first = line->used == (json ? 1 : 0);

	if (line->used + strlen(name) + 2 * strlen(value) + FIELD_ROOM > sizeof(line->text))
		return;
	if (!first)
		put(line, json ? ',' : ' ');
	if (json)
		put_quoted(line, name);
	else
		put_text(line, name);
	put(line, json ? ':' : '=');
	if (json ? bare : is_plain(value))
		put_text(line, value);
	else
		put_quoted(line, value);
}

void log_line_add_time(struct log_line *line)
{
	char text[64], whole[32];
	struct timespec now;
	struct tm utc;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &utc);
	(void)strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &utc);
	(void)snprintf(text, sizeof(text), "%s.%06ldZ", whole, now.tv_nsec / 1000);
	log_line_add(line, "time", text, false);
}

void log_line_end(struct log_line *line)
{
	if (line->format == LOG_JSON)
		put(line, '}');
	put(line, '\0');
}
