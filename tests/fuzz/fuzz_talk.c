/* What talk makes of what it is given: bytes written as digits, and answers of servers. First byte:
 * which; the rest: the digits, or the answer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "fuzz.h"
#include "talk/hex.h"
#include "talk/protocol.h"
#include "wire/bytes.h"
#include "wire/wall.h"

#define WALL_NS 1795346122500000000

static const struct protocol *const protocols[] = {
	&protocol_stamp, &protocol_ntp, &protocol_time, &protocol_sockperf, &protocol_irtt,
};

static void check_hex(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	uint8_t *bytes = malloc(size / 2 + 1);
	size_t count = SIZE_MAX, wrong = SIZE_MAX;

	assert(bytes);
	if (hex_parse(text, size, bytes, &count, &wrong) == 0)
		assert(count <= size / 2 && wrong == SIZE_MAX);
	else
		assert(count == SIZE_MAX && wrong <= size);
	free(bytes);
	free(text);
}

/* An answer repeats the time of its request, which nobody guesses. */
static void put_time(struct answer *answer, uint8_t where)
{
	static const uint8_t places[] = { 28, 24 }; /* of STAMP, of NTP */

	if (where > 0)
		put_be64(answer->bytes + places[where % ARRAY_SIZE(places)], wall_to_ntp(WALL_NS));
}

static void check_answer(const struct protocol *protocol, struct fuzz_input *input)
{
	struct request request = { .sent_ns = WALL_NS };
	struct answer answer = { .returned_ns = WALL_NS + 50000 };
	uint8_t where = fuzz_byte(input), more = fuzz_byte(input);
	struct error error = { "" };
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int result;

	request.length = protocol->make(request.bytes, WALL_NS);
	assert(stream && request.length <= REQUEST_MAX);
	answer.length = (uint32_t)fuzz_take(input, answer.bytes, REQUEST_MAX);
	put_time(&answer, where);
	if (answer.length == REQUEST_MAX)
		answer.length += more;
	result = protocol->tell(&request, &answer, stream, &error);
	assert(fclose(stream) == 0);
	assert(result == 0 || result == -EPROTO);
	if (result == 0)
		assert(length > 0 && text[length - 1] == '\n');
	else
		assert(length == 0 && error.text[0] != '\0');
	for (size_t i = 0; i < length; i++)
		assert(text[i] == '\n' || (text[i] >= ' ' && text[i] < 0x7f));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	uint32_t which = fuzz_below(&input, ARRAY_SIZE(protocols) + 1);

	if (which == ARRAY_SIZE(protocols))
		check_hex(input.at, input.left);
	else
		check_answer(protocols[which], &input);
	return 0;
}
