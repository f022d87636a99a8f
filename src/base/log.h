/*
 * What a command says beside its results: single lines on standard error that begin with the
 * command's name ("ringside serve: ..."), or are written for programs. For commands only; library
 * code never prints. Any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 *	text	ringside serve: warning: ...
 *	logfmt	time=2026-11-26T15:04:05.123456Z level=warning name="ringside serve" message="..."
 *	json	{"time":"...","level":"warning","name":"ringside serve","message":"..."}
 */
enum log_format { LOG_TEXT, LOG_LOGFMT, LOG_JSON };

/* Index: enum log_format; NULL-terminated. */
extern const char *const log_formats[];

/* The name that the lines begin with; not copied. main() sets it. NULL: say nothing, as it is for a
 * process that another one speaks for. */
void log_name_set(const char *name);

/* Before other threads speak. */
void log_format_set(enum log_format format);

/* Print no more than so many lines a second of each kind (of news and warnings with the same
 * format); how many were left out is told before the next one of that kind, or by log_flush(). */
void log_limit_set(uint32_t lines_per_s);

/* Tell what is still untold of lines that were left out. */
void log_flush(void);

/* A piece of news. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* Something is not as it should be, but the command goes on. */
__attribute__((format(printf, 1, 2))) void warning(const char *format, ...);

struct log_field {
	const char *name;
	const char *value; /* NULL: the field is left out */
	bool bare;	   /* the value is a number, true or false: JSON does not quote it */
};

/* A piece of news with fields of its own, for programs: in text format, which is for people, it is
 * left out. */
void log_event(const char *message, const struct log_field *fields, size_t count);

/* The reason why the command ends: "return fail(EXIT_CANNOT, ...)". Returns exit_code. */
__attribute__((format(printf, 2, 3))) int fail(int exit_code, const char *format, ...);

/* The same for a wrong command line: adds "; try 'ringside serve --help'". */
__attribute__((format(printf, 2, 3))) int fail_usage(int exit_code, const char *format, ...);

#endif
