/* One trial: a fresh server, a fresh load with fresh connections, and what they found. */
#ifndef BENCH_TRIAL_H
#define BENCH_TRIAL_H

#include <stdint.h>

#include "account.h"
#include "base/error.h"
#include "server.h"
#include "workload.h"

struct trial_plan {
	const struct server *server;
	const struct workload *workload;
	uint64_t omit_ns, duration_ns;
	int server_cpu, load_cpu; /* or CHILD_ANY_CPU */
};

#define TRIAL_REMARK_MAX 512

struct trial {
	/* What a server of ours said before it listened (features not in effect); "": nothing. */
	char remark[TRIAL_REMARK_MAX];
	double rate; /* answered requests per second */
	double p50_ns, p99_ns;
	double cpu_ns; /* the server's, for each answered request */
	uint64_t requests, lost;
};

/* What both ends told of their engines; another's server has none. */
struct trial_accounts {
	struct account server, load;
};

/* Zeroes are fine. */
void trial_accounts_finish(struct trial_accounts *accounts);

/* The accounts are the caller's to finish, if there is no error; NULL: they are not wanted.
 * Errors: whatever went wrong, with a sentence. It takes its time and some seconds, never more. */
int trial_run(const struct trial_plan *plan, struct trial *ret_trial,
	      struct trial_accounts *ret_accounts, struct error *ret_error);

#endif
