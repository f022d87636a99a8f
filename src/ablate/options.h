/* The options of ringside ablate. */
#ifndef ABLATE_OPTIONS_H
#define ABLATE_OPTIONS_H

#include <ringside/feature.h>

#include "base/option.h"
#include "experiment/matrix.h"
#include "experiment/measuring.h"

enum ladder_choice { LADDER_AUTO, LADDER_ON, LADDER_OFF };

struct ablate_options {
	struct matrix matrix; /* its points */
	struct measuring measuring;
	int backend;			 /* index of ablate_backends */
	struct feature_request features; /* of the base */
	uint32_t only;			 /* features to be tried; 0: all */
	uint32_t threads;		 /* of the server */
	int ladder;			 /* LADDER_AUTO only until resolved */
	const char *json;
};

/* "uring", "epoll"; NULL-terminated. */
extern const char *const ablate_backends[];

extern const struct option_table ablate_option_table;

/* Put in place what was left open: how long, how often, and what. */
void ablate_options_resolve(struct ablate_options *options);

#endif
