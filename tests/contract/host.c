#include "host.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void host_answer_echo(struct host *host, struct message *message)
{
	if (message->kind != MESSAGE_DATA)
		return;
	message->reply = message->length;
	message->answer_empty = message->length == 0;
}

void host_answer_nothing(struct host *host, struct message *message)
{
}

void host_init(struct host *host)
{
	*host = (struct host){ .answer = host_answer_echo };
	setting_config(&host->config);
}

static void add_listener(struct host *host, int fd, bool talks)
{
	cr_assert_lt(host->listener_count, HOST_LISTENERS_MAX);
	host->listeners[host->listener_count++] = (struct host_listener){ .fd = fd,
									  .options.talks = talks };
}

void host_adopt(struct host *host, int fd)
{
	add_listener(host, fd, false);
}

static struct address bind_listener(struct host *host, int type, const struct address *at,
				    bool talks)
{
	int fd = peer_bind(type, at, (int)host->config.backlog);

	add_listener(host, fd, talks);
	return address_of(fd);
}

struct address host_listen(struct host *host, int type, const struct address *at)
{
	return bind_listener(host, type, at, false);
}

struct address host_listen_talking(struct host *host, int type, const struct address *at)
{
	return bind_listener(host, type, at, true);
}

static int open_engine(struct host *host)
{
	int error = engine_open(setting_backend(), &host->config, &host->engine);

	for (uint32_t i = 0; !error && i < host->listener_count; i++) {
		struct host_listener *listener = &host->listeners[i];

		listener->options.ancillary = host->config.listener_ancillary;
		error = engine_listen(host->engine, listener->fd, &listener->options,
				      &listener->listener);
	}
	return error;
}

static void answer_batch(struct host *host, struct message *batch, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct message *message = &batch[i];

		if (message->kind == MESSAGE_OPENED) {
			host->opened++;
			host->last_connection = message->connection;
		} else if (message->kind == MESSAGE_DATA) {
			host->data++;
		} else if (message->kind == MESSAGE_CLOSED) {
			host->closed++;
			host->last_error = message->error;
		}
		host->answer(host, message);
	}
}

static void serve_call(struct host *host)
{
	host_function function = atomic_exchange(&host->function, NULL);

	if (!function)
		return;
	function(host, host->argument);
	sem_post(&host->called);
}

static void *host_main(void *argument)
{
	struct host *host = argument;

	host->error = open_engine(host);
	if (host->error)
		atomic_store(&host->stop, true);
	sem_post(&host->ready);
	while (!atomic_load(&host->stop)) {
		struct message *batch;
		int count = engine_turn(host->engine, ENGINE_WAIT_FOREVER, &batch);

		if (count < 0) {
			host->error = count;
			break;
		}
		witness_batch(host->witness, host->engine, batch, (uint32_t)count);
		answer_batch(host, batch, (uint32_t)count);
		serve_call(host);
	}
	if (host->engine)
		host->counters = *engine_counters(host->engine);
	/* The engine must not go away while it is woken. */
	while (sem_wait(&host->released) < 0)
		;
	engine_close(host->engine);
	return NULL;
}

static void wait_for(struct host *host, sem_t *semaphore)
{
	struct timespec deadline;

	(void)clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += PEER_DEADLINE_S;
	cr_assert_eq(sem_timedwait(semaphore, &deadline), 0,
		     "the engine's thread does not answer (engine_turn: %s)",
		     strerror(-host->error));
}

void host_start(struct host *host)
{
	host->witness = calloc(1, sizeof(*host->witness));
	cr_assert_not_null(host->witness);
	sem_init(&host->ready, 0, 0);
	sem_init(&host->called, 0, 0);
	sem_init(&host->released, 0, 0);
	cr_assert_eq(pthread_create(&host->thread, NULL, host_main, host), 0);
	wait_for(host, &host->ready);
	cr_assert_eq(host->error, 0, "the engine does not start: %s", strerror(-host->error));
}

void host_call(struct host *host, host_function function, void *argument)
{
	host->argument = argument;
	atomic_store(&host->function, function);
	engine_wake(host->engine);
	wait_for(host, &host->called);
}

static void copy_counters(struct host *host, void *argument)
{
	*(struct engine_counters *)argument = *engine_counters(host->engine);
}

struct engine_counters host_counters(struct host *host)
{
	struct engine_counters counters;

	host_call(host, copy_counters, &counters);
	return counters;
}

/* How far something has come: read in the engine's thread. */
struct progress {
	size_t counter;
	uint64_t now;
};

static void read_counter(struct host *host, void *argument)
{
	struct progress *progress = argument;
	const char *counters = (const char *)engine_counters(host->engine);

	memcpy(&progress->now, counters + progress->counter, sizeof(progress->now));
}

static void read_closed(struct host *host, void *argument)
{
	((struct progress *)argument)->now = host->closed;
}

static void await(struct host *host, host_function read, struct progress *progress, uint64_t value)
{
	time_t deadline = time(NULL) + PEER_DEADLINE_S;

	for (;;) {
		host_call(host, read, progress);
		if (progress->now >= value)
			return;
		cr_assert_lt(time(NULL), deadline, "a counter stays at %llu, short of %llu",
			     (unsigned long long)progress->now, (unsigned long long)value);
		(void)poll(NULL, 0, 1);
	}
}

void host_await(struct host *host, size_t counter, uint64_t value)
{
	await(host, read_counter, &(struct progress){ .counter = counter }, value);
}

void host_await_closed(struct host *host, uint64_t closed)
{
	await(host, read_closed, &(struct progress){ 0 }, closed);
}

void host_stop(struct host *host)
{
	atomic_store(&host->stop, true);
	engine_wake(host->engine);
	sem_post(&host->released);
	(void)pthread_join(host->thread, NULL);
	cr_assert_eq(host->error, 0, "engine_turn: %s", strerror(-host->error));
	cr_assert_str_empty(host->witness->complaint, "%s", host->witness->complaint);
	free(host->witness);
}
