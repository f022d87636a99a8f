/*
 * RFC 864: lines of text without end, for as long as the peer takes them; what it sends is thrown
 * away. Streams only: over UDP it would answer more than it was asked (CVE-1999-0103).
 *
 * Line n holds the 72 printing characters that start at number n, of 95 in a ring, so after 95
 * lines the text repeats. Each answer is a whole number of such cycles: the next one starts at
 * line 0 again, and nothing needs to be remembered of a connection.
 */
#include "answer.h"
#include "services.h"

#define PRINTING_COUNT 95u
#define LINE_CHARACTERS 72u
#define LINE_SIZE (LINE_CHARACTERS + 2)
#define CYCLE_SIZE (PRINTING_COUNT * LINE_SIZE)

/* The ring, cut open and long enough for the line that starts at its last character. */
static const char ring[PRINTING_COUNT + LINE_CHARACTERS] =
	" !\"#$%&'()*+,-./0123456789:;<=>?@"
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
	" !\"#$%&'()*+,-./0123456789:;<=>?@"
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg";

static void write_cycle(uint8_t *text)
{
	for (uint32_t line = 0; line < PRINTING_COUNT; line++, text += LINE_SIZE) {
		memcpy(text, ring + line, LINE_CHARACTERS);
		memcpy(text + LINE_CHARACTERS, "\r\n", 2);
	}
}

static void generate(struct message *message)
{
	uint32_t room = message->capacity - message->capacity % CYCLE_SIZE;

	for (uint32_t i = 0; i < room; i += CYCLE_SIZE)
		write_cycle(message->data + i);
	message->reply = room;
}

static void chargen_answer(struct service_state *state, struct message *batch, uint32_t count,
			   int64_t wall_ns)
{
	for (uint32_t i = 0; i < count; i++)
		if (batch[i].kind == MESSAGE_OPENED || batch[i].kind == MESSAGE_SENT)
			generate(&batch[i]);
}

const struct service service_chargen = {
	.name = "chargen",
	.summary = "sends lines of text without end",
	.source = "RFC 864",
	.port = 19,
	.transports = SERVICE_STREAM,
	.talks = true,
	.answer = chargen_answer,
};
