#include "experiment/trial.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unit.h"
#include "commands.h"
#include "experiment/child.h"
#include "experiment/interrupt.h"
#include "experiment/port.h"
#include "output/document.h"

#define START_LIMIT_NS (5 * NS_PER_S)
#define STOP_LIMIT_NS (3 * NS_PER_S)
/* What a load may take beyond its duration: connecting, and waiting for the last answers. */
#define LOAD_LIMIT_NS (20 * NS_PER_S)
/* How often we look whether the load has ended, or we are to end; and whether a port is open. */
#define LOOK_NS (100 * NS_PER_MS)
#define LOOK_PORT_NS (5 * NS_PER_MS)
/* Longer than any trial: it is not to be divided into intervals, which nobody would read here. */
#define LOAD_INTERVAL "2h"

#define ARGUMENT_MAX (40 + TRIAL_OPTIONS_MAX)
#define WORDS_MAX 512
#define URL_MAX 512
/* Datagrams get lost; so many may be before the trial counts for nothing. */
#define LOST_SHARE_MAX 0.01

struct run {
	const struct trial_plan *plan;
	struct child server, load;
	char url[URL_MAX];
	uint16_t port; /* that a server was told to take; 0: it tells us */
	struct trial trial;
};

/* Is the server one that we start, and one of ours? Such a server tells what it did. */
static bool server_is_ours(const struct run *run)
{
	return !run->plan->url && !run->plan->server->command;
}

/* What a child that failed has to say for itself. */
static int child_failed(struct child *child, const char *what, int error, struct error *ret_error)
{
	char words[WORDS_MAX];
	const char *last = child_last_words(child, words, sizeof(words));

	return error_set(ret_error, error, "%s%s%s", what, last[0] != '\0' ? ": " : "", last);
}

/* What one of ours says before it listens: features that are not in effect. */
static int remark_read(struct run *run)
{
	static const char prefix[] = "ringside serve: ";
	char words[WORDS_MAX];
	const char *last = child_last_words(&run->server, words, sizeof(words));

	if (!server_is_ours(run) || last[0] == '\0')
		return 0;
	if (strncmp(last, prefix, strlen(prefix)) == 0)
		last += strlen(prefix);
	run->trial.remark = strdup(last);
	return run->trial.remark ? 0 : -ENOMEM;
}

/* A server that was told its port listens at some time, and does not say so. */
static int port_await(struct run *run, struct error *ret_error)
{
	const struct trial_plan *plan = run->plan;
	uint64_t deadline_ns = clock_now_ns() + START_LIMIT_NS;

	while (!port_is_open(run->server.pid, plan->point->transport, run->port)) {
		if (interrupt_signal())
			return error_set(ret_error, -EINTR, "it was interrupted");
		if (child_wait(&run->server, LOOK_PORT_NS) == 0)
			return child_failed(&run->server, "the server did not start", -EPIPE,
					    ret_error);
		if (clock_now_ns() > deadline_ns)
			return child_failed(&run->server, "the server does not listen at its port",
					    -ETIMEDOUT, ret_error);
	}
	(void)snprintf(run->url, sizeof(run->url), "%s://%s:%u",
		       transport_names[plan->point->transport], plan->place->server_host,
		       run->port);
	return 0;
}

static int line_await(struct run *run, struct error *ret_error)
{
	static const char prefix[] = "listening ";
	char line[URL_MAX + sizeof(prefix)];
	int error = child_read_line(&run->server, START_LIMIT_NS, line, sizeof(line));

	if (error == -ETIMEDOUT)
		return child_failed(&run->server, "the server does not say that it listens", error,
				    ret_error);
	if (error < 0)
		return child_failed(&run->server, "the server did not start", error, ret_error);
	if (strncmp(line, prefix, strlen(prefix)) != 0)
		return error_set(ret_error, -EPROTO, "the server said '%.60s', not 'listening URL'",
				 line);
	(void)snprintf(run->url, sizeof(run->url), "%.255s", line + strlen(prefix));
	return remark_read(run);
}

