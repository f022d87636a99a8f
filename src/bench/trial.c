#include "trial.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/unit.h"
#include "child.h"
#include "commands.h"
#include "meter.h"

#define START_LIMIT_NS (5 * NS_PER_S)
#define STOP_LIMIT_NS (3 * NS_PER_S)
/* What a load may take beyond its duration: connecting, and waiting for the last answers. */
#define LOAD_LIMIT_NS (20 * NS_PER_S)
/* Longer than any trial: it is not to be divided into intervals, which nobody would read here. */
#define LOAD_INTERVAL "2h"

#define ARGUMENT_MAX 32
#define WORDS_MAX 256
/* Datagrams get lost; so many may be before the trial counts for nothing. */
#define LOST_SHARE_MAX 0.01

struct run {
	const struct trial_plan *plan;
	struct child server, load;
	char url[256];
	char remark[TRIAL_REMARK_MAX];
	struct meter meter;
	const char *report; /* the load's; its text */
	struct trial trial;
	struct trial_accounts accounts;
};

/* The measured time, and what went wrong in all of the run. */
struct window {
	uint64_t started_ns, ended_ns;
	uint64_t errors;
};

/* What a child that failed has to say for itself. */
static int child_failed(struct child *child, const char *what, int error, struct error *ret_error)
{
	char words[WORDS_MAX];
	const char *last = child_last_words(child, words, sizeof(words));

	return error_set(ret_error, error, "%s%s%s", what, last[0] != '\0' ? ": " : "", last);
}

/* Other servers say what they like. */
static void remark_read(struct run *run)
{
	static const char prefix[] = "ringside serve: ";
	char words[sizeof(run->remark)];
	const char *last = child_last_words(&run->server, words, sizeof(words));

	if (strncmp(last, prefix, strlen(prefix)) == 0)
		last += strlen(prefix);
	(void)snprintf(run->remark, sizeof(run->remark), "%s",
		       run->plan->server->command ? "" : last);
}

static int server_start(struct run *run, struct error *ret_error)
{
	static const char prefix[] = "listening ";
	struct child_command command = { .cpu = run->plan->server_cpu };
	struct server_command own;
	char line[sizeof(run->url) + sizeof(prefix)];
	int error = server_command_make(run->plan->server, run->plan->workload, &own);

	if (error < 0)
		return error_set(ret_error, error, "the server's command is too long");
	command.path = own.path;
	command.argv = own.argv;
	error = child_start(&command, &run->server, ret_error);
	if (error < 0)
		return error;
	error = child_read_line(&run->server, START_LIMIT_NS, line, sizeof(line));
	if (error == -ETIMEDOUT)
		return child_failed(&run->server, "the server does not say that it listens", error,
				    ret_error);
	if (error < 0)
		return child_failed(&run->server, "the server did not start", error, ret_error);
	if (strncmp(line, prefix, strlen(prefix)) != 0)
		return error_set(ret_error, -EPROTO, "the server said '%.60s', not 'listening URL'",
				 line);
	(void)snprintf(run->url, sizeof(run->url), "%.255s", line + strlen(prefix));
	remark_read(run);
	return 0;
}

static int load_start(struct run *run, struct error *ret_error)
{
	const struct workload *workload = run->plan->workload;
	struct unit_text connections = count_exact(workload->connections);
	struct unit_text depth = count_exact(workload->depth);
	struct unit_text size = size_exact(workload->size);
	struct unit_text omit = duration_exact(run->plan->omit_ns);
	struct unit_text duration = duration_exact(run->plan->duration_ns);
	const char *argv[ARGUMENT_MAX] = {
		"ringside",	  "load", "--json",	 "-",  "--no-verify", "-c",
		connections.text, "-p",	  depth.text,	 "-s", size.text,     "-O",
		omit.text,	  "-d",	  duration.text, "-i", LOAD_INTERVAL,
	};
	const char **next = argv;

	while (*next)
		next++;
	if (workload->reconnects) {
		*next++ = "--reconnect-every";
		*next++ = "1";
		*next++ = "--close";
		*next++ = "reset"; /* else every local port would soon be waiting for its minute */
	}
	if (workload->asleep) {
		*next++ = "--spin";
		*next++ = "0";
	}
	*next++ = run->url;
	return child_start(&(struct child_command){ .path = "/proc/self/exe",
						    .argv = argv,
						    .cpu = run->plan->load_cpu },
			   &run->load, ret_error);
}

/* Until the load has ended, watch what the server takes. */
static int load_watch(struct run *run, struct error *ret_error)
{
	const struct trial_plan *plan = run->plan;
	uint64_t limit_ns = plan->omit_ns + plan->duration_ns + LOAD_LIMIT_NS;
	uint64_t deadline_ns = clock_now_ns() + limit_ns;
	int error;

	do {
		meter_read(&run->meter);
		error = child_wait(&run->load, METER_INTERVAL_NS);
	} while (error == -ETIMEDOUT && clock_now_ns() < deadline_ns);
	if (error < 0)
		return child_failed(&run->load, "the load does not end", error, ret_error);
	meter_read(&run->meter);
	error = child_read_rest(&run->load, &run->report);
	if (error < 0)
		return error_set(ret_error, error, "the load's report: %s", strerror(-error));
	return 0;
}

