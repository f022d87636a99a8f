#include "options.h"

#define AT(member) OPTION_AT(struct talk_options, member)

static const struct option_row rows[] = {
	{ .name = "hex",
	  .key = 'x',
	  .type = OPTION_FLAG,
	  .at = AT(hex),
	  .help = "write messages and read answers as hexadecimal bytes: 48 65 6c" },
	{ .name = "newline",
	  .key = 'n',
	  .type = OPTION_FLAG,
	  .at = AT(newline),
	  .help = "end each message with a newline, for servers that read lines" },
	{ .name = "text-once",
	  .argument = "STRING",
	  .type = OPTION_STRING,
	  .at = AT(text_once),
	  .help = "send this one message, which may be empty, and end" },
	{ .name = "timeout",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(timeout_ns),
	  .standard = "5s",
	  .min = 1,
	  .help = "wait so long for a connection, and for each answer" },
	{ .name = NULL },
};

const struct option_table talk_option_table = {
	.arguments = "URL",
	.arguments_at = AT(urls),
	.arguments_min = 1,
	.arguments_max = 1,
	.summary =
		"Send each line of standard input to a server as a message, without its newline, "
		"and print each answer.\nURL is tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, "
		"unixgram:PATH or unixpacket:PATH; a service before it (echo+tcp://) is ignored.",
	.details =
		"It ends on an empty line, at the end of file, or when the server closes. From a "
		"terminal it asks with '> '. A server that speaks first (daytime) is heard with "
		"standard input from /dev/null, or over UDP with --text-once ''.\n\n"
		"Exit status: 0 every message was answered, 1 one was not, 2 could not connect, "
		"or usage.",
	.rows = rows,
};
