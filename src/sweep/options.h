/* The options of ringside sweep. */
#ifndef SWEEP_OPTIONS_H
#define SWEEP_OPTIONS_H

#include "base/option.h"
#include "experiment/matrix.h"
#include "experiment/measuring.h"
#include "output/figure.h"

/* Each once, in the order they were named. */
struct figure_list {
	uint32_t count;
	enum figure_id ids[FIGURE_COUNT];
};

struct sweep_options {
	struct matrix matrix;
	struct measuring measuring;
	struct figure_list figures;
	const char *json;
};

extern const struct option_table sweep_option_table;

#endif
