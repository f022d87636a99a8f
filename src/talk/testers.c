/* Protocols of other load generators: sockperf's and IRTT's. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/unit.h"
#include "protocol.h"
#include "wire/bytes.h"
#include "wire/irtt.h"
#include "wire/sockperf.h"

static uint32_t sockperf_make(uint8_t bytes[static REQUEST_MAX], int64_t now_ns)
{
	(void)now_ns;
	memset(bytes, 0, SOCKPERF_HEADER_LENGTH);
	put_be64(bytes, 1);
	bytes[SOCKPERF_FLAGS_AT] = SOCKPERF_CLIENT | SOCKPERF_PONG;
	put_be32(bytes + SOCKPERF_LENGTH_AT, SOCKPERF_HEADER_LENGTH);
	return SOCKPERF_HEADER_LENGTH;
}

static int sockperf_tell(const struct request *request, const struct answer *answer, FILE *stream,
			 struct error *ret_error)
{
	if (answer->length < SOCKPERF_HEADER_LENGTH)
		return error_set(ret_error, -EPROTO, "it has %u bytes, not %u or more",
				 answer->length, SOCKPERF_HEADER_LENGTH);
	if (answer->bytes[SOCKPERF_FLAGS_AT] & SOCKPERF_CLIENT)
		return error_set(ret_error, -EPROTO,
				 "it is marked as a client's, as a plain echo is: sockperf would "
				 "not take it");
	fact_print(stream, "sequence", "%" PRIu64, get_be64(answer->bytes));
	fact_print(stream, "length", "%u, it says %u", answer->length,
		   get_be32(answer->bytes + SOCKPERF_LENGTH_AT));
	fact_print_difference(stream, "round trip", answer->returned_ns - request->sent_ns);
	return 0;
}

const struct protocol protocol_sockperf = {
	.service = "sockperf",
	.port = "11111",
	.transports = 1u << TRANSPORT_TCP | 1u << TRANSPORT_UDP | 1u << TRANSPORT_UNIX |
		      1u << TRANSPORT_UNIXGRAM | 1u << TRANSPORT_UNIXPACKET,
	.make = sockperf_make,
	.tell = sockperf_tell,
};

/* More than anybody is granted, so that the answer tells the limits. */
static const struct irtt_params asked = {
	.values = {
		[IRTT_PROTOCOL] = IRTT_VERSION,
		[IRTT_DURATION] = 365ll * 24 * 3600 * NS_PER_S,
		[IRTT_INTERVAL] = 1,
		[IRTT_LENGTH] = 65507,
		[IRTT_RECEIVED_STATS] = IRTT_COUNT | IRTT_WINDOW,
		[IRTT_STAMP_AT] = IRTT_AT_SEND | IRTT_AT_RECEIVE,
		[IRTT_CLOCK] = IRTT_WALL | IRTT_MONOTONIC,
	},
};

/* Open and close: no session is opened. */
static uint32_t irtt_make(uint8_t bytes[static REQUEST_MAX], int64_t now_ns)
{
	(void)now_ns;
	irtt_put_header(bytes, IRTT_OPEN | IRTT_CLOSE);
	return IRTT_HEADER_LENGTH + irtt_params_write(bytes + IRTT_HEADER_LENGTH, &asked);
}

static const char *const received_stats[] = { "none", "count", "window", "both" };
static const char *const stamps_at[] = { "none", "send", "receive", "both", "midpoint" };
static const char *const clocks[] = { "none", "wall", "monotonic", "both" };

/* irtt_params_read() has checked that there is such a word. */
static const char *word_of(const char *const *words, const struct irtt_params *params,
			   enum irtt_param param)
{
	return words[params->values[param]];
}

static void fill_tell(const struct irtt_params *params, FILE *stream)
{
	char fill[IRTT_FILL_MAX + 1] = "";

	for (size_t i = 0; i < params->fill_length; i++)
		fill[i] = params->fill[i] >= ' ' && params->fill[i] < 0x7f ? params->fill[i] : '?';
	if (fill[0])
		fact_print(stream, "server fill", "%s", fill);
}

static void params_tell(const struct irtt_params *params, FILE *stream)
{
	fact_print(stream, "version", "%" PRId64, params->values[IRTT_PROTOCOL]);
	fact_print(stream, "duration", "%s at most",
		   duration_text((double)params->values[IRTT_DURATION]).text);
	fact_print(stream, "interval", "%s at least",
		   duration_text((double)params->values[IRTT_INTERVAL]).text);
	fact_print(stream, "length", "%" PRId64 " at most", params->values[IRTT_LENGTH]);
	fact_print(stream, "received", "%s", word_of(received_stats, params, IRTT_RECEIVED_STATS));
	fact_print(stream, "stamps at", "%s", word_of(stamps_at, params, IRTT_STAMP_AT));
	fact_print(stream, "clocks", "%s", word_of(clocks, params, IRTT_CLOCK));
	fill_tell(params, stream);
}

static int irtt_tell(const struct request *request, const struct answer *answer, FILE *stream,
		     struct error *ret_error)
{
	uint32_t length = answer->length < REQUEST_MAX ? answer->length : REQUEST_MAX;
	struct irtt_params params;
	uint8_t flags;
	uint32_t at;

	if (!irtt_has_header(answer->bytes, length, &flags) ||
	    (flags & (IRTT_OPEN | IRTT_REPLY)) != (IRTT_OPEN | IRTT_REPLY))
		return error_set(ret_error, -EPROTO, "it is no reply to an open request");
	at = irtt_header_length(flags) + IRTT_TOKEN_LENGTH;
	if (at > length || !irtt_params_read(answer->bytes + at, length - at, &params))
		return error_set(ret_error, -EPROTO, "its parameters are malformed");
	params_tell(&params, stream);
	fact_print_difference(stream, "round trip", answer->returned_ns - request->sent_ns);
	return 0;
}

const struct protocol protocol_irtt = {
	.service = "irtt",
	.port = "2112",
	.transports = 1u << TRANSPORT_UDP,
	.make = irtt_make,
	.tell = irtt_tell,
};
