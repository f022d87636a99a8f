/*
 * STAMP's Session-Sender (RFC 8762 and 8972). A request is the plain packet, on UDP signed and
 * longer if that is asked for:
 *
 *	base (44, or 112 signed) | WAKE (12) | Follow-Up Telemetry (20) | Extra Padding |
 *	HMAC (20, if signed and WAKE is there)
 *
 * WAKE, our own, is there if there is room for it, and Follow-Up Telemetry, too, with --split of
 * one request at a time; what is less than an extension is zeroes.
 *
 * The greeting is a packet of another session, by its SSID, and has a number that no request has:
 * a reflector that numbers its answers itself (a stateful one) does not give it back. Within the
 * session it would look like a stateless one until something is lost on the way to it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "exchange.h"
#include "trip_protocol.h"
#include "trips.h"
#include "wire/bytes.h"
#include "wire/hmac.h"
#include "wire/stamp.h"
#include "wire/stamp_tlv.h"
#include "wire/wall.h"
#include "worker.h"

#define WAKE_ROOM (STAMP_TLV_HEADER + STAMP_TLV_WAKE_LENGTH)
#define FOLLOW_UP_ROOM (STAMP_TLV_HEADER + STAMP_TLV_FOLLOW_UP_LENGTH)
#define HMAC_ROOM (STAMP_TLV_HEADER + STAMP_TLV_HMAC_LENGTH)

/* Of greetings, which are few; after four thousand million of them requests have these numbers too.
 */
#define GREETING_NUMBER_MIN 0xffffff00u

/* SSIDs: this bit tells sessions of greetings. 0 is none at all. */
#define GREETING_SSID 0x8000u
#define SSID_COUNT 0x7fffu

/* What a thread has of it. */
struct stamp_sender {
	struct hmac_key *key; /* NULL: nothing is signed */
	bool ptp;
	bool is_udp;  /* where there are extensions */
	bool follows; /* asks for Follow-Up Telemetry */
};

static int sender_check(struct load_options *options, const struct target *target,
			struct error *ret_error)
{
	bool udp = target->url.transport == TRANSPORT_UDP;
	const char *transport = transports[target->url.transport].name;
	struct size_mix *mix = &options->size.request;
	uint32_t least = stamp_length(options->key_length > 0);

	if (options->key_file && !udp)
		return error_set(ret_error, -EINVAL,
				 "--key-file: stamp over %s is not signed; stamp+udp:// is",
				 transport);
	if (!udp && (mix->min != STAMP_LENGTH || mix->max != STAMP_LENGTH))
		return error_set(ret_error, -EINVAL,
				 "--size %s: stamp over %s has packets of %u bytes; leave --size "
				 "out",
				 mix->text, transport, STAMP_LENGTH);
	if (mix->min < least)
		return error_set(ret_error, -EINVAL,
				 "--size %s: packets of stamp have %u bytes or more%s", mix->text,
				 least, least > STAMP_LENGTH ? " with --key-file" : "");
	return 0;
}

static uint32_t sender_size_least(const struct load_options *options, const struct target *target)
{
	(void)target;
	return stamp_length(options->key_length > 0);
}

static uint32_t sender_size_split(const struct load_options *options, const struct target *target)
{
	uint32_t least = sender_size_least(options, target);

	if (target->url.transport != TRANSPORT_UDP)
		return least;
	return least + WAKE_ROOM + FOLLOW_UP_ROOM + (options->key_length > 0 ? HMAC_ROOM : 0);
}

static void sender_close(void *state)
{
	struct stamp_sender *sender = state;

	if (sender)
		hmac_key_free(sender->key);
	free(sender);
}

static int sender_open(struct worker *worker, void **ret_state)
{
	const struct load_options *options = worker->options;
	struct stamp_sender *sender = calloc(1, sizeof(*sender));

	if (!sender)
		return -ENOMEM;
	sender->ptp = options->stamp_format == STAMP_PTP;
	/* Answers that leave together are followed up as one. */
	sender->follows = options->split && options->depth == 1;
	sender->is_udp = worker->target->url.transport == TRANSPORT_UDP;
	if (options->key_length > 0) {
		sender->key = hmac_key_sha256_128(options->key, options->key_length);
		if (!sender->key) {
			sender_close(sender);
			return -ENOMEM;
		}
	}
	*ret_state = sender;
	return 0;
}

static uint16_t session_ssid(const struct client *client)
{
	uint64_t index = client->trips->sequence >> EXCHANGE_SEQUENCE_BITS;

	return (uint16_t)(1 + index % SSID_COUNT);
}