/* In a namespace of its own a server can have any port: nobody else is there. */
static int choose_port(const struct trial_plan *plan, uint16_t *ret_port)
{
	const char *host = plan->place->server_network > 0 ? "127.0.0.1" : plan->place->server_host;

	*ret_port = 0;
	return server_wants_port(plan->server) ? port_choose(host, plan->point->transport, ret_port)
					       : 0;
}

static int server_start(struct run *run, struct error *ret_error)
{
	const struct trial_plan *plan = run->plan;
	struct child_command command = { .cpus = &plan->place->server_cpus,
					 .network = plan->place->server_network };
	struct server_command words;
	int error;

	if (plan->url) {
		(void)snprintf(run->url, sizeof(run->url), "%s", plan->url);
		return 0;
	}
	error = choose_port(plan, &run->port);
	if (error < 0)
		return error_set(ret_error, error, "there is no free port: %s", strerror(-error));
	error = server_command_make(plan->server, plan->point, plan->place->server_host, run->port,
				    &words);
	if (error < 0)
		return error_set(ret_error, error, "the server's command is too long");
	command.path = words.path;
	command.argv = words.argv;
	error = child_start(&command, &run->server, ret_error);
	if (error < 0)
		return error;
	return run->port > 0 ? port_await(run, ret_error) : line_await(run, ret_error);
}

/* Numbers of a load's command line as text. */
struct load_words {
	struct unit_text connections, depth, size, rate, threads, omit, duration, server;
	const char *argv[ARGUMENT_MAX];
};

static void load_numbers(const struct run *run, struct load_words *words)
{
	const struct point *point = run->plan->point;

	words->connections = count_exact(point->connections);
	words->depth = count_exact(point->depth);
	words->size = size_exact(point->size);
	words->rate = count_exact(point->rate);
	words->threads = count_exact(point->threads);
	words->omit = duration_exact(run->plan->omit_ns);
	words->duration = duration_exact(run->plan->duration_ns);
	words->server = count_exact((uint64_t)run->server.pid);
}

static const char **words_add(const char **next, const char *const *words, size_t count)
{
	memcpy(next, words, count * sizeof(*words));
	return next + count;
}

static void load_command(const struct run *run, struct load_words *words)
{
	const struct trial_plan *plan = run->plan;
	const char *const always[] = {
		"ringside",
		"load",
		"--json",
		"-",
		"--no-verify",
		"-c",
		words->connections.text,
		"-p",
		words->depth.text,
		"-s",
		words->size.text,
		"-R",
		words->rate.text,
		"-t",
		words->threads.text,
		"-O",
		words->omit.text,
		"-d",
		words->duration.text,
		"-i",
		LOAD_INTERVAL,
	};
	const char *const server[] = { "--server-pid", words->server.text };
	/* With a close in the usual order every local port would soon wait for its minute. */
	static const char *const reconnects[] = { "--reconnect-every", "1", "--close", "reset" };
	static const char *const asleep[] = { "--spin", "0" };
	const char **next = words_add(words->argv, always, ARRAY_SIZE(always));

	if (!plan->url)
		next = words_add(next, server, ARRAY_SIZE(server));
	if (plan->point->reconnects)
		next = words_add(next, reconnects, ARRAY_SIZE(reconnects));
	if (plan->point->asleep)
		next = words_add(next, asleep, ARRAY_SIZE(asleep));
	if (plan->load_options) {
		assert(plan->load_options->count <= TRIAL_OPTIONS_MAX);
		next = words_add(next, plan->load_options->items, plan->load_options->count);
	}
	*next = run->url;
}

static int load_start(struct run *run, struct error *ret_error)
{
	struct load_words words = { 0 };

	load_numbers(run, &words);
	load_command(run, &words);
	return child_start(&(struct child_command){ .path = "/proc/self/exe",
						    .argv = words.argv,
						    .cpus = &run->plan->place->load_cpus,
						    .network = run->plan->place->load_network },
			   &run->load, ret_error);
}

