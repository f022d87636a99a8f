/* Where something was measured, and with what. */
#ifndef MEASURE_HOST_H
#define MEASURE_HOST_H

#include <jansson.h>

/*
 * This host: "name", "system", "kernel", "machine", "cpus" that we may use, "cpu_model",
 * "governor", "virtualisation", "clock_source", "mitigations", and the "commit" that this binary
 * was built from, "-dirty" behind it if something was changed since. Strings; null: not known.
 * NULL: no memory.
 */
json_t *host_to_json(void);

/* The commit alone; NULL: not known. */
const char *host_commit(void);

#endif
