/* A line of a table: columns that are empty at its end leave no blanks there. */
#ifndef ABLATE_LINE_H
#define ABLATE_LINE_H

#include <stdio.h>

struct line {
	char text[1024]; /* what does not fit is cut off */
};

__attribute__((format(printf, 2, 3))) void line_add(struct line *line, const char *format, ...);

/* Print it, and begin anew. */
void line_end(struct line *line, FILE *stream);

#endif
