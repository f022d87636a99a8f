/* What can be swept: a row each. */
#ifndef SWEEP_PARAMETER_H
#define SWEEP_PARAMETER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/unit.h"
#include "experiment/experiment.h"
#include "experiment/matrix.h"

struct parameter {
	const char *name; /* of its option, and of it in documents */
	size_t at;	  /* offset of its list in struct matrix */
	uint64_t (*value)(const struct series *series);
	struct unit_text (*text)(uint64_t value);
	bool saturates;	   /* more of it brings more, up to some value */
	bool is_of_server; /* and only of ringside serve */
};

/* One that is swept, with its values. */
struct axis {
	const struct parameter *parameter;
	const struct number_list *values;
};

#define AXIS_MAX 2

/* Those that have more than one value, the one that is named first in the table first.
 * Errors: EINVAL (none, or more than two), with a sentence. */
int axes_find(const struct matrix *matrix, struct axis *ret_axes, uint32_t *ret_count,
	      struct error *ret_error);

#endif
