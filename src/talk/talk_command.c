/* ringside talk: send lines to a server, print its answers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/unit.h"
#include "commands.h"
#include "conversation.h"
#include "hex.h"
#include "options.h"
#include "protocol.h"
#include "reader.h"

struct talk {
	const struct talk_options *options;
	struct conversation conversation;
	struct reader *reader; /* NULL: --text-once */
	uint64_t asked;	       /* messages */
	bool unanswered;       /* one of them */
	bool misread;	       /* a line could not be understood */
	bool explained;	       /* why the server is gone */
};

/* What a line says, in memory of its own. */
static int message_make(const struct talk_options *options, const char *line, size_t length,
			uint8_t **ret_bytes, size_t *ret_count, struct error *ret_error)
{
	uint8_t *bytes = malloc(length + 1);
	size_t wrong = 0;

	if (!bytes)
		return error_set(ret_error, -ENOMEM, "out of memory");
	if (!options->hex) {
		memcpy(bytes, line, length);
	} else if (hex_parse(line, length, bytes, &length, &wrong) < 0) {
		free(bytes);
		return error_set(ret_error, -EINVAL,
				 "'%.*s' is not hexadecimal from character %zu on (48 65 6c)",
				 (int)(length < 80 ? length : 80), line, wrong + 1);
	}
	if (options->newline)
		bytes[length++] = '\n';
	*ret_bytes = bytes;
	*ret_count = length;
	return 0;
}

/* Could nobody be reached at all? A datagram socket learns that only from what it sends. */
static bool is_unreachable(const struct conversation *conversation)
{
	return !transports[conversation->url.transport].connected && conversation->error != 0 &&
	       !conversation->heard;
}

static int verdict(const struct talk *talk)
{
	if (talk->misread || is_unreachable(&talk->conversation))
		return EXIT_CANNOT;
	return talk->unanswered ? EXIT_BAD : EXIT_GOOD;
}

/* Ask, and say so if there is no answer. */
static void message_ask(struct talk *talk, const uint8_t *bytes, size_t length)
{
	struct error reason;
	int error = conversation_ask(&talk->conversation, bytes, length, &reason);

	talk->asked++;
	if (!error)
		return;
	talk->unanswered = true;
	talk->explained = talk->conversation.closed;
	say("%s", reason.text);
}

static int once(struct talk *talk, const uint8_t *bytes, size_t length)
{
	message_ask(talk, bytes, length);
	if (!talk->unanswered)
		(void)conversation_listen(&talk->conversation);
	return verdict(talk);
}

/* The next line, or what ends the conversation. When the server has closed and lines come from a
 * pipe, one that is on its way is still waited for: it would not be answered. */
static enum reader_event line_wait(struct talk *talk, const char **ret_line, size_t *ret_length)
{
	struct conversation *conversation = &talk->conversation;
	struct display *display = &conversation->display;
	uint64_t left_ns = ENGINE_WAIT_FOREVER;

	for (;;) {
		enum reader_event event = reader_look(talk->reader, ret_line, ret_length);
		bool last = conversation->closed;

		if (event != READER_NOTHING)
			return event;
		if (last && (display->asks || left_ns != ENGINE_WAIT_FOREVER))
			return READER_END;
		display_ask(display);
		left_ns = last ? conversation->timeout_ns : ENGINE_WAIT_FOREVER;
		if (conversation_turn(conversation, left_ns) < 0)
			return READER_END;
		if (display->asks)
			display_end(display, false);
	}
}

/* A line as a message. At a terminal one that is not understood may be written again. */
static void line_ask(struct talk *talk, const char *line, size_t length)
{
	struct conversation *conversation = &talk->conversation;
	struct error reason;
	uint8_t *bytes;

	if (message_make(talk->options, line, length, &bytes, &length, &reason) < 0) {
		say("%s", reason.text);
		talk->misread = !conversation->display.asks;
		return;
	}
	message_ask(talk, bytes, length);
	free(bytes);
}

/* The server has closed, perhaps with a line before it that it will not answer. What it said before
 * anything was asked (daytime) is an answer to whatever would have been. */
static void closing_explain(struct talk *talk, bool line_left)
{
	struct conversation *conversation = &talk->conversation;
	bool spoke_first = talk->asked == 0 && conversation->heard && conversation->error == 0;

	if (line_left && !spoke_first)
		talk->unanswered = true;
	if (talk->explained || (!conversation->display.asks && !talk->unanswered))
		return;
	display_break(&conversation->display);
	if (conversation->error)
		say("connection lost: %s", strerror(-conversation->error));
	else
		say("closed by the server");
}