/* Lost datagrams are part of the work, broken connections and wrong answers are not. */
static int load_check(struct run *run, const struct trial *trial, uint64_t errors,
		      struct error *ret_error)
{
	int status = run->load.status;

	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_GOOD)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_BAD && errors == 0 &&
	    (double)trial->lost <= LOST_SHARE_MAX * (double)trial->requests)
		return 0;
	return child_failed(&run->load, "the load failed", -EPROTO, ret_error);
}

/* What a report says. Latencies of nothing are null, and stay 0 here. */
static int report_unpack(json_t *document, struct window *ret_window, struct trial *ret_trial)
{
	json_int_t requests, lost, started_ns, ended_ns, errors, p50_ns = 0, p99_ns = 0;
	struct trial trial = { 0 };

	if (json_unpack(document, "{s:I, s:I, s:I, s:I, s:F, s:{s:I}}", "requests", &requests,
			"lost", &lost, "started_ns", &started_ns, "ended_ns", &ended_ns,
			"requests_per_s", &trial.rate, "errors", "total", &errors) < 0)
		return -EPROTO;
	if (requests > 0 && json_unpack(document, "{s:{s:I, s:I}}", "latency_ns", "p50", &p50_ns,
					"p99", &p99_ns) < 0)
		return -EPROTO;
	trial.requests = (uint64_t)requests;
	trial.lost = (uint64_t)lost;
	trial.p50_ns = (double)p50_ns;
	trial.p99_ns = (double)p99_ns;
	*ret_window = (struct window){ .started_ns = (uint64_t)started_ns,
				       .ended_ns = (uint64_t)ended_ns,
				       .errors = (uint64_t)errors };
	*ret_trial = trial;
	return 0;
}

static int report_read(struct run *run, struct error *ret_error)
{
	json_t *document = json_loads(run->report, 0, NULL);
	struct window window;
	struct trial trial;
	double cpu_ns;
	int error = report_unpack(document, &window, &trial);

	if (!error)
		error = account_read(document, &run->accounts.load);
	json_decref(document);
	if (error < 0)
		return child_failed(&run->load, "the load failed", error, ret_error);
	error = load_check(run, &trial, window.errors, ret_error);
	if (error < 0)
		return error;
	if (trial.requests == 0)
		return error_set(ret_error, -ENODATA, "nothing was answered in the measured time");
	if (meter_between(&run->meter, window.started_ns, window.ended_ns, &cpu_ns) < 0)
		return error_set(ret_error, -EDOM, "the server's CPU time could not be read");
	trial.cpu_ns = cpu_ns / (double)trial.requests;
	memcpy(trial.remark, run->remark, sizeof(trial.remark));
	run->trial = trial;
	return 0;
}

/* One of ours says what it has done when it ends. */
static int server_read(struct run *run, struct error *ret_error)
{
	const char *text;
	json_t *document;
	int error;

	if (run->plan->server->command)
		return 0;
	error = child_read_rest(&run->server, &text);
	if (error < 0)
		return error_set(ret_error, error, "the server's statistics: %s", strerror(-error));
	document = json_loads(text, 0, NULL);
	error = account_read(document, &run->accounts.server);
	json_decref(document);
	if (error < 0)
		return child_failed(&run->server, "the server told no statistics", error,
				    ret_error);
	return 0;
}

static int run_steps(struct run *run, struct error *ret_error)
{
	int error = server_start(run, ret_error);

	if (!error && meter_open(run->server.pid, &run->meter) < 0)
		error = error_set(ret_error, -ESRCH, "the server has gone");
	if (!error)
		error = load_start(run, ret_error);
	if (!error)
		error = load_watch(run, ret_error);
	if (!error)
		error = report_read(run, ret_error);
	if (child_stop(&run->server, STOP_LIMIT_NS) < 0 && !error)
		error = error_set(ret_error, -ETIMEDOUT, "the server did not end at SIGTERM");
	if (!error)
		error = server_read(run, ret_error);
	return error;
}

void trial_accounts_finish(struct trial_accounts *accounts)
{
	account_finish(&accounts->server);
	account_finish(&accounts->load);
}

int trial_run(const struct trial_plan *plan, struct trial *ret_trial,
	      struct trial_accounts *ret_accounts, struct error *ret_error)
{
	static struct run run;
	int error;

	run.plan = plan;
	run.server = run.load = CHILD_NONE;
	run.accounts = (struct trial_accounts){ 0 };
	error = run_steps(&run, ret_error);
	child_finish(&run.load);
	child_finish(&run.server);
	if (!error)
		*ret_trial = run.trial;
	if (!error && ret_accounts)
		*ret_accounts = run.accounts;
	else
		trial_accounts_finish(&run.accounts);
	return error;
}
