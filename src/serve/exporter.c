#include "exporter.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "exporter_page.h"

#define BACKLOG 64
/* Nothing comes for so long, or it is not done after so long: it has to go. */
#define IDLE_LIMIT_S 5u
#define VISIT_LIMIT_NS (10 * NS_PER_S)
/* Of what a visitor sends and is sent at a time. */
#define VISITOR_MEMORY 8192u
/* After a connection that could not be accepted. */
#define PAUSE_MS 100

/* A connection: libmicrohttpd knows how long one has been idle, but a byte now and then would keep
 * it for ever. */
struct visitor {
	bool present;
	int fd;
	uint64_t until_ns;
};

struct exporter {
	struct MHD_Daemon *daemon;
	int listen_fd; /* -1: the daemon's */
	int stop_fd;
	int epoll_fd; /* the daemon's */
	bool running;
	pthread_t thread;
	const struct sandbox *sandbox;
	sem_t confined; /* posted once the thread is, or cannot be: */
	int confined_error;
	struct url url;
	struct listening bound;
	char address[sizeof("http://") + URL_TEXT_MAX];
	struct exporter_page page;
	struct visitor visitors[EXPORTER_VISITORS];
	uint64_t visits; /* ever */
};

int exporter_parse(const char *text, struct url *ret_url, struct error *ret_error)
{
	const char *host = strspn(text, "0123456789") == strlen(text) ? "127.0.0.1:" : "";
	char full[URL_TEXT_MAX];
	struct error reason;
	int error;

	if (strncmp(text, "unix:", strlen("unix:")) == 0) {
		error = url_parse(text, NULL, ret_url, &reason);
	} else {
		(void)snprintf(full, sizeof(full), "tcp://%s%.*s", host, (int)sizeof(full) / 2,
			       text);
		error = url_parse(full, NULL, ret_url, &reason);
	}
	if (error)
		return error_set(ret_error, error,
				 "--metrics: %s; write PORT, HOST:PORT or unix:PATH", reason.text);
	return 0;
}

static int bind_first(struct exporter *exporter, const struct address_list *addresses,
		      const struct listener_list *listeners, struct error *ret_error)
{
	const struct socket_options options = {
		.backlog = BACKLOG,
		.user_timeout_ns = VISIT_LIMIT_NS,
		.rights = &listeners->rights,
	};
	enum transport transport = exporter->url.transport;
	int error = -EADDRNOTAVAIL;

	for (uint32_t i = 0; i < addresses->count && error; i++) {
		const struct address *address = &addresses->addresses[i];

		error = socket_listen(transport, address, &options, 1, &exporter->listen_fd,
				      &exporter->bound, ret_error);
		if (error == -EADDRINUSE)
			listeners_blame(listeners, transport, address, ret_error);
	}
	return error;
}

static int try_address(enum transport transport, const struct address *address,
		       const struct listener_list *listeners, struct error *ret_error)
{
	const struct socket_options options = { 0 };
	int error = listeners_check_address(listeners, transport, address, ret_error);

	if (error || transports[transport].local)
		return error;
	return socket_try(transport, address, &options, ret_error);
}

int exporter_try(const char *text, const struct listener_list *listeners, struct error *ret_error)
{
	struct address_list addresses;
	struct error reason;
	struct url url;
	int error = exporter_parse(text, &url, ret_error);

	if (error)
		return error;
	error = address_resolve(&url, ADDRESS_TO_LISTEN, &addresses, &reason);
	if (error)
		return error_set(ret_error, error, "--metrics: %s", reason.text);
	for (uint32_t i = 0; i < addresses.count; i++) {
		error = try_address(url.transport, &addresses.addresses[i], listeners, &reason);
		if (!error)
			return 0;
	}
	return error_set(ret_error, error, "--metrics: %s", reason.text);
}

static void write_address(struct exporter *exporter)
{
	const struct address *bound = &exporter->bound.address;

	(void)snprintf(exporter->address, sizeof(exporter->address), "%s%s",
		       transports[exporter->url.transport].local ? "" : "http://",
		       address_format(&bound->any, bound->length).text);
}