/* All has been asked: hear the rest, or a server that speaks first. */
static void rest_hear(struct talk *talk)
{
	struct conversation *conversation = &talk->conversation;

	if (conversation->display.asks) {
		display_break(&conversation->display);
		return;
	}
	if (conversation_listen(conversation) < 0 || conversation->heard || talk->asked ||
	    !transports[conversation->url.transport].connected)
		return;
	talk->unanswered = true;
	say("nothing was asked, and the server said nothing within %s",
	    duration_exact(conversation->timeout_ns).text);
}

static int lines(struct talk *talk)
{
	struct conversation *conversation = &talk->conversation;
	enum reader_event event = READER_NOTHING;
	const char *line = NULL;
	size_t length = 0;

	while (!talk->misread && !ferror(stdout)) {
		event = line_wait(talk, &line, &length);
		if (event == READER_LINE)
			display_asked(&conversation->display);
		if (event != READER_LINE || length == 0 || conversation->closed)
			break;
		line_ask(talk, line, length);
		reader_next(talk->reader);
	}
	if (event == READER_LONG) {
		say("a line is longer than %s", size_exact(READER_LINE_MAX).text);
		talk->misread = true;
	} else if (conversation->closed) {
		closing_explain(talk, event == READER_LINE && length > 0);
	} else if (!talk->misread) {
		rest_hear(talk);
	}
	return verdict(talk);
}

static int lines_open(struct talk *talk)
{
	int error = reader_open(STDIN_FILENO, talk->conversation.engine, &talk->reader);
	int exit_code;

	if (error)
		return fail(EXIT_CANNOT, "cannot read standard input: %s", strerror(-error));
	exit_code = lines(talk);
	reader_close(talk->reader);
	return exit_code;
}

/* bytes: of --text-once, or NULL. */
static int connect_and_talk(const struct talk_options *options, const struct url *url,
			    const uint8_t *bytes, size_t length)
{
	struct talk talk = { .options = options };
	struct error reason;
	int exit_code;

	if (conversation_init(&talk.conversation, url, options->timeout_ns, options->hex, NULL,
			      &reason) < 0)
		exit_code = fail(EXIT_CANNOT, "%s", reason.text);
	else if (bytes)
		exit_code = once(&talk, bytes, length);
	else
		exit_code = lines_open(&talk);
	conversation_finish(&talk.conversation);
	return exit_code;
}

/* What the answer says, or that it is none. */
static int answer_tell(const struct protocol *protocol, const struct request *request,
		       const struct answer *answer, const struct url *url)
{
	struct error reason;

	if (protocol->tell(request, answer, stdout, &reason) == 0)
		return EXIT_GOOD;
	return fail(EXIT_BAD, "%s: this answers no request of %s: %s",
		    url_format(url, NULL, 0).text, protocol->service, reason.text);
}

static int request_and_tell(struct talk *talk, const struct protocol *protocol,
			    struct request *request, struct answer *answer)
{
	/* A server that speaks first may have done so while we connected. */
	if (talk->conversation.heard) {
		display_end(&talk->conversation.display, false);
	} else {
		request_make(protocol, request);
		message_ask(talk, request->bytes, request->length);
	}
	if (talk->unanswered || talk->options->hex)
		return verdict(talk);
	return answer_tell(protocol, request, answer, &talk->conversation.url);
}

static int connect_and_request(const struct talk_options *options)
{
	struct talk talk = { .options = options };
	struct answer answer = { .length = 0 };
	const struct protocol *protocol;
	struct request request;
	struct error reason;
	struct url url;
	int exit_code;

	if (protocol_find(options->urls.items[0], &url, &protocol, &reason) < 0)
		return fail_usage(EXIT_CANNOT, "--request: %s", reason.text);
	request_make(protocol, &request);
	if (conversation_init(&talk.conversation, &url, options->timeout_ns, options->hex,
			      options->hex ? NULL : &answer, &reason) < 0)
		exit_code = fail(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = request_and_tell(&talk, protocol, &request, &answer);
	conversation_finish(&talk.conversation);
	return exit_code;
}

static int options_use(struct talk_options *options, int argc, char **argv)
{
	struct error reason;
	uint8_t *bytes = NULL;
	size_t length = 0;
	struct url url;
	int exit_code;

	if (options_parse(&talk_option_table, argc, argv, options, &reason) < 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (talk_options_check(options, &reason) < 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (options->request)
		return connect_and_request(options);
	if (url_parse(options->urls.items[0], NULL, &url, &reason) < 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (options->text_once &&
	    message_make(options, options->text_once, strlen(options->text_once), &bytes, &length,
			 &reason) < 0)
		return fail_usage(EXIT_CANNOT, "--text-once: %s", reason.text);
	exit_code = connect_and_talk(options, &url, bytes, length);
	free(bytes);
	return exit_code;
}

int command_talk(int argc, char **argv)
{
	struct talk_options options = { .text_once = NULL };
	int exit_code = options_use(&options, argc, argv);

	options_finish(&talk_option_table, &options);
	return exit_code;
}
