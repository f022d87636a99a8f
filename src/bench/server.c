#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int server_parse(const char *text, struct server *ret_server, struct error *ret_error)
{
	size_t length = strcspn(text, "=");

	if (text[length] == '\0' || text[length + 1] == '\0' || length == 0)
		return error_set(ret_error, -EINVAL, "--server %s: this is not NAME=COMMAND", text);
	if (length >= SERVER_NAME_MAX)
		return error_set(ret_error, -EINVAL, "--server %s: the name is too long (%d)", text,
				 SERVER_NAME_MAX - 1);
	*ret_server = (struct server){ .command = text + length + 1 };
	memcpy(ret_server->name, text, length);
	return 0;
}

bool server_takes(const struct server *server, const struct workload *workload)
{
	return !server->command || workload_is_internet(workload);
}

/* The text that stands for a word in braces at the start of text, and the word's length. */
static size_t placeholder(const char *text, const struct workload *workload, char *value,
			  size_t size)
{
	if (strncmp(text, "{transport}", strlen("{transport}")) == 0) {
		(void)snprintf(value, size, "%s", workload->transport);
		return strlen("{transport}");
	}
	if (strncmp(text, "{size}", strlen("{size}")) == 0) {
		(void)snprintf(value, size, "%u", workload->size);
		return strlen("{size}");
	}
	(void)snprintf(value, size, "%c", *text);
	return 1;
}

/* The shell makes way for the program, so that its process is the one that is measured. */
static int make_foreign(const struct server *server, const struct workload *workload,
			struct server_command *command)
{
	size_t used = (size_t)snprintf(command->text, sizeof(command->text), "exec ");
	char value[16];

	for (const char *at = server->command; *at != '\0';) {
		at += placeholder(at, workload, value, sizeof(value));
		if (used + strlen(value) >= sizeof(command->text))
			return -EMSGSIZE;
		memcpy(command->text + used, value, strlen(value) + 1);
		used += strlen(value);
	}
	command->path = "/bin/sh";
	command->argv[0] = "sh";
	command->argv[1] = "-c";
	command->argv[2] = command->text;
	return 0;
}

static void make_own(const struct server *server, const struct workload *workload,
		     struct server_command *command)
{
	const char **next = command->argv;

	if (workload_is_internet(workload))
		(void)snprintf(command->text, sizeof(command->text), "echo+%s://127.0.0.1:0",
			       workload->transport);
	else
		(void)snprintf(command->text, sizeof(command->text), "echo+%s:@ringside-bench-%d",
			       workload->transport, (int)getpid());
	command->path = "/proc/self/exe";
	*next++ = "ringside";
	*next++ = "serve";
	*next++ = "--backend";
	*next++ = server->name;
	*next++ = "--drain";
	*next++ = "1s";
	*next++ = "--json-stats";
	*next++ = "-";
	if (server->features) {
		*next++ = "--features";
		*next++ = server->features;
	}
	*next++ = command->text;
}

int server_command_make(const struct server *server, const struct workload *workload,
			struct server_command *ret_command)
{
	*ret_command = (struct server_command){ 0 };
	if (server->command)
		return make_foreign(server, workload, ret_command);
	make_own(server, workload, ret_command);
	return 0;
}
