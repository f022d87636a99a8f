#include "load_server.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load_trial.h"

#define PIECE_SIZE 65536

void server_reply(const struct server *server, const void *bytes, size_t length)
{
	(void)sendto(server->fd, bytes, length, MSG_NOSIGNAL, &server->peer.any,
		     server->peer.length);
}

static void *serve_requests(void *argument)
{
	struct server *server = argument;
	uint8_t bytes[SERVER_REQUEST_SIZE];
	unsigned count = 0;

	server->fd = accept(server->listener, NULL, NULL);
	while (recv(server->fd, bytes, sizeof(bytes), MSG_WAITALL) == sizeof(bytes))
		server->answer(server, bytes, sizeof(bytes), ++count);
	(void)close(server->fd);
	return NULL;
}

static void *serve_pieces(void *argument)
{
	struct server *server = argument;
	uint8_t bytes[PIECE_SIZE];
	unsigned count = 0;
	ssize_t length;

	server->fd = accept(server->listener, NULL, NULL);
	while ((length = recv(server->fd, bytes, sizeof(bytes), 0)) > 0)
		server->answer(server, bytes, (size_t)length, ++count);
	(void)close(server->fd);
	return NULL;
}

/* Ends with the single byte that stop_datagrams() sends. */
static void *serve_datagrams(void *argument)
{
	struct server *server = argument;
	uint8_t bytes[PIECE_SIZE];
	unsigned count = 0;
	ssize_t length;

	for (;;) {
		server->peer.length = sizeof(server->peer.storage);
		length = recvfrom(server->fd, bytes, sizeof(bytes), 0, &server->peer.any,
				  &server->peer.length);
		if (length <= 1)
			break;
		server->answer(server, bytes, (size_t)length, ++count);
	}
	(void)close(server->fd);
	return NULL;
}

static void server_open(struct server *server, const struct server_trial *trial)
{
	int fd = socket(AF_INET, trial->type, 0);
	bool stream = trial->type == SOCK_STREAM;
	void *(*serve)(void *) = !stream	    ? serve_datagrams
				 : trial->in_pieces ? serve_pieces
						    : serve_requests;

	server->address = (struct address){ .length = sizeof(server->address.v4) };
	server->address.v4.sin_family = AF_INET;
	server->address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(fd, &server->address.any, server->address.length), 0);
	cr_assert_eq(address_of_socket(fd, &server->address), 0);
	server->listener = -1;
	if (stream) {
		server->listener = fd;
		cr_assert_eq(listen(fd, 1), 0);
	} else {
		server->fd = fd;
	}
	cr_assert_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop_datagrams(const struct server *server)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)sendto(fd, "x", 1, 0, &server->address.any, server->address.length);
	(void)close(fd);
}

/* Wait until it has nothing left to serve. */
static void server_close(struct server *server)
{
	if (server->listener < 0)
		stop_datagrams(server);
	else
		(void)shutdown(server->listener, SHUT_RDWR);
	(void)pthread_join(server->thread, NULL);
	if (server->listener >= 0)
		(void)close(server->listener);
}

struct result server_try(const struct server_trial *how, uint64_t *ret_timed)
{
	static const atomic_int no_stop;
	struct server server = { .answer = how->answer };
	struct outcome outcome;
	struct trial trial;
	char line[200];

	server_open(&server, how);
	(void)snprintf(line, sizeof(line), "-c 1 %s %s+%s://127.0.0.1:%u", how->options,
		       how->service ? how->service : "echo",
		       how->type == SOCK_STREAM ? "tcp" : "udp", address_port(&server.address.any));
	cr_assert_eq(trial_parse(&trial, line), 0, "%s", trial.error.text);
	cr_assert_eq(target_resolve(&trial.target, 0, &trial.error), 0);
	cr_assert_eq(plan_run(&trial.options, &trial.target, how->stop ? how->stop : &no_stop, NULL,
			      &outcome, &trial.error),
		     0, "%s", trial.error.text);
	server_close(&server);
	trial_finish(&trial);
	if (ret_timed)
		*ret_timed = histogram_count(outcome.result.latency);
	if (how->look)
		how->look(&outcome.result);
	outcome_finish(&outcome);
	return outcome.result;
}

struct result server_run_until(int type, const char *options, answer_function *answer,
			       const atomic_int *stop)
{
	const struct server_trial trial = {
		.type = type,
		.options = options,
		.answer = answer,
		.stop = stop,
	};

	return server_try(&trial, NULL);
}

struct result server_run(int type, const char *options, answer_function *answer)
{
	return server_run_until(type, options, answer, NULL);
}
