/* ringside serve: opens what the command line names, starts the threads, and waits for signals. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "backlog.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "config.h"
#include "config_command.h"
#include "config_source.h"
#include "guard.h"
#include "listener.h"
#include "operation.h"
#include "options.h"
#include "sandbox.h"
#include "start_events.h"
#include "stats.h"
#include "times.h"
#include "worker.h"

/* Lines of one kind on standard error, in a second. */
#define LOG_LIMIT 100
/* How long threads may take to report while they serve. */
#define REPORT_LIMIT_NS NS_PER_S
/* How long the kernel may take to begin with its stamps. */
#define STAMPS_READY_NS (100 * NS_PER_MS)

struct server {
	struct config_source source;
	struct serve_options options;
	struct listener_list listeners;
	struct sandbox sandbox;
	struct guard guard;
	struct rate_plan rates;
	struct engine_config config;
	struct worker_setup setup;
	struct worker *workers;
	uint32_t worker_count; /* started */
	struct stats stats;
	struct operation operation;
	int signal_fd;
	int ended_fd;
	uint32_t ended; /* workers that have */
	uint32_t signals;
	bool has_terminal; /* that can hang up */
	struct error error;
};

static void order_all(struct server *server, enum worker_order order)
{
	for (uint32_t i = 0; i < server->worker_count; i++)
		worker_order(&server->workers[i], order);
}

static bool has_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

/* Whoever started us may have it ignored, as nohup(1) does; a descriptor would hear it. */
static bool ignores_hangup(void)
{
	struct sigaction action;

	return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* The signals are taken off a descriptor, by this thread alone; those started later inherit that.
 */
static int open_descriptors(struct server *server)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	if (!ignores_hangup())
		(void)sigaddset(&signals, SIGHUP);
	server->has_terminal = has_terminal();
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	server->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	server->ended_fd = eventfd(0, EFD_CLOEXEC);
	if (server->signal_fd < 0 || server->ended_fd < 0)
		return error_set(&server->error, -errno, "cannot wait for signals: %m");
	return 0;
}

/* Our own ports must not ask. */
static int guard_listener(struct server *server, const struct listener *listener)
{
	const struct sockaddr *address = &listener->bound.address.any;

	guard_add_port(&server->guard, address_port(address));
	return guard_check_listener(&server->guard, address, listener->text.text, &server->error);
}

/* A kernel that allows no netlink sockets does not tell. That is no reason to end: what is bound to
 * one address hears no broadcasts. */
static void guard_networks(struct guard *guard)
{
	int error = guard_add_interfaces(guard);

	if (error)
		warning("datagrams to some broadcast addresses may be answered: %s",
			error == -ENOSPC ? "there are too many" : strerror(-error));
}

static int make_guard(struct server *server)
{
	const struct listener_list *list = &server->listeners;
	int error = 0;

	guard_init(&server->guard);
	guard_add_ports(&server->guard, &server->options.refuse_ports);
	if (listeners_transports(list) & 1u << TRANSPORT_UDP)
		guard_networks(&server->guard);
	for (uint32_t i = 0; i < list->count && !error; i++)
		if (list->items[i].url.transport == TRANSPORT_UDP)
			error = guard_listener(server, &list->items[i]);
	return error;
}

static int make_rates(struct server *server)
{
	int error = rate_plan_init(&server->rates, &server->options, &server->listeners);

	return error ? error_set(&server->error, error, "--rate-limit: %s", strerror(-error)) : 0;
}

static int start_workers(struct server *server)
{
	uint32_t wanted = server->options.threads;
	int error = 0;

	server->workers = calloc(wanted, sizeof(*server->workers));
	if (!server->workers)
		return error_set(&server->error, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < wanted && !error; i++) {
		error = worker_start(&server->workers[i], &server->setup, i);
		if (!error)
			server->worker_count++;
	}
	if (error)
		(void)error_set(&server->error, error, "cannot start thread %u of %u: %s",
				server->worker_count + 1, wanted, strerror(-error));
	for (uint32_t i = 0; i < server->worker_count && !error; i++)
		error = worker_await(&server->workers[i], &server->error);
	return error;
}

/* Whoever is told that we listen may ask at once. Without these times others are told: when the
 * program had a request. */
static void await_stamps(const struct server *server)
{
	const uint32_t ip = 1u << TRANSPORT_TCP | 1u << TRANSPORT_UDP;
	int error;

	if (!(server->config.listener_ancillary & (ANCILLARY_ARRIVAL | ANCILLARY_DEPARTURE)) ||
	    !(listeners_transports(&server->listeners) & ip))
		return;
	error = engine_stamps_ready(STAMPS_READY_NS);
	if (error)
		warning("the kernel may not stamp the first requests: %s", strerror(-error));
}

