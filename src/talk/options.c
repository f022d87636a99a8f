#include "options.h"

#include <errno.h>

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
	{ .name = "request",
	  .key = 'r',
	  .type = OPTION_FLAG,
	  .at = AT(request),
	  .help = "send a request of the URL's service (stamp, ntp, time, sockperf, irtt), print "
		  "what its answer says, and end" },
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
		"unixgram:PATH or unixpacket:PATH; a service before it (echo+tcp://) is ignored "
		"without --request.",
	.details =
		"It ends on an empty line, at the end of file, or when the server closes. From a "
		"terminal it asks with '> '. A server that speaks first (daytime) is heard with "
		"standard input from /dev/null, or over UDP with --text-once ''.\n\n"
		"With --request the port may be left out. Times are UTC, and ours are taken by "
		"this program: what the kernel took to send and to wake it is part of the round "
		"trip, from which the server's residence is taken off. The clock offset is how "
		"far the clock there is ahead if both ways took as long. With --hex the answer is "
		"printed as its bytes.\n\n"
		"Exit status: 0 every message was answered, 1 one was not, or by no answer to the "
		"request, 2 could not connect, "
		"or usage.",
	.rows = rows,
};

int talk_options_check(const struct talk_options *options, struct error *ret_error)
{
	if (options->request && options->text_once)
		return error_set(ret_error, -EINVAL,
				 "--request and --text-once: either of them is what is sent");
	if (options->request && options->newline)
		return error_set(ret_error, -EINVAL,
				 "--newline: a --request ends as its protocol "
				 "has it");
	return 0;
}
