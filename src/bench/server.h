/* The servers that are measured: our own on a backend each, and others given as commands. */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "workload.h"

#define SERVER_MAX 16
#define SERVER_NAME_MAX 32
#define SERVER_COMMAND_MAX 4096
#define SERVER_ARGUMENT_MAX 16

struct server {
	char name[SERVER_NAME_MAX];
	const char *command;  /* NULL: ringside serve on the backend of that name */
	const char *features; /* for ringside serve; NULL: its defaults */
};

/*
 * Parse "NAME=COMMAND". The shell runs COMMAND with {transport} replaced by tcp or udp and {size}
 * by the bytes of a message; its first line of output is to be "listening URL", and SIGTERM its
 * end. Nothing is copied but the name. Errors: EINVAL, with a sentence.
 */
int server_parse(const char *text, struct server *ret_server, struct error *ret_error);

/* Others take TCP and UDP, ours everything. */
bool server_takes(const struct server *server, const struct workload *workload);

/* A program's arguments, and the memory behind some of them. */
struct server_command {
	const char *path;
	const char *argv[SERVER_ARGUMENT_MAX];
	char text[SERVER_COMMAND_MAX];
};

/* How to start it for a workload. After its "listening" line, one of ours says its statistics, at
 * its end. Errors: EMSGSIZE. */
int server_command_make(const struct server *server, const struct workload *workload,
			struct server_command *ret_command);

#endif
