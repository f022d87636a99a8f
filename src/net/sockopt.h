/*
 * The socket options that --sockopt NAME=VALUE may set: a table with a row each. They are set on
 * the listening socket, before it is bound; accepted connections inherit them.
 */
#ifndef NET_SOCKOPT_H
#define NET_SOCKOPT_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/error.h"
#include "net/url.h"

enum sockopt_type {
	SOCKOPT_FLAG, /* on, off, 1, 0 */
	SOCKOPT_NUMBER,
	SOCKOPT_SIZE,	 /* bytes: 64Ki */
	SOCKOPT_SECONDS, /* a duration, whole seconds */
	SOCKOPT_MS,	 /* a duration, whole milliseconds */
	SOCKOPT_US,	 /* a duration, whole microseconds */
	SOCKOPT_LINGER,	 /* a duration, whole seconds, in a struct linger; or off */
	SOCKOPT_STRING,
};

struct sockopt {
	const char *name;
	const char *help;
	int level, option;
	int level_v6, option_v6; /* set on IPv6 sockets as well; 0: none */
	enum sockopt_type type;
	uint32_t transports; /* bits (1 << enum transport) */
	int64_t min, max;
};

#define SOCKOPT_SETTING_MAX 32

struct sockopt_setting {
	const struct sockopt *option;
	int value;
	char text[32]; /* SOCKOPT_STRING */
};

/* What was asked for, in order; {0} is empty. */
struct sockopt_list {
	uint32_t count;
	struct sockopt_setting settings[SOCKOPT_SETTING_MAX];
};

/* Add "NAME=VALUE" to a struct sockopt_list: the parse function of an option row.
 * Errors: EINVAL with a sentence. */
int sockopt_parse(const char *text, void *list, struct error *ret_error);

/* The list as an object: the to_json function of the same row. */
json_t *sockopt_to_json(const void *list);

/* That row. AT(sockopts) gives the place of a struct sockopt_list. */
#define SOCKOPT_ROW(AT)                                                                 \
	{                                                                               \
		.name = "sockopt", .argument = "NAME=VALUE", .type = OPTION_CUSTOM,     \
		.at = AT(sockopts), .parse = sockopt_parse, .to_json = sockopt_to_json, \
		.help = "set a socket option; may be given many times"                  \
	}

/* Does every option of the list fit at least one of these transports (bits)?
 * Errors: EINVAL with a sentence that names the option and what it is for. */
int sockopt_check(const struct sockopt_list *list, uint32_t transports_used,
		  struct error *ret_error);

/* Set on fd those of the list that fit its transport. Errors: those of setsockopt(), with a
 * sentence. */
int sockopt_apply(const struct sockopt_list *list, int fd, enum transport transport,
		  struct error *ret_error);

/* The table, for --help: a line each. */
void sockopt_print(FILE *stream);

#endif
