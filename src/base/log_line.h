/* A line for programs, put together: logfmt or JSON. Private to log.c. */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include <stdbool.h>

#include "base/log.h"

#define LOG_LINE_MAX 8192

struct log_line {
	char text[LOG_LINE_MAX];
	size_t used;
	enum log_format format; /* LOG_LOGFMT or LOG_JSON */
};

void log_line_begin(struct log_line *line, enum log_format format);

/* name is ours; value is UTF-8 without control characters. A field for which there is no room is
 * left out. bare: a number, true or false, which JSON does not quote. */
void log_line_add(struct log_line *line, const char *name, const char *value, bool bare);

/* A field time: now, UTC. */
void log_line_add_time(struct log_line *line);

void log_line_end(struct log_line *line);

#endif
