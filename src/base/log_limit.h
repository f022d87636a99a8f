/* How often a command says the same: lines of one kind beyond so many a second are counted in place
 * of being printed. Private to log.c. Any thread. */
#ifndef BASE_LOG_LIMIT_H
#define BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* What was not printed of one kind. count 0: nothing. */
struct log_suppressed {
	uint64_t count;
	char last[256]; /* the latest of them, cut to fit */
};

/* 0: as many as come. */
void log_limit_start(uint32_t lines_per_s);

/*
 * May a line of this kind (what the lines have in common: their format) be printed now?
 * *ret_suppressed: what has to be told before it of those that were not.
 */
bool log_limit_admits(const char *kind, const char *line, struct log_suppressed *ret_suppressed);

/* Take what was not printed of any one kind; false: there is no more. */
bool log_limit_take(struct log_suppressed *ret_suppressed);

#endif
