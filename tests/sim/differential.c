/*
 * The same scripts on the real kernel and on the simulated one, by io_uring and by epoll: what each
 * connection hears must be the same to the byte. Speaks TAP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/log.h"
#include "commands.h"
#include "pattern.h"
#include "script.h"
#include "sim/task.h"
#include "sim/world.h"

#define READY_TRIES 5000

/* Services in the order of scripts.c; the last one is there when all are. */
static const struct {
	const char *service;
	enum transport transport;
} wanted[] = {
	{ "echo", TRANSPORT_TCP },	  { "echo", TRANSPORT_UDP },
	{ "echo", TRANSPORT_UNIX },	  { "echo", TRANSPORT_UNIXGRAM },
	{ "echo", TRANSPORT_UNIXPACKET }, { "discard", TRANSPORT_TCP },
	{ "greeting", TRANSPORT_TCP },	  { "chargen", TRANSPORT_TCP },
	{ "time", TRANSPORT_TCP },
};

#define PLACE_COUNT ARRAY_SIZE(wanted)

struct trial {
	const char *name, *backend;
	bool simulated;
	struct place places[PLACE_COUNT];
	char urls[PLACE_COUNT][96];
	char *argv[PLACE_COUNT + 6];
	int exit_code;
	bool good;   /* each step could be done, and the server has ended well */
	char *heard; /* the transcripts of all scripts, one behind the other */
	size_t heard_length;
	const struct script *script;
};

/* A port that is free on the real host. */
static uint16_t free_port(int type)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(name);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &length) < 0)
		name.sin_port = 0;
	if (fd >= 0)
		(void)close(fd);
	return ntohs(name.sin_port);
}

static void make_place(struct trial *trial, uint32_t i)
{
	const struct transport_row *row = &transports[wanted[i].transport];
	struct place *place = &trial->places[i];
	struct sockaddr_un *local = (struct sockaddr_un *)&place->name;
	struct sockaddr_in *inet = (struct sockaddr_in *)&place->name;
	int length;

	*place = (struct place){
		.transport = wanted[i].transport,
		.echoes = strcmp(wanted[i].service, "echo") == 0,
	};
	if (row->local) {
		local->sun_family = AF_UNIX;
		length = snprintf(local->sun_path + 1, sizeof(local->sun_path) - 1,
				  "differential-%d-%u", (int)getpid(), i);
		place->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
				(socklen_t)length;
		(void)snprintf(trial->urls[i], sizeof(trial->urls[i]), "%s+%s:@%s",
			       wanted[i].service, row->name, local->sun_path + 1);
	} else {
		*inet = (struct sockaddr_in){ .sin_family = AF_INET,
					      .sin_port = htons(free_port(row->socket_type)),
					      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		place->length = sizeof(*inet);
		(void)snprintf(trial->urls[i], sizeof(trial->urls[i]), "%s+%s://127.0.0.1:%u",
			       wanted[i].service, row->name, ntohs(inet->sin_port));
	}
}

static void *run_server(void *argument)
{
	struct trial *trial = argument;
	int argc = 0;

	while (trial->argv[argc])
		argc++;
	trial->exit_code = command_serve(argc, trial->argv);
	return NULL;
}

/* Until somebody listens at the last place. */
static bool await_server(const struct trial *trial)
{
	const struct timespec pause = { .tv_nsec = NS_PER_MS };
	const struct place *last = &trial->places[PLACE_COUNT - 1];
	bool ready = false;

	for (int i = 0; i < READY_TRIES && !ready; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		ready = connect(fd, (const struct sockaddr *)&last->name, last->length) == 0;
		(void)close(fd);
		if (!ready)
			(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	return ready;
}

/* A server, all scripts against it, its end: on whichever kernel there is. */
static void *run_trial(void *argument)
{
	struct trial *trial = argument;
	FILE *transcript = open_memstream(&trial->heard, &trial->heard_length);
	pthread_t server;

	for (uint32_t i = 0; i < PLACE_COUNT; i++)
		make_place(trial, i);
	if (!transcript || pthread_create(&server, NULL, run_server, trial) != 0)
		abort();
	if (!await_server(trial))
		(void)fprintf(transcript, "%s: no server\n", trial->name);
	trial->good = script_run(trial->script, trial->places, transcript);
	(void)kill(getpid(), SIGTERM);
	(void)pthread_join(server, NULL);
	(void)fprintf(transcript, "exit code %d\n", trial->exit_code);
	trial->good = trial->good && trial->exit_code == EXIT_GOOD;
	(void)fclose(transcript);
	return NULL;
}

static void prepare(struct trial *trial, const struct script *script)
{
	const char *words[] = { "ringside serve", "--backend", trial->backend, "--sandbox", "off" };
	uint32_t count = 0;

	trial->script = script;
	trial->heard = NULL;
	trial->good = false;
	for (; count < ARRAY_SIZE(words); count++)
		trial->argv[count] = (char *)words[count];
	for (uint32_t i = 0; i < PLACE_COUNT; i++)
		trial->argv[count++] = trial->urls[i];
	trial->argv[count] = NULL;
}

static void run_simulated(struct trial *trial)
{
	const struct world_options options = { .seed = 7 };
	struct task *task;

	if (world_open(&options) < 0 || task_start(run_trial, trial, trial->name, &task) < 0 ||
	    world_run() < 0)
		trial->heard = strdup("the world did not come to its end\n");
	world_close();
}

static bool compare(const struct script *script)
{
	static struct trial trials[] = {
		{ .name = "real uring", .backend = "uring" },
		{ .name = "real epoll", .backend = "epoll" },
		{ .name = "simulated uring", .backend = "uring", .simulated = true },
		{ .name = "simulated epoll", .backend = "epoll", .simulated = true },
	};
	bool same = true;

	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		struct trial *trial = &trials[i];

		prepare(trial, script);
		if (trial->simulated)
			run_simulated(trial);
		else
			(void)run_trial(trial);
		same = same && trial->good && strcmp(trial->heard, trials[0].heard) == 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		if (!same)
			(void)fprintf(stderr, "# %s:\n%s", trials[i].name, trials[i].heard);
		free(trials[i].heard);
	}
	return same;
}

int main(void)
{
	FILE *results = fdopen(dup(STDOUT_FILENO), "w");
	sigset_t signals;
	bool good = true;

	/* What the servers say. */
	if (!results || !freopen("/dev/null", "w", stdout))
		return 1;
	log_name_set("ringside serve");
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	bytes_make();
	(void)fprintf(results, "TAP version 13\n1..%u\n", script_count);
	for (uint32_t i = 0; i < script_count; i++) {
		bool same = compare(&scripts[i]);

		(void)fprintf(results,
			      "%sok %u - %s: the same bytes on both kernels and backends\n",
			      same ? "" : "not ", i + 1, scripts[i].name);
		(void)fflush(results);
		good = good && same;
	}
	(void)fclose(results);
	return !good;
}
