/*
 * clients [OPTION VALUE...] churn|talk|silent|deaf ADDRESS PORT
 *
 * Prints "ready" when all clients are connected (churn: when the first conversation is over), and
 * at the end a line of JSON. It ends when all conversations are over, when standard input does, or
 * at the deadline. Exit code 0 whatever the server did, 2 if there could be no such clients.
 */
#include "clients.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_CANNOT = 2 };

#define EVENTS_MAX 512
#define CONNECTING_MAX 512u /* well below a listen queue, which would drop what it cannot hold */
#define PAUSE_MS 2	    /* where the next conversation is due at a time of its own */
#define WAIT_MS 100
#define FILES_OF_PROCESS 16u

static const char *const behaviours[BEHAVIOUR_COUNT] = {
	[BEHAVIOUR_CHURN] = "churn",
	[BEHAVIOUR_TALK] = "talk",
	[BEHAVIOUR_SILENT] = "silent",
	[BEHAVIOUR_DEAF] = "deaf",
};

static int trouble(const char *what, int error)
{
	fprintf(stderr, "clients: %s%s%s\n", what, error ? ": " : "", error ? strerror(error) : "");
	return EXIT_CANNOT;
}

/* Where an option's value belongs, or NULL. */
static uint32_t *option_place(struct options *options, const char *name)
{
	const struct {
		const char *name;
		uint32_t *place;
	} table[] = {
		{ "--clients", &options->clients },
		{ "--count", &options->count },
		{ "--rate", &options->rate },
		{ "--size", &options->size },
		{ "--depth", &options->depth },
		{ "--sources", &options->sources },
		{ "--failures", &options->failure_max },
		{ "--deadline", &options->deadline_s },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].name, name) == 0)
			return table[i].place;
	}
	return NULL;
}

static bool number_parse(const char *text, uint32_t max, uint32_t *ret_value)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > max)
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

static bool behaviour_parse(struct options *options, const char *name)
{
	for (int i = 0; i < BEHAVIOUR_COUNT; i++) {
		if (strcmp(behaviours[i], name) != 0)
			continue;
		options->behaviour = (enum behaviour)i;
		return true;
	}
	return false;
}

static bool options_parse(struct options *options, int count, char **arguments)
{
	uint32_t port;

	for (; count > 3; count -= 2, arguments += 2) {
		uint32_t *place = option_place(options, arguments[0]);

		if (place == NULL || !number_parse(arguments[1], UINT32_MAX - 1, place))
			return false;
	}
	if (count != 3 || !behaviour_parse(options, arguments[0]) ||
	    inet_pton(AF_INET, arguments[1], &options->server.sin_addr) != 1 ||
	    !number_parse(arguments[2], UINT16_MAX, &port))
		return false;
	options->server.sin_family = AF_INET;
	options->server.sin_port = htons((uint16_t)port);
	if (options->behaviour != BEHAVIOUR_CHURN)
		options->count = options->clients;
	if (options->behaviour == BEHAVIOUR_DEAF)
		options->depth = 0; /* it waits for no answer */
	return options->clients > 0 && options->size > 0 && options->size <= SIZE_MAX_BYTES &&
	       options->depth <= DEPTH_MAX;
}

/* As many descriptors as there may be; returns an errno if they are too few. */
static int files_raise(uint32_t clients)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return errno;
	if (limit.rlim_max < clients + FILES_OF_PROCESS)
		return EMFILE;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) ? errno : 0;
}

static int storm_open(struct storm *storm)
{
	const struct options *options = &storm->options;
	size_t unanswered_max = options->count + (size_t)options->clients * options->depth;
	struct epoll_event event = { .events = EPOLLIN };
	int error = files_raise(options->clients);

	if (error)
		return error;
	storm->table = calloc(options->clients, sizeof(*storm->table));
	storm->outcome.unanswered_ns = calloc(unanswered_max, sizeof(uint64_t));
	storm->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (storm->table == NULL || storm->outcome.unanswered_ns == NULL || storm->epoll < 0)
		return ENOMEM;
	if (epoll_ctl(storm->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event))
		return errno;
	storm->begun_ns = clock_now_ns();
	return 0;
}

static void storm_close(struct storm *storm)
{
	if (storm->epoll >= 0)
		(void)close(storm->epoll);
	free(storm->table);
	free(storm->outcome.unanswered_ns);
}

/* How many conversations should have begun by now? */
static uint64_t due(const struct storm *storm)
{
	const struct options *options = &storm->options;
	uint64_t count = options->count;

	if (options->rate > 0)
		count = (clock_now_ns() - storm->begun_ns) * options->rate / 1000000000u;
	return count < options->count ? count : options->count;
}

/* Begin what is due and has room. The table is walked round and round, so that a client is found
 * soon; *place is where the last walk ended. */