/* All of a packet that stands behind its base. */
static void write_extensions(const struct stamp_sender *sender, uint8_t *octets, uint32_t base,
			     uint32_t size)
{
	uint32_t at = base, hmac = sender->key ? HMAC_ROOM : 0;
	bool wakes = size - at >= WAKE_ROOM + hmac;
	bool follows = sender->follows && size - at >= WAKE_ROOM + FOLLOW_UP_ROOM + hmac;
	uint32_t padding;

	memset(octets + at, 0, size - at);
	if (wakes)
		at += stamp_tlv_put(octets + at, STAMP_TLV_WAKE, STAMP_TLV_WAKE_LENGTH);
	if (follows)
		at += stamp_tlv_put(octets + at, STAMP_TLV_FOLLOW_UP, STAMP_TLV_FOLLOW_UP_LENGTH);
	padding = size - at - (wakes ? hmac : 0);
	if (padding >= STAMP_TLV_HEADER)
		at += stamp_tlv_put(octets + at, STAMP_TLV_PADDING,
				    (uint16_t)(padding - STAMP_TLV_HEADER));
	if (!wakes || !sender->key)
		return;
	(void)stamp_tlv_put(octets + at, STAMP_TLV_HMAC, STAMP_TLV_HMAC_LENGTH);
	stamp_tlv_sign(octets, base, at, sender->key);
}

static void write_packet(struct worker *worker, const struct stamp_packet *packet, uint8_t *octets,
			 uint32_t size)
{
	const struct stamp_sender *sender = worker->protocol_state;
	uint32_t base = stamp_length(sender->key != NULL);

	stamp_write_sender(octets, sender->key != NULL, packet);
	if (size > base)
		write_extensions(sender, octets, base, size);
	if (sender->key)
		stamp_sign(octets, sender->key);
}

static uint64_t time_of(const struct worker *worker, int64_t wall_ns)
{
	const struct stamp_sender *sender = worker->protocol_state;

	return sender->ptp ? wall_to_ptp(wall_ns, worker->clock.tai_offset_s)
			   : wall_to_ntp(wall_ns);
}

static uint16_t own_error(const struct worker *worker)
{
	const struct stamp_sender *sender = worker->protocol_state;

	return error_estimate(worker->clock.error_ns, worker->clock.synchronised, sender->ptp);
}

/* Records and streams lose nothing, so there is nothing to be learnt. */
static uint32_t sender_greet(struct worker *worker, struct client *client, uint8_t *bytes)
{
	const struct stamp_sender *sender = worker->protocol_state;
	struct trips *trips = client->trips;
	const struct stamp_packet packet = {
		.sequence = GREETING_NUMBER_MIN + trips->greetings,
		.timestamp = time_of(worker, clock_wall_ns()),
		.error_estimate = own_error(worker),
		.ssid = session_ssid(client) | GREETING_SSID,
	};
	uint32_t size = stamp_length(sender->key != NULL);

	trips->greeted |= transports[worker->target->url.transport].connected;
	if (trips->greeted)
		return 0;
	write_packet(worker, &packet, bytes, size);
	return size;
}

static void sender_write(struct worker *worker, struct client *client, struct trip *trip,
			 uint8_t *bytes, uint32_t size)
{
	const struct stamp_packet packet = {
		.sequence = trip->number,
		.timestamp = time_of(worker, trip->user_sent_ns),
		.error_estimate = own_error(worker),
		.ssid = session_ssid(client),
	};

	trip->echo = packet.timestamp;
	write_packet(worker, &packet, bytes, size);
}

static int64_t wall_of(const struct worker *worker, uint64_t timestamp, bool ptp)
{
	int64_t near_ns = worker->wall_ns;

	return ptp ? wall_from_ptp(timestamp, worker->clock.tai_offset_s, near_ns)
		   : wall_from_ntp(timestamp, near_ns);
}

/* What an extension that the reflector has answered says. */
static void read_extension(const struct worker *worker, const struct stamp_tlv *tlv, bool ptp,
			   struct trip_answer *answer)
{
	const uint8_t *value = tlv->octets + STAMP_TLV_HEADER;
	uint64_t left;

	if (tlv->type == STAMP_TLV_WAKE && tlv->length == STAMP_TLV_WAKE_LENGTH) {
		answer->wake_ns = get_be64(value);
		answer->wake_known = true;
	} else if (tlv->type == STAMP_TLV_FOLLOW_UP && tlv->length == STAMP_TLV_FOLLOW_UP_LENGTH) {
		left = get_be64(value + sizeof(uint32_t));
		answer->followed_number = get_be32(value);
		answer->followed_ns = left ? wall_of(worker, left, ptp) : 0;
	}
}