/* Until the load has ended, or we are to. */
static int load_await(struct run *run, struct error *ret_error)
{
	const struct trial_plan *plan = run->plan;
	uint64_t limit_ns = plan->omit_ns + plan->duration_ns + LOAD_LIMIT_NS;
	uint64_t deadline_ns = clock_now_ns() + limit_ns;
	int error;

	do {
		error = child_wait(&run->load, LOOK_NS);
		/* One of ours says nothing before its end, and then what is to be read. */
		if (!server_is_ours(run))
			child_ignore_output(&run->server);
	} while (error == -ETIMEDOUT && clock_now_ns() < deadline_ns && !interrupt_signal());
	if (interrupt_signal())
		return error_set(ret_error, -EINTR, "it was interrupted");
	if (error < 0)
		return child_failed(&run->load, "the load does not end", error, ret_error);
	return 0;
}

/* Lost datagrams are part of the work, broken connections and wrong answers are not. */
static bool load_is_good(const struct run *run)
{
	const json_t *load = run->trial.load;
	int status = run->load.status;

	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_GOOD)
		return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_BAD)
		return false;
	return run->plan->tolerant ||
	       (member_count(load, "errors/total") == 0 &&
		member_count(load, "lost") <= LOST_SHARE_MAX * member_count(load, "requests"));
}

static int document_read(struct child *child, json_t **ret_document)
{
	const char *text;
	json_t *document;
	int error = child_read_rest(child, &text);

	if (error < 0)
		return error;
	document = json_loads(text, 0, NULL);
	if (!json_is_object(document)) {
		json_decref(document);
		return -EPROTO;
	}
	*ret_document = document;
	return 0;
}

static int load_read(struct run *run, struct error *ret_error)
{
	int error = document_read(&run->load, &run->trial.load);

	if (error < 0 || !load_is_good(run))
		return child_failed(&run->load, "the load failed", error < 0 ? error : -EPROTO,
				    ret_error);
	if (member_count(run->trial.load, "requests") == 0 && !run->plan->tolerant)
		return error_set(ret_error, -ENODATA, "nothing was answered in the measured time");
	return 0;
}

/* What one of ours has done, of all of its life, in the terms that a load has for it. */
static int stats_put(struct run *run)
{
	json_t *stats = json_object();
	const json_t *server = run->trial.server;
	int error = 0;

	error |= json_put_shared(stats, "messages", member(server, "counters/messages_in"));
	error |= json_put_shared(stats, "system_calls", member(server, "counters/system_calls"));
	error |= json_put_shared(stats, "completions", member(server, "counters/completions"));
	return json_put_value(run->trial.load, "server_stats", json_complete(stats, error));
}

static int server_read(struct run *run, struct error *ret_error)
{
	int error;

	if (!server_is_ours(run))
		return 0;
	error = document_read(&run->server, &run->trial.server);
	if (!error)
		error = stats_put(run);
	if (error < 0)
		return child_failed(&run->server, "the server told no statistics", error,
				    ret_error);
	return 0;
}

static void figures_take(struct trial *trial)
{
	for (int i = 0; i < FIGURE_COUNT; i++)
		if (!figure_get(&figures[i], trial->load, &trial->figures[i]))
			trial->figures[i] = NAN;
}

static int run_steps(struct run *run, struct error *ret_error)
{
	int error = server_start(run, ret_error);

	if (!error)
		error = load_start(run, ret_error);
	if (!error)
		error = load_await(run, ret_error);
	if (!error)
		error = load_read(run, ret_error);
	if (child_stop(&run->server, STOP_LIMIT_NS) < 0 && !error)
		error = error_set(ret_error, -ETIMEDOUT, "the server did not end at SIGTERM");
	if (!error)
		error = server_read(run, ret_error);
	if (!error)
		figures_take(&run->trial);
	return error;
}

void trial_finish(struct trial *trial)
{
	json_decref(trial->load);
	json_decref(trial->server);
	free(trial->remark);
	*trial = (struct trial){ 0 };
}

int trial_run(const struct trial_plan *plan, struct trial *ret_trial, struct error *ret_error)
{
	struct run run = { .plan = plan, .server = CHILD_NONE, .load = CHILD_NONE };
	int error = run_steps(&run, ret_error);

	child_finish(&run.load);
	child_finish(&run.server);
	if (error)
		trial_finish(&run.trial);
	else
		*ret_trial = run.trial;
	return error;
}
