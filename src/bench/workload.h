/* The work that is measured: a row each of the table. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct workload {
	const char *name;
	const char *title;
	const char *transport; /* tcp, udp or unix */
	uint32_t connections;
	uint32_t depth;
	uint32_t size;
	bool reconnects; /* a connection for each request */
	bool asleep;	 /* the client sleeps for its answers, as other programs do */
	bool standard;	 /* measured unless workloads are named */
};

extern const struct workload workloads[];
extern const uint32_t workload_count;

/* A bit for each workload that is measured unless some are named. */
uint64_t workload_set_standard(void);

/* Parse "NAME,NAME..." or "all". Errors: EINVAL, with a sentence. */
int workload_set_parse(const char *text, uint64_t *ret_set, struct error *ret_error);

/* Has it addresses that a server can be told to take as HOST:PORT? */
bool workload_is_internet(const struct workload *workload);

#endif
