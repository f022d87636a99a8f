#include "experiment/server.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/json.h"

#define PORT "{port}"
#define QUIET " >/dev/null"

static bool is_name_character(char character)
{
	return isalnum((unsigned char)character) || (character && strchr("_.-+,", character));
}

/* How long the name before a = is; 0: there is none, so a word like A=1 of a shell is a name. */
static size_t name_length(const char *text)
{
	size_t length = 0;

	while (is_name_character(text[length]))
		length++;
	return text[length] == '=' ? length : 0;
}

/* The program's name, without its folder: what the first word ends with. */
static size_t program_name(const char *command, const char **ret_name)
{
	size_t length = strcspn(command, " \t");
	size_t start = length;

	while (start > 0 && command[start - 1] != '/')
		start--;
	*ret_name = command + start;
	return length - start;
}

int server_parse(const char *text, struct server *ret_server, struct error *ret_error)
{
	struct server server = { .threads = 1 };
	const char *name = text;
	size_t length = name_length(text);

	server.command = length > 0 ? text + length + 1 : text;
	if (server.command[strspn(server.command, " \t")] == '\0' || text[0] == '=')
		return error_set(ret_error, -EINVAL, "'%s' is not [NAME=]COMMAND", text);
	if (length == 0)
		length = program_name(text, &name);
	if (length == 0 || length >= SERVER_NAME_MAX)
		return error_set(ret_error, -EINVAL,
				 "'%s': give the server a name of 1 to %d characters, NAME=COMMAND",
				 text, SERVER_NAME_MAX - 1);
	memcpy(server.name, name, length);
	*ret_server = server;
	return 0;
}

bool server_takes(const struct server *server, const struct point *point)
{
	return !server->command || point_is_internet(point);
}

bool server_wants_port(const struct server *server)
{
	return server->command && strstr(server->command, PORT) != NULL;
}

json_t *server_to_json(const struct server *server)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "name", server->name);
	error |= json_put_string(object, "command", server->command);
	error |= json_put_string(object, "backend", server->backend);
	error |= json_put_string(object, "features", server->features);
	error |= json_put_string(object, "inject", server->inject);
	error |= json_put_unsigned(object, "threads", server->threads);
	return json_complete(object, error);
}

/* What stands for a word in braces. */
struct placeholder {
	const char *word;
	char value[64];
};

/* The value of the word at the start of a text, and the word's length; else the next character. */
static size_t placeholder_take(const char *text, const struct placeholder *placeholders,
			       size_t count, char *ret_value, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(placeholders[i].word);

		if (strncmp(text, placeholders[i].word, length) != 0)
			continue;
		(void)snprintf(ret_value, size, "%s", placeholders[i].value);
		return length;
	}
	(void)snprintf(ret_value, size, "%c", *text);
	return 1;
}

/* The shell makes way for the program, so that its process is the one that is measured. */
static int make_foreign(const struct server *server, const struct placeholder *placeholders,
			size_t count, struct server_command *command)
{
	size_t used = (size_t)snprintf(command->text, sizeof(command->text), "exec ");
	char value[64];

	for (const char *at = server->command; *at != '\0';) {
		at += placeholder_take(at, placeholders, count, value, sizeof(value));
		if (used + strlen(value) >= sizeof(command->text))
			return -EMSGSIZE;
		memcpy(command->text + used, value, strlen(value) + 1);
		used += strlen(value);
	}
	/* Whoever says its URL is listened to; of others nobody would empty the pipe. */
	if (server_wants_port(server)) {
		if (used + strlen(QUIET) >= sizeof(command->text))
			return -EMSGSIZE;
		memcpy(command->text + used, QUIET, strlen(QUIET) + 1);
	}
	command->path = "/bin/sh";
	command->argv[0] = "sh";
	command->argv[1] = "-c";
	command->argv[2] = command->text;
	return 0;
}

static void make_own(const struct server *server, const struct point *point, const char *host,
		     struct server_command *command)
{
	const char **next = command->argv;

	if (point_is_internet(point))
		(void)snprintf(command->text, sizeof(command->text), "echo+%s://%s:0",
			       transport_names[point->transport], host);
	else
		(void)snprintf(command->text, sizeof(command->text), "echo+unix:@ringside-%d",
			       (int)getpid());
	(void)snprintf(command->threads, sizeof(command->threads), "%u", server->threads);
	command->path = "/proc/self/exe";
	*next++ = "ringside";
	*next++ = "serve";
	*next++ = "--backend";
	*next++ = server->backend;
	*next++ = "--threads";
	*next++ = command->threads;
	*next++ = "--drain";
	*next++ = "1s";
	*next++ = "--json-stats";
	*next++ = "-";
	/* Between two networks of this host nobody forges senders, and the default would be what is
	 * measured. */
	*next++ = "--rate-limit";
	*next++ = "off";
	if (server->features) {
		*next++ = "--features";
		*next++ = server->features;
	}
	if (server->inject) {
		*next++ = "--inject";
		*next++ = server->inject;
	}
	*next++ = command->text;
}

int server_command_make(const struct server *server, const struct point *point, const char *host,
			uint16_t port, struct server_command *ret_command)
{
	struct placeholder placeholders[] = {
		{ .word = "{transport}" },
		{ .word = "{size}" },
		{ .word = "{host}" },
		{ .word = PORT },
	};

	*ret_command = (struct server_command){ 0 };
	if (!server->command) {
		make_own(server, point, host, ret_command);
		return 0;
	}
	(void)snprintf(placeholders[0].value, sizeof(placeholders[0].value), "%s",
		       transport_names[point->transport]);
	(void)snprintf(placeholders[1].value, sizeof(placeholders[1].value), "%u", point->size);
	(void)snprintf(placeholders[2].value, sizeof(placeholders[2].value), "%s", host);
	(void)snprintf(placeholders[3].value, sizeof(placeholders[3].value), "%u", port);
	return make_foreign(server, placeholders, ARRAY_SIZE(placeholders), ret_command);
}