/* A number that would not come true is worth a word. */
static void fit_backlog(struct serve_options *options)
{
	uint32_t wanted = options->backlog, most = backlog_most();

	options->backlog = backlog_fit(wanted, most);
	if (options->backlog < wanted)
		say("--backlog %u: the kernel allows %u (net.core.somaxconn)", wanted, most);
}

static int start(struct server *server)
{
	int error = open_descriptors(server);

	fit_backlog(&server->options);
	if (!error)
		error = sandbox_prepare(&server->options, &server->sandbox, &server->error);
	if (!error)
		error = listeners_open(&server->options, &server->sandbox.user, &server->listeners,
				       &server->error);
	if (!error)
		error = operation_open(&server->operation, &server->options, &server->listeners,
				       &server->error);
	if (!error)
		error = uid_list_check(&server->options.allowed_uids,
				       listeners_transports(&server->listeners), &server->error);
	if (!error)
		error = inject_rules_check(&server->options.inject,
					   listeners_transports(&server->listeners),
					   &server->error);
	if (!error)
		error = times_check_listeners(&server->options, &server->listeners, &server->error);
	if (!error)
		error = config_make(&server->options, &server->listeners,
				    operation_files(&server->operation), &server->config,
				    &server->error);
	if (!error)
		error = make_guard(server);
	operation_needs(&server->operation, &server->sandbox);
	if (!error)
		error = sandbox_enter(&server->sandbox, &server->options, &server->listeners,
				      &server->error);
	if (!error)
		error = make_rates(server);
	if (error)
		return error;
	operation_config(&server->operation, &server->config);
	server->setup = (struct worker_setup){
		.options = &server->options,
		.config = &server->config,
		.guard = &server->guard,
		.rates = &server->rates,
		.listeners = &server->listeners,
		.pulse = server->operation.pulse,
		.sandbox = &server->sandbox,
		.ended_fd = server->ended_fd,
	};
	error = start_workers(server);
	if (error)
		return error;
	await_stamps(server);
	error = stats_init(&server->stats, &server->options, &server->listeners, server->workers,
			   server->worker_count);
	if (error)
		return error_set(&server->error, error, "out of memory");
	return operation_show(&server->operation, &server->stats, &server->sandbox, &server->error);
}

static void tell_fallback(const struct server *server)
{
	uint32_t count = 0;
	const char *reason = NULL;

	for (uint32_t i = 0; i < server->worker_count; i++) {
		if (!server->workers[i].choice.reason)
			continue;
		reason = server->workers[i].choice.reason;
		count++;
	}
	if (count > 0 && count == server->worker_count)
		say("serving with epoll: %s", reason);
	else if (count > 0)
		say("serving with epoll in %u of %u threads: %s", count, server->worker_count,
		    reason);
}

static void tell_choices(const struct server *server)
{
	struct error sentence;

	tell_fallback(server);
	sandbox_tell(&server->sandbox, server->options.verbose);
	if (server->options.inject.count > 0)
		warning("injecting faults: %s", inject_rules_format(&server->options.inject).text);
	if (rate_plan_tell(&server->rates, &server->options, &sentence))
		say("%s", sentence.text);
	if (server->workers[0].choice.missing[0] != '\0')
		say("%s", server->workers[0].choice.missing);
	operation_announce(&server->operation);
	start_events_tell(&server->options, &server->config, &server->listeners, server->workers);
}

/* Who started us waits for these lines: without them nobody would come. */
static int announce(struct server *server)
{
	for (uint32_t i = 0; i < server->listeners.count; i++)
		(void)printf("listening %s\n", server->listeners.items[i].text.text);
	if (fflush(stdout) == EOF || ferror(stdout))
		return error_set(&server->error, -EIO, "cannot write standard output: %m");
	return 0;
}

/* Until the next line of statistics; UINT64_MAX: there is none. */
static uint64_t line_wait_ns(const struct server *server)
{
	uint64_t interval_ns = server->options.stats_interval_ns;
	uint64_t elapsed_ns = clock_now_ns() - server->stats.line_ns;

	if (interval_ns == 0)
		return UINT64_MAX;
	return elapsed_ns < interval_ns ? interval_ns - elapsed_ns : 0;
}

