/* The options of ringside serve. */
#ifndef SERVE_OPTIONS_H
#define SERVE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <ringside/feature.h>
#include <ringside/service.h>

#include "admission.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/option.h"
#include "engine/choice.h"
#include "inject_rule.h"
#include "net/sockopt.h"
#include "port_list.h"
#include "rate_option.h"

/* Who says when a message arrived. Not the card: answers say when they leave too, and its clock is
 * another one. */
enum stamps_choice { STAMPS_USER, STAMPS_KERNEL };

/* How often the clock is read for when answers leave. */
enum stamp_clock_choice { STAMP_CLOCK_MESSAGE, STAMP_CLOCK_BATCH };

enum sandbox_choice { SANDBOX_AUTO, SANDBOX_REQUIRE, SANDBOX_OFF };

enum stamp_mode { STAMP_STATELESS, STAMP_STATEFUL };

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
	int daytime_format;   /* enum daytime_format */
	int stamps;	      /* enum stamps_choice */
	int stamp_clock;      /* enum stamp_clock_choice */
	const char *key_file; /* a path, or NULL */
	bool require_sync;
	int stamp_format; /* enum stamp_format */
	int stamp_mode;	  /* enum stamp_mode */
	uint32_t stamp_sessions;
	bool twamp_light;
	uint64_t irtt_min_interval_ns, irtt_max_duration_ns, irtt_timeout_ns;
	uint32_t irtt_max_length;
	uint8_t key[SERVICE_KEY_MAX]; /* what serve_options_check() has read from key_file */
	size_t key_length;
	struct inject_rules inject;
	uint64_t inject_seed;
	uint64_t stats_interval_ns; /* 0: none */
	const char *json_stats;	    /* a path, or NULL */
	bool verbose;
	const char *metrics; /* an address as exporter_parse() takes it, or NULL */
	int log_format;	     /* enum log_format */
	const char *user;    /* or NULL */
	int sandbox;	     /* enum sandbox_choice */
	mode_t unix_mode;
	struct uid_list allowed_uids;
	struct rate_option rate_limit, rate_ceiling;
	struct trust_list rate_trust;
	struct port_list refuse_ports;
	uint32_t queue_max; /* of one stream */
};

extern const struct option_table serve_option_table;

/* The rules between options, and what is automatic but is known without the engine: the number of
 * threads, the listeners of a bare "ringside serve"; the key. Errors: EINVAL, ENODEV, those of
 * key_file_read(), with a sentence. */
int serve_options_check(struct serve_options *options, struct error *ret_error);

/* The same, one rule after the other, to find all that are broken: begin with *next 0, and go on
 * while there is an error. */
int serve_options_check_next(struct serve_options *options, uint32_t *next,
			     struct error *ret_error);

#endif
