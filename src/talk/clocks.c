/* Protocols that tell the time: STAMP (RFC 8762), NTP (RFC 5905), time (RFC 868). */
#include <ringside/clock.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/unit.h"
#include "protocol.h"
#include "wire/bytes.h"
#include "wire/ntp.h"
#include "wire/stamp.h"
#include "wire/wall.h"

#define SEQUENCE 1
#define TIME_LENGTH 4

/* What the four times of a round trip say; they may be anything. */
struct four_times {
	int64_t sent_ns, received_ns, replied_ns, returned_ns;
};

static int64_t difference(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static void times_tell(const struct four_times *times, FILE *stream)
{
	int64_t there = difference(times->received_ns, times->sent_ns);
	int64_t back = difference(times->returned_ns, times->replied_ns);
	int64_t residence = difference(times->replied_ns, times->received_ns);
	int64_t whole = difference(times->returned_ns, times->sent_ns);

	fact_print_time(stream, "sent", times->sent_ns);
	fact_print_time(stream, "received", times->received_ns);
	fact_print_time(stream, "replied", times->replied_ns);
	fact_print_time(stream, "returned", times->returned_ns);
	fact_print_difference(stream, "round trip", difference(whole, residence));
	fact_print_difference(stream, "residence", residence);
	fact_print_difference(stream, "clock offset", there / 2 - back / 2);
}

/* error_ns UINT64_MAX: nothing is said of it. */
static void clock_tell(const char *name, bool synchronised, uint64_t error_ns, FILE *stream)
{
	fact_print(stream, name, "%s, %s%s", synchronised ? "synchronised" : "not synchronised",
		   error_ns == UINT64_MAX ? "error not told" : "error at most ",
		   error_ns == UINT64_MAX ? "" : duration_text((double)error_ns).text);
}

static void own_clock_tell(FILE *stream)
{
	struct clock_quality quality;

	clock_quality_read(&quality);
	clock_tell("clock here", quality.synchronised, quality.error_ns, stream);
}

static uint32_t stamp_make(uint8_t bytes[static REQUEST_MAX], int64_t now_ns)
{
	struct stamp_packet packet = { .sequence = SEQUENCE, .timestamp = wall_to_ntp(now_ns) };
	struct clock_quality quality;

	clock_quality_read(&quality);
	packet.error_estimate = error_estimate(quality.error_ns, quality.synchronised, false);
	stamp_write_sender(bytes, false, &packet);
	return STAMP_LENGTH;
}

/* By the format that the reflector's error estimate names. */
static int64_t stamp_time(const struct stamp_packet *packet, uint64_t timestamp, int64_t near_ns)
{
	struct clock_quality quality;

	if (!(packet->error_estimate & ERROR_ESTIMATE_PTP))
		return wall_from_ntp(timestamp, near_ns);
	clock_quality_read(&quality);
	return wall_from_ptp(timestamp, quality.tai_offset_s, near_ns);
}

static void stamp_packet_tell(const struct stamp_packet *packet, FILE *stream)
{
	bool synchronised = (packet->error_estimate & ERROR_ESTIMATE_SYNCHRONISED) != 0;

	fact_print(stream, "sequence", "%u, of ours %u", packet->sequence, packet->sender_sequence);
	clock_tell("clock there", synchronised, error_estimate_ns(packet->error_estimate), stream);
	own_clock_tell(stream);
	fact_print(stream, "format", "%s",
		   packet->error_estimate & ERROR_ESTIMATE_PTP ? "PTP" : "NTP");
	if (packet->sender_hop_limit > 0 && packet->sender_hop_limit != STAMP_HOP_LIMIT_UNKNOWN)
		fact_print(stream, "hop limit", "%u there", packet->sender_hop_limit);
}

static int stamp_tell(const struct request *request, const struct answer *answer, FILE *stream,
		      struct error *ret_error)
{
	struct stamp_packet packet;
	struct four_times times;

	if (answer->length < STAMP_LENGTH)
		return error_set(ret_error, -EPROTO, "it has %u bytes, not %u or more",
				 answer->length, STAMP_LENGTH);
	stamp_read_reflector(answer->bytes, false, &packet);
	if (packet.sender_sequence != SEQUENCE ||
	    packet.sender_timestamp != wall_to_ntp(request->sent_ns))
		return error_set(ret_error, -EPROTO,
				 "it repeats another sequence number and time than ours");
	times = (struct four_times){
		.sent_ns = request->sent_ns,
		.received_ns = stamp_time(&packet, packet.received, request->sent_ns),
		.replied_ns = stamp_time(&packet, packet.timestamp, request->sent_ns),
		.returned_ns = answer->returned_ns,
	};
	times_tell(&times, stream);
	stamp_packet_tell(&packet, stream);
	return 0;
}

const struct protocol protocol_stamp = {
	.service = "stamp",
	.port = "862",
	.transports = 1u << TRANSPORT_TCP | 1u << TRANSPORT_UDP | 1u << TRANSPORT_UNIX |
		      1u << TRANSPORT_UNIXGRAM | 1u << TRANSPORT_UNIXPACKET,
	.make = stamp_make,
	.tell = stamp_tell,
};

static uint32_t ntp_make(uint8_t bytes[static REQUEST_MAX], int64_t now_ns)
{
	memset(bytes, 0, NTP_LENGTH);
	bytes[0] = NTP_VERSION_MAX << 3 | NTP_CLIENT;
	put_be64(bytes + NTP_TRANSMIT_AT, wall_to_ntp(now_ns));
	return NTP_LENGTH;
}

/* Seconds and fractions of 2^-16 s. */
static uint64_t ntp_short_ns(const uint8_t *octets)
{
	return (uint64_t)get_be32(octets) * NS_PER_S >> 16;
}

/* Four letters: the source of a server without a server above it, or why there is no time. */
static void ntp_reference_tell(const uint8_t *octets, FILE *stream)
{
	const uint8_t *id = octets + NTP_REFERENCE_ID_AT;
	char letters[5] = "";

	if (octets[NTP_STRATUM_AT] > 1) {
		fact_print(stream, "reference", "%u.%u.%u.%u", id[0], id[1], id[2], id[3]);
		return;
	}
	for (size_t i = 0; i < 4 && id[i] > 0; i++)
		letters[i] = id[i] > ' ' && id[i] < 0x7f ? (char)id[i] : '?';
	fact_print(stream, octets[NTP_STRATUM_AT] ? "reference" : "refused", "%s",
		   letters[0] ? letters : "no reason is told");
}

static void ntp_clock_tell(const uint8_t *octets, FILE *stream)
{
	unsigned stratum = octets[NTP_STRATUM_AT];
	bool synchronised = octets[0] >> 6 != NTP_LEAP_UNSYNCHRONISED && stratum > 0 &&
			    stratum < NTP_STRATUM_UNSYNCHRONISED;

	fact_print(stream, "stratum", "%u", stratum);
	ntp_reference_tell(octets, stream);
	clock_tell("clock there", synchronised,
		   ntp_short_ns(octets + NTP_ROOT_DELAY_AT) / 2 +
			   ntp_short_ns(octets + NTP_ROOT_DISPERSION_AT),
		   stream);
	own_clock_tell(stream);
}

static int ntp_tell(const struct request *request, const struct answer *answer, FILE *stream,
		    struct error *ret_error)
{
	const uint8_t *octets = answer->bytes;
	struct four_times times;

	if (answer->length < NTP_LENGTH)
		return error_set(ret_error, -EPROTO, "it has %u bytes, not %u or more",
				 answer->length, NTP_LENGTH);
	if (ntp_mode(octets[0]) != NTP_SERVER)
		return error_set(ret_error, -EPROTO, "it is of mode %u, not of a server's, %u",
				 ntp_mode(octets[0]), NTP_SERVER);
	if (get_be64(octets + NTP_ORIGIN_AT) != wall_to_ntp(request->sent_ns))
		return error_set(ret_error, -EPROTO, "it repeats another time than ours");
	times = (struct four_times){
		.sent_ns = request->sent_ns,
		.received_ns = wall_from_ntp(get_be64(octets + NTP_RECEIVE_AT), request->sent_ns),
		.replied_ns = wall_from_ntp(get_be64(octets + NTP_TRANSMIT_AT), request->sent_ns),
		.returned_ns = answer->returned_ns,
	};
	if (octets[NTP_STRATUM_AT] > 0)
		times_tell(&times, stream);
	ntp_clock_tell(octets, stream);
	return 0;
}

const struct protocol protocol_ntp = {
	.service = "ntp",
	.port = "123",
	.transports = 1u << TRANSPORT_UDP,
	.make = ntp_make,
	.tell = ntp_tell,
};

/* An empty datagram; over TCP whoever connects has asked. */
static uint32_t time_make(uint8_t bytes[static REQUEST_MAX], int64_t now_ns)
{
	(void)bytes;
	(void)now_ns;
	return 0;
}

/* Whole seconds: the clock there was read at any time from then on until a second later. */
static int time_tell(const struct request *request, const struct answer *answer, FILE *stream,
		     struct error *ret_error)
{
	int64_t there_ns, least_ns, most_ns;

	if (answer->length != TIME_LENGTH)
		return error_set(ret_error, -EPROTO, "it has %u byte%s, not %u", answer->length,
				 answer->length == 1 ? "" : "s", TIME_LENGTH);
	there_ns = wall_from_ntp((uint64_t)get_be32(answer->bytes) << 32, request->sent_ns);
	least_ns = difference(there_ns, answer->returned_ns);
	most_ns = difference(there_ns, request->sent_ns) + (int64_t)NS_PER_S;
	fact_print_time(stream, "time there", there_ns);
	fact_print_time(stream, "time here", answer->returned_ns);
	if (least_ns <= 0 && most_ns >= 0)
		fact_print(stream, "clocks", "agree to a second");
	else
		fact_print(stream, "clock offset", "%s to %s", duration_text((double)least_ns).text,
			   duration_text((double)most_ns).text);
	fact_print_difference(stream, "round trip",
			      difference(answer->returned_ns, request->sent_ns));
	own_clock_tell(stream);
	return 0;
}

const struct protocol protocol_time = {
	.service = "time",
	.port = "37",
	.transports = 1u << TRANSPORT_TCP | 1u << TRANSPORT_UDP | 1u << TRANSPORT_UNIX |
		      1u << TRANSPORT_UNIXGRAM,
	.make = time_make,
	.tell = time_tell,
};
