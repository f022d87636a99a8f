/* The options of ringside serve. */
#ifndef SERVE_OPTIONS_H
#define SERVE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/feature.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/option.h"
#include "engine/choice.h"
#include "inject_rule.h"
#include "net/sockopt.h"

struct serve_options {
	struct string_list urls;
	int backend; /* enum backend_choice */
	struct feature_request features;
	uint32_t threads; /* 0 only until serve_options_check() */
	struct cpu_list cpus;
	uint64_t spin_ns;
	uint32_t connections; /* of one thread */
	uint32_t buffer_size, buffers;
	uint32_t zero_copy_min;
	uint32_t backlog;
	struct sockopt_list sockopts;
	uint64_t idle_timeout_ns, send_timeout_ns, drain_ns;
	const char *text;
	int daytime_format; /* enum daytime_format */
	struct inject_rules inject;
	uint64_t inject_seed;
	uint64_t stats_interval_ns; /* 0: none */
	const char *json_stats;	    /* a path, or NULL */
	bool verbose;
};

extern const struct option_table serve_option_table;

/* The rules between options, and what is automatic but is known without the engine: the number of
 * threads, the listeners of a bare "ringside serve". Errors: EINVAL, ENODEV, with a sentence. */
int serve_options_check(struct serve_options *options, struct error *ret_error);

#endif
