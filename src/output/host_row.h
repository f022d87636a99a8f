/* A row of "hosts": what the document of several generators tells of each. */
#ifndef OUTPUT_HOST_ROW_H
#define OUTPUT_HOST_ROW_H

#include <jansson.h>

/* Set what a generator's own document says, null where it says nothing: "share", "requests",
 * "requests_per_s", "bytes_per_s", "errors", "lost", "cpu_ns_per_request", "started_unix_ns",
 * "duration_ns", and "latency_ns": {"p50", "p99", "max"}. Errors: ENOMEM. */
int host_row_put(const json_t *document, json_t *row);

#endif
