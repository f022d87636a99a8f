/*
 * A reading: one fact about this machine as this process finds it, or why it cannot be had. Facts
 * come as lines of files under /proc and /sys; the parsers make readings of such lines and are told
 * nothing else.
 */
#ifndef MEASURE_READING_H
#define MEASURE_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READING_TEXT_MAX 256
#define LINE_SIZE 4096 /* the flags of a CPU are over a thousand bytes long */

struct reading {
	bool available;
	bool is_number;
	uint64_t number;
	char text[READING_TEXT_MAX]; /* for people; if not available, the reason */
};

void reading_set_text(struct reading *ret_reading, const char *text);
void reading_set_number(struct reading *ret_reading, uint64_t number);
__attribute__((format(printf, 2, 3))) void reading_set_missing(struct reading *ret_reading,
							       const char *format, ...);

/*
 * The first line of a file without its newline; with a field, the value of the first line that
 * begins with it ("model name\t: Xeon": Xeon). Errors: those of open and read, ENODATA (no such
 * line, or nothing in it).
 */
int line_read(const char *path, const char *field, char *ret_line, size_t size);

/* A line as it stands, tabs made spaces. */
int reading_parse_text(const char *line, struct reading *ret_reading);

/* The first word of a line. */
int reading_parse_word(const char *line, struct reading *ret_reading);

/* 0 and 1 as "off" and "on". Errors: EINVAL, as for all below. */
int reading_parse_switch(const char *line, struct reading *ret_reading);

/* The share of the last ten seconds, percent, of a line "some avg10=0.12 avg60=...". */
int reading_parse_pressure(const char *line, struct reading *ret_reading);

/* A whole number, all of the line. */
int reading_parse_number(const char *line, struct reading *ret_reading);

/* CPUs such as "0-3,8": how many they are, and which. */
int reading_parse_cpus(const char *line, struct reading *ret_reading);

/* The word that stands in brackets: "always [madvise] never". */
int reading_parse_choice(const char *line, struct reading *ret_reading);

/* The mitigations= parameter of a kernel's command line; without one, what the kernel does then. */
int reading_parse_mitigations(const char *line, struct reading *ret_reading);

#endif
