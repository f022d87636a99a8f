#include "pulse.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

struct beat {
	int ask_fd;
	int serve_fd; /* -1: taken */
	enum pulse_state state;
};

struct pulse {
	pthread_mutex_t mutex; /* over what follows, once workers run */
	uint64_t number; /* of the last question: an answer that comes too late is no answer */
	uint32_t count;
	struct pollfd *events; /* one a worker, kept so that asking needs no memory */
	struct beat beats[];
};

const struct listener_options pulse_listener_options = { .small = true };

/* The engine answers by name, so each end gets one, of the kernel's choice. Nobody else can send to
 * it: a connected UNIX datagram socket hears its peer alone. */
static int name_end(int fd)
{
	const struct sockaddr_un unnamed = { .sun_family = AF_UNIX };

	return bind(fd, (const struct sockaddr *)&unnamed, sizeof(unnamed.sun_family)) < 0 ? -errno
											   : 0;
}

static int open_beat(struct beat *beat)
{
	int ends[2], error;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	beat->ask_fd = ends[0];
	beat->serve_fd = ends[1];
	error = name_end(ends[0]);
	return error ? error : name_end(ends[1]);
}

int pulse_open(uint32_t worker_count, struct pulse **ret_pulse, struct error *ret_error)
{
	struct pulse *pulse = calloc(1, sizeof(*pulse) + worker_count * sizeof(pulse->beats[0]));
	struct pollfd *events = calloc(worker_count, sizeof(*events));
	int error = pulse && events ? 0 : -ENOMEM;

	if (error) {
		free(pulse);
		free(events);
		return error_set(ret_error, error, "out of memory");
	}
	(void)pthread_mutex_init(&pulse->mutex, NULL);
	pulse->events = events;
	for (uint32_t i = 0; i < worker_count; i++)
		pulse->beats[i] = (struct beat){ .ask_fd = -1, .serve_fd = -1 };
	for (; pulse->count < worker_count && !error; pulse->count++)
		error = open_beat(&pulse->beats[pulse->count]);
	if (error) {
		pulse_close(pulse);
		return error_set(ret_error, error, "cannot make sockets to ask the threads by: %s",
				 strerror(-error));
	}
	*ret_pulse = pulse;
	return 0;
}

void pulse_close(struct pulse *pulse)
{
	if (!pulse)
		return;
	for (uint32_t i = 0; i < pulse->count; i++) {
		if (pulse->beats[i].ask_fd >= 0)
			(void)close(pulse->beats[i].ask_fd);
		if (pulse->beats[i].serve_fd >= 0)
			(void)close(pulse->beats[i].serve_fd);
	}
	(void)pthread_mutex_destroy(&pulse->mutex);
	free(pulse->events);
	free(pulse);
}

int pulse_take(struct pulse *pulse, uint32_t worker)
{
	int fd = pulse->beats[worker].serve_fd;

	pulse->beats[worker].serve_fd = -1;
	return fd;
}

void pulse_answer(struct message *run, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (run[i].kind == MESSAGE_DATA)
			run[i].reply = run[i].length;
}

/* A queue full of questions that nobody reads is silence too. */
static enum pulse_state ask(const struct pulse *pulse, const struct beat *beat)
{
	if (send(beat->ask_fd, &pulse->number, sizeof(pulse->number), MSG_NOSIGNAL) >= 0 ||
	    errno == EAGAIN)
		return PULSE_SILENT;
	return PULSE_ENDED;
}

static enum pulse_state take_answer(const struct pulse *pulse, const struct beat *beat)
{
	ssize_t length;
	uint64_t number;

	do {
		length = recv(beat->ask_fd, &number, sizeof(number), MSG_DONTWAIT);
		if (length == sizeof(number) && number == pulse->number)
			return PULSE_BEATS;
	} while (length > 0);
	return length < 0 && errno == EAGAIN ? PULSE_SILENT : PULSE_ENDED;
}

/* What has been answered is not polled any more. Returns how many are awaited. */
static uint32_t await(struct pulse *pulse)
{
	uint32_t awaited = 0;

	for (uint32_t i = 0; i < pulse->count; i++) {
		struct beat *beat = &pulse->beats[i];

		if (beat->state == PULSE_SILENT && pulse->events[i].revents)
			beat->state = take_answer(pulse, beat);
		pulse->events[i] = (struct pollfd){
			.fd = beat->state == PULSE_SILENT ? beat->ask_fd : -1,
			.events = POLLIN,
		};
		awaited += beat->state == PULSE_SILENT;
	}
	return awaited;
}

static void ask_all(struct pulse *pulse)
{
	pulse->number++;
	for (uint32_t i = 0; i < pulse->count; i++) {
		pulse->events[i].revents = 0;
		pulse->beats[i].state = ask(pulse, &pulse->beats[i]);
	}
}

uint32_t pulse_check(struct pulse *pulse, uint64_t limit_ns, enum pulse_state *ret_states)
{
	uint64_t now_ns = clock_now_ns(), deadline_ns = now_ns + limit_ns;
	uint32_t silent;

	(void)pthread_mutex_lock(&pulse->mutex);
	ask_all(pulse);
	while ((silent = await(pulse)) > 0 && now_ns < deadline_ns) {
		uint64_t left_ms = (deadline_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;

		(void)poll(pulse->events, pulse->count, (int)left_ms);
		now_ns = clock_now_ns();
	}
	for (uint32_t i = 0; ret_states && i < pulse->count; i++)
		ret_states[i] = pulse->beats[i].state;
	(void)pthread_mutex_unlock(&pulse->mutex);
	return silent;
}
