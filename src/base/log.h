/*
 * What a command says beside its results: single lines on standard error that begin with the
 * command's name ("ringside serve: ..."). For commands only; library code never prints.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/* The name that the lines begin with; not copied. main() sets it. NULL: say nothing, as it is for a
 * process that another one speaks for. */
void log_name_set(const char *name);

/* A piece of news. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* Something is not as it should be, but the command goes on. */
__attribute__((format(printf, 1, 2))) void warning(const char *format, ...);

/* The reason why the command ends: "return fail(EXIT_CANNOT, ...)". Returns exit_code. */
__attribute__((format(printf, 2, 3))) int fail(int exit_code, const char *format, ...);

/* The same for a wrong command line: adds "; try 'ringside serve --help'". */
__attribute__((format(printf, 2, 3))) int fail_usage(int exit_code, const char *format, ...);

#endif
