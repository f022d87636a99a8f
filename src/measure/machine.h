/* What of this machine bears on ringside's figures and limits: a table of readings. */
#ifndef MEASURE_MACHINE_H
#define MEASURE_MACHINE_H

#include "measure/reading.h"

struct machine_row {
	const char *name;  /* the last row has none */
	const char *group; /* title of the group that begins here; NULL: the same group */
	const char *path;  /* a file that holds it ... */
	const char *field; /* ... on the line that begins so; NULL: on the first */
	int (*parse)(const char *line, struct reading *ret_reading);
	/* Or else what finds it, with root before every path. */
	void (*take)(const struct machine_row *row, const char *root, struct reading *ret_reading);
	int resource;	    /* for take: which limit */
	const char *absent; /* what it means if the file is not there; NULL: nothing more */
};

extern const struct machine_row machine_rows[];

/* The row of that name, or NULL. */
const struct machine_row *machine_find(const char *name);

/* The reading of that row, of this machine. */
struct reading machine_fact(const char *name);

/* Take one reading; root stands before every path ("" is this machine). */
void machine_read(const struct machine_row *row, const char *root, struct reading *ret_reading);

#endif