static void read_extensions(const struct worker *worker, uint8_t *bytes, uint32_t length, bool ptp,
			    struct trip_answer *answer)
{
	const struct stamp_sender *sender = worker->protocol_state;
	uint32_t at = stamp_length(sender->key != NULL);
	struct stamp_tlv tlv;

	if (!sender->is_udp) {
		answer->wake_ns = stamp_get_wake(bytes);
		answer->wake_known = true;
		return;
	}
	while (stamp_tlv_next(bytes, length, &at, &tlv))
		if (!tlv.malformed && tlv.octets[0] == 0)
			read_extension(worker, &tlv, ptp, answer);
}

/* Does the reflector give its answers numbers of its own? */
static enum trip_message take_greeting(struct trips *trips, const struct stamp_packet *packet)
{
	bool own = packet->sequence != packet->sender_sequence;

	trips->greeted = true;
	trips->ways.counting = own ? TRIP_COUNTING : TRIP_NOT_COUNTING;
	return TRIP_MESSAGE_SESSION;
}

/* Where no SSID tells, it is a request that it answers if there is one of that number. */
static bool answers_greeting(const struct client *client, const struct stamp_packet *packet)
{
	if (packet->sender_sequence < GREETING_NUMBER_MIN)
		return false;
	if (packet->ssid != 0)
		return packet->ssid & GREETING_SSID;
	return !trip_table_find(&client->trips->table, packet->sender_sequence);
}

/* A reflector that knows of no SSIDs answers with 0 in its place. */
static bool is_of_session(const struct client *client, const struct stamp_packet *packet)
{
	return packet->ssid == session_ssid(client) || packet->ssid == 0;
}

static void read_answer(struct worker *worker, struct client *client, uint8_t *bytes,
			uint32_t length, const struct stamp_packet *packet,
			struct trip_answer *answer)
{
	const struct trips *trips = client->trips;
	bool ptp = packet->error_estimate & ERROR_ESTIMATE_PTP;
	uint64_t sequence = trips->sequence + packet->sender_sequence;

	answer->number = packet->sender_sequence;
	answer->echo = packet->sender_timestamp;
	answer->received_ns = wall_of(worker, packet->received, ptp);
	answer->replied_ns = wall_of(worker, packet->timestamp, ptp);
	answer->error_ns = error_estimate_ns(packet->error_estimate);
	answer->clock_known = true;
	/* Who does not know TAI here cannot tell what its times are of UTC. */
	answer->synchronised = packet->error_estimate & ERROR_ESTIMATE_SYNCHRONISED &&
			       (!ptp || worker->clock.tai_offset_s != 0);
	answer->peer_number = packet->sequence;
	answer->arrived = packet->sequence + 1;
	answer->arrived_known = trips->ways.counting != TRIP_NOT_COUNTING;
	if (packet->sender_hop_limit != STAMP_HOP_LIMIT_UNKNOWN)
		answer->peer_hop_limit = packet->sender_hop_limit;
	read_extensions(worker, bytes, length, ptp, answer);
	answer->right &= is_of_session(client, packet) &&
			 length == worker_request_size(worker, sequence);
}

static enum trip_message sender_read(struct worker *worker, struct client *client, uint8_t *bytes,
				     uint32_t length, struct trip_answer *ret_answer)
{
	const struct stamp_sender *sender = worker->protocol_state;
	struct stamp_packet packet;
	bool is_signed;

	if (length < stamp_length(sender->key != NULL))
		return TRIP_MESSAGE_FOREIGN;
	is_signed = !sender->key || stamp_is_signed(bytes, sender->key);
	stamp_read_reflector(bytes, sender->key != NULL, &packet);
	if (answers_greeting(client, &packet))
		return is_signed ? take_greeting(client->trips, &packet) : TRIP_MESSAGE_FOREIGN;
	ret_answer->right &= is_signed;
	read_answer(worker, client, bytes, length, &packet, ret_answer);
	return TRIP_MESSAGE_ANSWER;
}

const struct trip_protocol stamp_protocol = {
	.check = sender_check,
	.size_least = sender_size_least,
	.size_split = sender_size_split,
	.open = sender_open,
	.close = sender_close,
	.greet = sender_greet,
	.write = sender_write,
	.read = sender_read,
};
