/*
 * The small services, on all transports. First byte: which; second: transport; third: options.
 * Then messages: how many bytes each has (one byte), and those. Whatever comes: no datagram gets an
 * answer longer than it may be, and no answer of ours is answered, but by echo.
 */
#include <string.h>

#include "base/array.h"
#include "fuzz.h"
#include "service_fuzz.h"

#define MESSAGES_MAX 64

struct small {
	const char *name;
	bool answers_answers; /* echo: nothing tells an answer from a request */
};

static const struct small smalls[] = {
	{ "echo", true },      { "discard", false }, { "daytime", false }, { "chargen", false },
	{ "time", false },     { "ctime", false },   { "stamped", false }, { "greeting", false },
	{ "sockperf", false }, { "ntp", false },
};

static const enum service_transport kinds[] = { SERVICE_DATAGRAM, SERVICE_STREAM, SERVICE_RECORD };

/* What each of them says to a request, whatever that is. */
static void check_meaning(const struct small *small, const struct service_fuzz *fuzz)
{
	const struct exchange_fuzz *last = &fuzz->last;

	if (strcmp(small->name, "echo") == 0 && last->message.kind == MESSAGE_DATA &&
	    !fuzz->flags) {
		assert(last->answered && last->reply_length == last->request_length);
		assert(memcmp(last->reply, last->request, last->reply_length) == 0);
	}
	if (strcmp(small->name, "discard") == 0)
		assert(!last->answered);
	if (strcmp(small->name, "stamped") == 0 && last->answered)
		assert(last->reply_length == last->request_length + 27 &&
		       memcmp(last->reply + 27, last->request, last->request_length) == 0);
	if (strcmp(small->name, "ntp") == 0 && last->answered)
		assert(last->reply_length == 48 && (last->reply[0] & 7) == 4);
}

static void put_one(const struct small *small, struct service_fuzz *fuzz, struct fuzz_input *input)
{
	uint8_t bytes[UINT8_MAX];
	uint8_t head = fuzz_byte(input);
	size_t length = fuzz_take(input, bytes, head);

	/* No part of a stream is empty, and no record. */
	if (length == 0 && fuzz->options.transport != SERVICE_DATAGRAM)
		return;
	service_fuzz_pass(head * 100000000ull);
	fuzz->flags = head == UINT8_MAX ? MESSAGE_TRUNCATED : 0;
	service_fuzz_put(fuzz, MESSAGE_DATA, 0, bytes, (uint32_t)length);
	check_meaning(small, fuzz);
	fuzz->flags = 0;
	if (fuzz->options.transport == SERVICE_DATAGRAM && !small->answers_answers)
		assert(!service_fuzz_loops(fuzz));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	const struct small *small = &smalls[fuzz_below(&input, ARRAY_SIZE(smalls))];
	struct service_fuzz fuzz;

	service_fuzz_init(&fuzz, kinds[fuzz_below(&input, ARRAY_SIZE(kinds))]);
	service_fuzz_choose(&fuzz, fuzz_byte(&input) & (uint8_t)~1u);
	service_fuzz_open(&fuzz, small->name);
	if (fuzz.options.transport != SERVICE_DATAGRAM) {
		service_fuzz_put(&fuzz, MESSAGE_OPENED, 0, NULL, 0);
		check_meaning(small, &fuzz);
	}
	for (int i = 0; i < MESSAGES_MAX && input.left > 0; i++)
		if (fuzz.state.service->transports & fuzz.options.transport)
			put_one(small, &fuzz, &input);
		else
			break;
	service_fuzz_put(&fuzz, MESSAGE_SENT, 0, NULL, 0);
	service_fuzz_put(&fuzz, MESSAGE_CLOSED, 0, NULL, 0);
	service_fuzz_close(&fuzz);
	return 0;
}