static int open_all(struct exporter *exporter, const char *text,
		    const struct listener_list *listeners, struct error *ret_error)
{
	struct address_list addresses;
	struct error reason;
	int error = exporter_parse(text, &exporter->url, ret_error);

	if (error)
		return error;
	error = address_resolve(&exporter->url, ADDRESS_TO_LISTEN, &addresses, &reason);
	if (!error)
		error = bind_first(exporter, &addresses, listeners, &reason);
	if (error)
		return error_set(ret_error, error, "--metrics: %s", reason.text);
	exporter->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (exporter->stop_fd < 0)
		return error_set(ret_error, -errno, "--metrics: %m");
	write_address(exporter);
	process_files_open(&exporter->page.files);
	return 0;
}

int exporter_open(const struct serve_options *options, const struct listener_list *listeners,
		  struct exporter **ret_exporter, struct error *ret_error)
{
	struct exporter *exporter = calloc(1, sizeof(*exporter));
	int error;

	if (!exporter)
		return error_set(ret_error, -ENOMEM, "out of memory");
	exporter->listen_fd = exporter->stop_fd = exporter->epoll_fd = -1;
	exporter->page.files = (struct process_files){ .memory_fd = -1, .files_fd = -1 };
	error = open_all(exporter, options->metrics, listeners, ret_error);
	if (error)
		exporter_close(exporter);
	else
		*ret_exporter = exporter;
	return error;
}

const char *exporter_address(const struct exporter *exporter)
{
	return exporter->address;
}

const char *exporter_file(const struct exporter *exporter)
{
	return exporter->bound.inode ? exporter->bound.address.local.sun_path : NULL;
}

bool exporter_is_public(const struct exporter *exporter)
{
	const struct address *bound = &exporter->bound.address;

	switch (bound->any.sa_family) {
	case AF_INET:
		return ntohl(bound->v4.sin_addr.s_addr) >> IN_CLASSA_NSHIFT != IN_LOOPBACKNET;
	case AF_INET6:
		return !IN6_IS_ADDR_LOOPBACK(&bound->v6.sin6_addr);
	default:
		return false;
	}
}

void exporter_drain(struct exporter *exporter)
{
	atomic_store(&exporter->page.draining, true);
}

/* Called in our thread, from within MHD_run(). */
static void note_visitor(void *context, struct MHD_Connection *connection, void **socket_context,
			 enum MHD_ConnectionNotificationCode code)
{
	struct exporter *exporter = context;
	const union MHD_ConnectionInfo *info;
	struct visitor *visitor = *socket_context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (visitor)
			visitor->present = false;
		return;
	}
	exporter->visits++;
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	for (uint32_t i = 0; info && i < EXPORTER_VISITORS; i++) {
		visitor = &exporter->visitors[i];
		if (visitor->present)
			continue;
		*visitor = (struct visitor){ .present = true,
					     .fd = info->connect_fd,
					     .until_ns = clock_now_ns() + VISIT_LIMIT_NS };
		*socket_context = visitor;
		return;
	}
}

/* Whoever has had his time is cut off; MHD sees that and closes. Returns when the next one has, in
 * nanoseconds from now; UINT64_MAX: there is nobody. */
static uint64_t dismiss(struct exporter *exporter)
{
	uint64_t now_ns = clock_now_ns(), soonest_ns = UINT64_MAX;

	for (uint32_t i = 0; i < EXPORTER_VISITORS; i++) {
		const struct visitor *visitor = &exporter->visitors[i];

		if (!visitor->present)
			continue;
		if (visitor->until_ns <= now_ns)
			(void)shutdown(visitor->fd, SHUT_RDWR);
		else if (visitor->until_ns - now_ns < soonest_ns)
			soonest_ns = visitor->until_ns - now_ns;
	}
	return soonest_ns;
}

static int wait_ms(struct exporter *exporter)
{
	uint64_t visit_ns = dismiss(exporter);
	uint64_t visit_ms = visit_ns / NS_PER_MS + 1;
	MHD_UNSIGNED_LONG_LONG idle_ms;
	bool idle_limited = MHD_get_timeout(exporter->daemon, &idle_ms) == MHD_YES;

	if (visit_ns == UINT64_MAX)
		return idle_limited ? (int)(idle_ms < INT32_MAX ? idle_ms : INT32_MAX) : -1;
	return (int)(idle_limited && idle_ms < visit_ms ? idle_ms : visit_ms);
}

static uint32_t count_visitors(const struct exporter *exporter)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < EXPORTER_VISITORS; i++)
		count += exporter->visitors[i].present;
	return count;
}