/* Milliseconds until something is to be done, rounded up; -1: nothing is. */
static int wait_ms(const struct server *server)
{
	uint64_t line_ns = line_wait_ns(server);
	uint64_t other_ns = operation_wait_ns(&server->operation);
	uint64_t wait_ns = line_ns < other_ns ? line_ns : other_ns;

	return wait_ns == UINT64_MAX ? -1 : (int)((wait_ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void tell_stats(struct server *server)
{
	struct error error;

	stats_collect(&server->stats, REPORT_LIMIT_NS);
	stats_tell(&server->stats);
	if (stats_write(&server->stats, &error) < 0)
		warning("%s", error.text);
}

/* A terminal that is closed ends what was started there, which may hear of it more than once. Who
 * has none is asked to read his configuration again, and has given up the right to. */
static bool passes_over_hangup(const struct server *server)
{
	if (!server->has_terminal)
		warning("SIGHUP: the configuration is not read again; a new server can take over "
			"the sockets (docs/operation.md)");
	return !server->has_terminal || server->signals > 0;
}

/* The first signal lets what has begun come to its end, the second does not. */
static void take_signal(struct server *server)
{
	struct signalfd_siginfo info;

	if (read(server->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP && passes_over_hangup(server))
		return;
	/* Before the listeners close, so that nobody is sent here any more. */
	operation_drain(&server->operation);
	order_all(server, ++server->signals == 1 ? ORDER_DRAIN : ORDER_END);
}

/* One that has failed takes the others with it: its share of the clients would go unheard. */
static int take_end(struct server *server)
{
	eventfd_t count = 0;

	(void)eventfd_read(server->ended_fd, &count);
	server->ended += (uint32_t)count;
	for (uint32_t i = 0; i < server->worker_count; i++)
		if (worker_failed(&server->workers[i], &server->error))
			return -EIO;
	return 0;
}

/* Until all workers have ended, or one of them has failed. */
static int watch(struct server *server)
{
	struct pollfd events[] = {
		{ .fd = server->signal_fd, .events = POLLIN },
		{ .fd = server->ended_fd, .events = POLLIN },
	};
	int error = 0;

	while (server->ended < server->worker_count && !error) {
		int ready = poll(events, 2, wait_ms(server));

		if (ready == 0 && line_wait_ns(server) == 0)
			tell_stats(server);
		operation_tick(&server->operation);
		if (ready > 0 && events[0].revents)
			take_signal(server);
		if (ready > 0 && events[1].revents)
			error = take_end(server);
	}
	return error;
}

/* The workers have done so before they served, and nobody is told of a server before all have. */
static int give_up_the_rest(struct server *server)
{
	int error = sandbox_thread(&server->sandbox, SANDBOX_MAIN);

	return error ? error_set(&server->error, error, "seccomp: %s; --sandbox off does without",
				 strerror(-error))
		     : 0;
}

static void stop_workers(struct server *server)
{
	order_all(server, ORDER_END);
	for (uint32_t i = 0; i < server->worker_count; i++)
		worker_join(&server->workers[i]);
}

/* A drain that could not finish is no failure, but somebody did not get what he was owed. */
static void tell_cut_off(const struct server *server)
{
	uint32_t count = server->stats.total.connections;

	if (count > 0)
		say("%u connection%s cut off by %s", count, count == 1 ? "" : "s",
		    server->signals > 1 ? "the second signal" : "the end of --drain");
}

static int serve(struct server *server)
{
	int error = json_try_path(server->options.json_stats, &server->error);

	if (!error)
		error = start(server);
	if (!error)
		tell_choices(server);
	if (!error)
		error = give_up_the_rest(server);
	if (!error)
		error = announce(server);
	if (!error) {
		operation_ready(&server->operation);
		error = watch(server);
	}
	stop_workers(server);
	if (!error) {
		stats_collect(&server->stats, STATS_WAIT_FOREVER);
		tell_cut_off(server);
		error = stats_write(&server->stats, &server->error);
	}
	return error ? fail(EXIT_CANNOT, "%s", server->error.text) : EXIT_GOOD;
}

int command_serve(int argc, char **argv)
{
	struct server *server = calloc(1, sizeof(*server));
	int result;

	if (!server)
		return fail(EXIT_CANNOT, "out of memory");
	server->signal_fd = server->ended_fd = -1;
	operation_init(&server->operation);
	if (config_command(argc, argv, &server->source, &server->options, &result)) {
		log_format_set((enum log_format)server->options.log_format);
		log_limit_set(LOG_LIMIT);
		result = serve(server);
	}
	operation_close(&server->operation);
	listeners_close(&server->listeners);
	stats_finish(&server->stats);
	rate_plan_finish(&server->rates);
	free(server->workers);
	options_finish(&serve_option_table, &server->options);
	config_source_finish(&server->source);
	explicit_bzero(server->options.key, sizeof(server->options.key));
	if (server->signal_fd >= 0)
		(void)close(server->signal_fd);
	if (server->ended_fd >= 0)
		(void)close(server->ended_fd);
	free(server);
	log_flush();
	return result;
}
