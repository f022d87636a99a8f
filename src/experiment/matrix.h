/*
 * What is measured: every combination of the values that were listed, or workloads by name; and
 * the servers, every combination of backend, features and threads, and other programs. The rows of
 * options for both.
 */
#ifndef EXPERIMENT_MATRIX_H
#define EXPERIMENT_MATRIX_H

#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "experiment/list.h"
#include "experiment/point.h"
#include "experiment/server.h"

#define POINTS_MAX 256
#define SERVERS_MAX 32

/* Fields of a command's options. */
struct matrix {
	uint64_t workloads; /* a set of named ones; 0: none */
	struct number_list transports, connections, depths, sizes, rates, load_threads;
	struct number_list backends, server_threads;
	struct string_list features; /* texts of --features, each a variant */
	const char *inject;	     /* faults that ringside serve makes on purpose; NULL: none */
	struct string_list commands; /* of --server-cmd */
};

/* Rows of option tables; AT(member) gives the place of a field of the command's options, which
 * have a struct matrix called matrix. */
#define MATRIX_ROW_WORKLOADS(AT)                                                                \
	{                                                                                       \
		.name = "workloads", .key = 'w', .argument = "NAME,...", .type = OPTION_CUSTOM, \
		.at = AT(matrix.workloads), .parse = matrix_workloads_parse,                    \
		.to_json = matrix_workloads_to_json,                                            \
		.help = "what to measure, from the list below, or all"                          \
	}
#define MATRIX_ROWS_POINTS(AT)                                                                    \
	{ .group = "Work:",                                                                       \
	  .name = "transport",                                                                    \
	  .argument = "NAME,...",                                                                 \
	  .type = OPTION_CUSTOM,                                                                  \
	  .at = AT(matrix.transports),                                                            \
	  .parse = transports_parse,                                                              \
	  .to_json = transports_to_json,                                                          \
	  .help = "tcp, udp, unix; tcp unless given, as for the next ones: every combination" },  \
		{ .name = "connections",                                                          \
		  .key = 'c',                                                                     \
		  .argument = "LIST",                                                             \
		  .type = OPTION_CUSTOM,                                                          \
		  .at = AT(matrix.connections),                                                   \
		  .parse = counts_parse,                                                          \
		  .to_json = numbers_to_json,                                                     \
		  .help = "of the load: 1,50,1000, or 1..1000*10; 50" },                          \
		{ .name = "depth",                                                                \
		  .key = 'p',                                                                     \
		  .argument = "LIST",                                                             \
		  .type = OPTION_CUSTOM,                                                          \
		  .at = AT(matrix.depths),                                                        \
		  .parse = counts_parse,                                                          \
		  .to_json = numbers_to_json,                                                     \
		  .help = "requests that wait for their answer on each connection; 1" },          \
		{ .name = "size",                                                                 \
		  .key = 's',                                                                     \
		  .argument = "LIST",                                                             \
		  .type = OPTION_CUSTOM,                                                          \
		  .at = AT(matrix.sizes),                                                         \
		  .parse = sizes_parse,                                                           \
		  .to_json = numbers_to_json,                                                     \
		  .help = "bytes of a request; 64" },                                             \
		{ .name = "rate",                                                                 \
		  .key = 'R',                                                                     \
		  .argument = "LIST",                                                             \
		  .type = OPTION_CUSTOM,                                                          \
		  .at = AT(matrix.rates),                                                         \
		  .parse = rates_parse,                                                           \
		  .to_json = numbers_to_json,                                                     \
		  .help = "requests a second in an open loop; 0, a closed loop" },                \
	{                                                                                         \
		.name = "load-threads", .argument = "LIST", .type = OPTION_CUSTOM,                \
		.at = AT(matrix.load_threads), .parse = counts_parse, .to_json = numbers_to_json, \
		.help = "of the load; 1"                                                          \
	}
#define MATRIX_ROWS_SERVERS(AT)                                                              \
	{ .group = "Servers:",                                                               \
	  .name = "backend",                                                                 \
	  .argument = "NAME,...",                                                            \
	  .type = OPTION_CUSTOM,                                                             \
	  .at = AT(matrix.backends),                                                         \
	  .parse = backends_parse,                                                           \
	  .to_json = backends_to_json,                                                       \
	  .help = "of ringside serve: uring, epoll; those that this kernel has" },           \
		{ .name = "features",                                                        \
		  .argument = "+NAME,-NAME",                                                 \
		  .type = OPTION_LIST,                                                       \
		  .at = AT(matrix.features),                                                 \
		  .help = "kernel features that ringside serve switches on and off; given "  \
			  "again it is another server" },                                    \
		{ .name = "threads",                                                         \
		  .key = 't',                                                                \
		  .argument = "LIST",                                                        \
		  .type = OPTION_CUSTOM,                                                     \
		  .at = AT(matrix.server_threads),                                           \
		  .parse = counts_parse,                                                     \
		  .to_json = numbers_to_json,                                                \
		  .help = "of ringside serve, an engine each; 1" },                          \
		{ .name = "inject",                                                          \
		  .argument = "RULE,...",                                                    \
		  .type = OPTION_STRING,                                                     \
		  .at = AT(matrix.inject),                                                   \
		  .help = "faults that ringside serve makes on purpose: spin=1us burns "     \
			  "so much CPU a message; 'ringside serve --help' has the others" }, \
	{                                                                                    \
		.name = "server-cmd", .argument = "[NAME=]COMMAND", .type = OPTION_LIST,     \
		.at = AT(matrix.commands),                                                   \
		.help = "measure another server too: the shell runs COMMAND, as after exec " \
			"(for more than one, sh -c '...'); {port} in it is "                 \
			"where it is to listen, {host} the address, {transport} tcp or "     \
			"udp, {size} the bytes of a message; without {port} it prints "      \
			"'listening URL'; it ends at SIGTERM"                                \
	}

int matrix_workloads_parse(const char *text, void *ret_set, struct error *ret_error);
json_t *matrix_workloads_to_json(const void *set);

/* Print the workloads that have a name, for --help. */
void matrix_workloads_print(FILE *stream);

/* Is any value of the points given? */
bool matrix_has_points(const struct matrix *matrix);

struct point_list {
	uint32_t count;
	struct point items[POINTS_MAX];
};

/* The workloads that are named, then every combination of the values if any is given. Values that
 * were left out have their usual one. Errors: EINVAL (too many), with a sentence. */
int matrix_points(const struct matrix *matrix, struct point_list *ret_points,
		  struct error *ret_error);

struct server_list {
	uint32_t count;
	struct server items[SERVERS_MAX];
	const char *no_uring; /* why io_uring is left out; NULL: it is not */
};

/* Every combination of backends, features and threads, then the other programs. Without --backend
 * io_uring is left out where it is not there. Errors: EINVAL with a sentence: features that are
 * none, two servers of one name, too many, a backend that is named and not there. */
int matrix_servers(const struct matrix *matrix, struct server_list *ret_servers,
		   struct error *ret_error);

/* The most threads that a server, and a load, of theirs has. */
uint32_t matrix_server_threads(const struct server_list *servers);
uint32_t matrix_load_threads(const struct point_list *points);

#endif
