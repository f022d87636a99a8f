/*
 * Services whose messages have a form, on streams: the same bytes are put to them in one piece and
 * cut wherever the input says, and the answers must be the same bytes. First byte: which service;
 * second: options; third: how many cuts; their lengths; the rest is the stream.
 */
#include <string.h>

#include "base/array.h"
#include "fuzz.h"
#include "service_fuzz.h"

#define CUTS_MAX 32
#define STREAM_MAX 4096

static const char *const names[] = { "sockperf", "stamp", "echo" };

/* All that came back on one connection. */
struct answers {
	uint8_t bytes[2 * STREAM_MAX];
	uint32_t length;
	bool hung_up;
};

static void put_piece(struct service_fuzz *fuzz, uint32_t connection, const uint8_t *bytes,
		      uint32_t length, struct answers *answers)
{
	if (answers->hung_up || length == 0)
		return;
	service_fuzz_put(fuzz, MESSAGE_DATA, connection, bytes, length);
	answers->hung_up = fuzz->last.message.flags & MESSAGE_HANG_UP;
	if (!fuzz->last.answered)
		return;
	assert(answers->length + fuzz->last.reply_length <= sizeof(answers->bytes));
	memcpy(answers->bytes + answers->length, fuzz->last.reply, fuzz->last.reply_length);
	answers->length += fuzz->last.reply_length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct answers whole, cut;
	struct fuzz_input input = { data, size };
	const char *name = names[fuzz_below(&input, ARRAY_SIZE(names))];
	struct service_fuzz fuzz;
	uint8_t cuts[CUTS_MAX];
	size_t count;

	whole.length = cut.length = 0;
	whole.hung_up = cut.hung_up = false;
	service_fuzz_init(&fuzz, SERVICE_STREAM);
	service_fuzz_choose(&fuzz, fuzz_byte(&input));
	service_fuzz_open(&fuzz, name);
	count = fuzz_take(&input, cuts, fuzz_below(&input, CUTS_MAX + 1));
	if (input.left > STREAM_MAX)
		input.left = STREAM_MAX;
	service_fuzz_put(&fuzz, MESSAGE_OPENED, 0, NULL, 0);
	service_fuzz_put(&fuzz, MESSAGE_OPENED, 1, NULL, 0);
	put_piece(&fuzz, 0, input.at, (uint32_t)input.left, &whole);
	for (size_t i = 0; i < count; i++) {
		uint32_t length = cuts[i] < input.left ? cuts[i] : (uint32_t)input.left;

		put_piece(&fuzz, 1, input.at, length, &cut);
		input.at += length;
		input.left -= length;
	}
	put_piece(&fuzz, 1, input.at, (uint32_t)input.left, &cut);
	assert(whole.length == cut.length && whole.hung_up == cut.hung_up);
	assert(memcmp(whole.bytes, cut.bytes, whole.length) == 0);
	service_fuzz_close(&fuzz);
	return 0;
}
