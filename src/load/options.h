/* The options of ringside load. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/feature.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/option.h"
#include "measure/percentile.h"
#include "measure/result.h"
#include "measure/schedule.h"
#include "measure/steady.h"
#include "net/sockopt.h"
#include "output/output.h"
#include "target.h"
#include "value.h"

enum close_choice { CLOSE_FIN, CLOSE_RESET };

enum mode {
	MODE_REQUESTS, /* request after request on connections that stay */
	MODE_CONNECT,  /* connect, one request, its answer, close: connections are what counts */
};

/* What becomes of an open loop's requests that could not leave in time. */
enum slip {
	SLIP_CATCH_UP, /* they leave late; their latency counts from when they were due */
	SLIP_SKIP,     /* those later than --slip-limit are not sent, and counted */
	SLIP_ABORT,    /* the first one that late ends the run */
};

/* How a thread waits until the next request is due. */
enum pace_choice {
	PACE_AUTO,  /* poll where every thread can have a CPU of its own */
	PACE_SPIN,  /* poll for the last moments */
	PACE_TIMER, /* sleep until then */
};

/* Index: enum pace_choice; NULL-terminated. */
extern const char *const pace_names[];

/* Where the times of round trips come from. */
enum load_stamps {
	LOAD_STAMPS_AUTO,   /* the kernel, where peers tell their times and the transport has it */
	LOAD_STAMPS_USER,   /* this program */
	LOAD_STAMPS_KERNEL, /* the kernel, on the way in and, where it can, out */
	LOAD_STAMPS_HARDWARE, /* the network card */
};

/* Index: enum load_stamps; NULL-terminated. */
extern const char *const load_stamps_names[];

#define LOAD_KEY_MAX 1024

struct load_options {
	struct string_list urls;
	uint32_t connections; /* of all threads */
	uint32_t threads;
	enum mode mode;
	uint64_t duration_ns; /* 0, after the check: until the requests are done */
	uint64_t requests;    /* 0: until the time is over */
	uint64_t omit_ns;
	uint64_t cooldown_ns;
	struct steady_rule steady;
	uint32_t runs;
	uint64_t start_at_ns; /* CLOCK_REALTIME; 0: at once */
	struct share share;
	uint32_t depth;
	struct size_pair size;
	uint64_t rate; /* requests a second; 0: a closed loop */
	enum arrival arrival;
	enum slip slip;
	uint64_t slip_limit_ns;
	enum pace_choice pace;
	struct think think;
	uint64_t connect_rate;	  /* connections a second; 0: as fast as they are taken */
	uint64_t reconnect_every; /* 0: never */
	int close;		  /* enum close_choice */
	bool verify, no_verify;	  /* after the check: exactly one of them */
	uint64_t timeout_ns, connect_timeout_ns;
	unsigned int abort_on; /* bits (1 << enum abort_cause) */
	uint64_t seed;
	int backend; /* enum backend_choice */
	struct feature_request features;
	struct cpu_list cpus;
	uint64_t spin_ns;
	struct sockopt_list sockopts;
	int stamps;		   /* enum load_stamps; not auto, after the check */
	int stamp_format;	   /* enum stamp_format */
	const char *key_file;	   /* a path, or NULL */
	uint8_t key[LOAD_KEY_MAX]; /* what stands in it, after the check */
	size_t key_length;
	const char *round_trips; /* a path, or NULL */
	bool split;
	uint64_t interval_ns;
	bool shows_intervals; /* -i was given: also where nobody sits at a terminal */
	struct threshold_list thresholds;
	struct percentile_list percentiles;
	uint32_t server_pid; /* 0: not known */
	const char *server_stats;
	const char *label; /* or NULL */
	const char *json;  /* a path, or NULL */
	const char *json_stream;
	struct output_list outputs;
	bool dry_run;
};

extern const struct option_table load_option_table;

/* The part of --rate that falls to this generator, requests a second; 0 in a closed loop. */
double load_options_rate(const struct load_options *options);

/* Is standard output a document's, so that nothing else may be written to it? */
bool load_options_claim_output(const struct load_options *options);

/* The rules of what is about times, and what their defaults are for the target.
 * Errors: EINVAL, or those of key_file_read(), with a sentence. */
int load_times_check(struct load_options *options, const struct target *target,
		     struct error *ret_error);

/* enum ancillary: what the kernel is asked for beside the answers. */
uint32_t load_times_ancillary(const struct load_options *options, const struct target *target);

/* What results hold beside what all results do. */
struct result_extent load_times_extent(const struct load_options *options,
				       const struct target *target);

/* The rules between options and the target, and what "auto" stands for.
 * Errors: EINVAL, ENODEV, with a sentence. */
int load_options_check(struct load_options *options, const struct target *target,
		       struct error *ret_error);

#endif
