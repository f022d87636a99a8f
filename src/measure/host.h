/* Where something was measured. */
#ifndef MEASURE_HOST_H
#define MEASURE_HOST_H

#include <jansson.h>

/* This host: its name, system and kernel, and the CPUs that we may use. NULL: no memory. */
json_t *host_to_json(void);

#endif
