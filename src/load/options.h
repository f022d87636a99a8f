/* The options of ringside load. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/feature.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/option.h"
#include "net/sockopt.h"
#include "target.h"

enum close_choice { CLOSE_FIN, CLOSE_RESET };

struct load_options {
	struct string_list urls;
	uint32_t connections; /* of all threads */
	uint32_t threads;
	uint64_t duration_ns; /* 0, after the check: until the requests are done */
	uint64_t requests;    /* 0: until the time is over */
	uint64_t omit_ns;
	uint32_t depth;
	uint32_t size;
	uint64_t reconnect_every; /* 0: never */
	int close;		  /* enum close_choice */
	bool verify, no_verify;	  /* after the check: exactly one of them */
	uint64_t timeout_ns, connect_timeout_ns;
	uint64_t seed;
	int backend; /* enum backend_choice */
	struct feature_request features;
	struct cpu_list cpus;
	uint64_t spin_ns;
	struct sockopt_list sockopts;
	const char *json; /* a path, or NULL */
};

extern const struct option_table load_option_table;

/* The rules between options and the target, and what "auto" stands for.
 * Errors: EINVAL, ENODEV, with a sentence. */
int load_options_check(struct load_options *options, const struct target *target,
		       struct error *ret_error);

#endif