/* MHD listens no more when all places are taken, and looks only at the beginning of a run whether
 * one has become free: so there is one more run after those that end visits. Returns false if
 * somebody wants in and cannot be let in: MHD would try for ever, without a pause, what fails for
 * want of a descriptor. */
static bool serve_visitors(struct exporter *exporter)
{
	uint64_t visits = exporter->visits;
	uint32_t first = count_visitors(exporter), before, after = first;

	do {
		before = after;
		(void)MHD_run(exporter->daemon);
		after = count_visitors(exporter);
	} while (after < before);
	return first > 0 || after > 0 || exporter->visits > visits;
}

static void *run(void *argument)
{
	struct exporter *exporter = argument;
	struct pollfd events[] = {
		{ .fd = exporter->stop_fd, .events = POLLIN },
		{ .fd = exporter->epoll_fd, .events = POLLIN },
	};

	/* A thread's name is a file for others, and may be out of reach for them. */
	(void)pthread_setname_np(pthread_self(), "metrics");
	exporter->confined_error = sandbox_thread(exporter->sandbox, SANDBOX_METRICS);
	(void)sem_post(&exporter->confined);
	for (;;) {
		(void)poll(events, 2, wait_ms(exporter));
		if (events[0].revents)
			break;
		if (!serve_visitors(exporter) && events[1].revents)
			(void)poll(events, 1, PAUSE_MS);
	}
	/* Here, where the calls that it makes are allowed. */
	MHD_stop_daemon(exporter->daemon);
	return NULL;
}

static int start_daemon(struct exporter *exporter)
{
	const union MHD_DaemonInfo *info;

	exporter->daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, exporter_answer, &exporter->page,
		MHD_OPTION_LISTEN_SOCKET, exporter->listen_fd, MHD_OPTION_CONNECTION_LIMIT,
		EXPORTER_VISITORS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_LIMIT_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)VISITOR_MEMORY,
		MHD_OPTION_NOTIFY_CONNECTION, note_visitor, exporter, MHD_OPTION_END);
	if (!exporter->daemon)
		return errno ? -errno : -ENOMEM;
	exporter->listen_fd = -1;
	info = MHD_get_daemon_info(exporter->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return -ENOTSUP;
	exporter->epoll_fd = info->epoll_fd;
	return 0;
}

static int start_thread(struct exporter *exporter)
{
	int error;

	(void)sem_init(&exporter->confined, 0, 0);
	error = -pthread_create(&exporter->thread, NULL, run, exporter);
	if (error)
		return error;
	exporter->running = true;
	while (sem_wait(&exporter->confined) < 0)
		;
	return exporter->confined_error;
}

int exporter_start(struct exporter *exporter, const struct stats *stats, struct pulse *pulse,
		   const struct sandbox *sandbox, struct error *ret_error)
{
	int error;

	exporter->sandbox = sandbox;
	exporter->page.files_max = files_raise(0);
	(void)uname(&exporter->page.system);
	exporter->page.pulse = pulse;
	exporter->page.states = calloc(stats->worker_count, sizeof(*exporter->page.states));
	error = exporter->page.states
			? stats_init(&exporter->page.stats, stats->options, stats->listeners,
				     stats->workers, stats->worker_count)
			: -ENOMEM;
	exporter->page.stats.started_unix_ns = stats->started_unix_ns;
	errno = 0;
	if (!error)
		error = start_daemon(exporter);
	if (!error)
		error = start_thread(exporter);
	if (error)
		return error_set(ret_error, error, "--metrics: cannot start its thread: %s",
				 strerror(-error));
	return 0;
}

void exporter_close(struct exporter *exporter)
{
	if (!exporter)
		return;
	if (exporter->running) {
		(void)eventfd_write(exporter->stop_fd, 1);
		(void)pthread_join(exporter->thread, NULL);
	} else if (exporter->daemon) {
		MHD_stop_daemon(exporter->daemon);
	}
	if (exporter->listen_fd >= 0)
		(void)close(exporter->listen_fd);
	if (exporter->stop_fd >= 0)
		(void)close(exporter->stop_fd);
	socket_unlink(&exporter->bound);
	process_files_close(&exporter->page.files);
	stats_finish(&exporter->page.stats);
	free(exporter->page.states);
	free(exporter);
}
