/* Who answers: ringside serve with a backend and features, or any other program. */
#ifndef EXPERIMENT_SERVER_H
#define EXPERIMENT_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "experiment/point.h"

#define SERVER_NAME_MAX 64
#define SERVER_COMMAND_MAX 4096
#define SERVER_ARGUMENT_MAX 24

struct server {
	char name[SERVER_NAME_MAX]; /* tells servers apart in tables and in ratios */
	const char *command;  /* of another program; NULL: ringside serve. Not copied, as below */
	const char *backend;  /* "uring" or "epoll" */
	const char *features; /* NULL: the defaults */
	const char *inject;   /* faults made on purpose; NULL: none */
	uint32_t threads;
};

/*
 * Parse "[NAME=]COMMAND". The shell runs COMMAND with {transport} replaced by tcp or udp, {size} by
 * the bytes of a message, {host} and {port} by where to listen; the server is ready when it does.
 * Without {port} its first line of output is to be "listening URL". SIGTERM is its end. The name
 * is that of the program unless given. Errors: EINVAL, with a sentence.
 */
int server_parse(const char *text, struct server *ret_server, struct error *ret_error);

/* Others take TCP and UDP, ours everything. */
bool server_takes(const struct server *server, const struct point *point);

/* Does its command ask for a port? */
bool server_wants_port(const struct server *server);

/* {"name", "command", "backend", "features", "threads", "inject"}. NULL: no memory. */
json_t *server_to_json(const struct server *server);

/* A program's arguments, and the memory behind some of them. */
struct server_command {
	const char *path;
	const char *argv[SERVER_ARGUMENT_MAX];
	char text[SERVER_COMMAND_MAX];
	char threads[16];
};

/* How to start it for a point, at a host's address, and a port if it wants one. After its
 * "listening" line, one of ours says its statistics, at its end. Errors: EMSGSIZE. */
int server_command_make(const struct server *server, const struct point *point, const char *host,
			uint16_t port, struct server_command *ret_command);

#endif