static int begin_some(struct storm *storm, uint32_t *place)
{
	uint32_t clients = storm->options.clients;
	uint64_t wanted = due(storm);

	for (uint32_t i = 0; i < clients && storm->outcome.begun < wanted && !storm->ending; i++) {
		struct client *client = &storm->table[*place];
		int error;

		if (storm->connecting >= CONNECTING_MAX)
			return 0;
		*place = (*place + 1) % clients;
		if (client->state != CLIENT_IDLE)
			continue;
		error = client_begin(storm, client);
		if (error)
			return -error;
	}
	return 0;
}

static void say_ready(const struct storm *storm, bool *said)
{
	const struct outcome *outcome = &storm->outcome;
	bool churns = storm->options.behaviour == BEHAVIOUR_CHURN;

	if (*said || (churns ? outcome->answered == 0 : outcome->connected < storm->options.count))
		return;
	*said = true;
	puts("ready");
	(void)fflush(stdout);
}

/* Nothing more will happen, or nobody wants to wait for it. */
static bool is_over(struct storm *storm)
{
	const struct options *options = &storm->options;
	bool asks = options->behaviour == BEHAVIOUR_CHURN || options->behaviour == BEHAVIOUR_TALK;
	uint64_t age_ns = clock_now_ns() - storm->begun_ns;

	storm->outcome.late = age_ns / 1000000000u >= options->deadline_s;
	if (storm->outcome.late || (storm->ending && !asks))
		return true;
	if (storm->ending && options->behaviour == BEHAVIOUR_TALK) {
		for (uint32_t i = 0; i < options->clients; i++) {
			const struct client *client = &storm->table[i];

			if (client->state != CLIENT_IDLE &&
			    (client->asked > client->answered || client->out > 0))
				return false;
		}
		return true;
	}
	return (storm->ending || storm->outcome.begun >= options->count) &&
	       storm->connecting + storm->open == 0;
}

static int storm_run(struct storm *storm)
{
	struct epoll_event events[EVENTS_MAX];
	uint32_t place = 0;
	bool said = false;

	while (!is_over(storm)) {
		bool more = storm->outcome.begun < storm->options.count && !storm->ending;
		int wait_ms = more && storm->options.rate > 0 ? PAUSE_MS : WAIT_MS;
		int error = begin_some(storm, &place), count;

		if (error)
			return error;
		count = epoll_wait(storm->epoll, events, EVENTS_MAX, wait_ms);
		if (count < 0 && errno != EINTR)
			return errno;
		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr != NULL)
				client_event(storm, events[i].data.ptr, events[i].events);
			else
				storm->ending = true;
		}
		if (storm->ending)
			(void)epoll_ctl(storm->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
		say_ready(storm, &said);
	}
	return 0;
}

static void report(const struct storm *storm)
{
	const struct outcome *outcome = &storm->outcome;

	printf("{\"begun\": %u, \"connected\": %u, \"failed\": %u, \"ended\": %u, \"reset\": %u, "
	       "\"open\": %u, \"answered\": %" PRIu64 ", \"bytes\": %" PRIu64
	       ", \"wrong_bytes\": %" PRIu64 ", \"surplus_bytes\": %" PRIu64
	       ", \"connect_ns_max\": %" PRIu64 ", \"elapsed_ns\": %" PRIu64
	       ", \"late\": %s, \"first_error\": \"%s\", \"unanswered_ns\": [",
	       outcome->begun, outcome->connected, outcome->failed, outcome->ended, outcome->reset,
	       storm->open, outcome->answered, outcome->bytes, outcome->wrong_bytes,
	       outcome->surplus_bytes, outcome->connect_ns_max, clock_now_ns() - storm->begun_ns,
	       outcome->late ? "true" : "false",
	       outcome->first_error ? strerror(outcome->first_error) : "");
	for (uint32_t i = 0; i < outcome->unanswered; i++)
		printf("%s%" PRIu64, i > 0 ? ", " : "", outcome->unanswered_ns[i]);
	puts("]}");
}

int main(int count, char **arguments)
{
	struct storm storm = {
		.options = { .clients = 1,
			     .count = 1,
			     .size = 64,
			     .depth = 1,
			     .failure_max = 1,
			     .deadline_s = 60 },
		.epoll = -1,
	};
	int error;

	if (!options_parse(&storm.options, count - 1, arguments + 1))
		return trouble(
			"usage: clients [OPTION VALUE...] churn|talk|silent|deaf ADDRESS PORT", 0);
	error = storm_open(&storm);
	if (!error)
		error = storm_run(&storm);
	if (!error)
		report(&storm);
	storm_close(&storm);
	return error ? trouble("cannot go on", error) : 0;
}
