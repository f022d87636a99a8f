#include "stamp_extension.h"

#include "answer.h"
#include "wire/bytes.h"
#include "wire/stamp_tlv.h"
#include "wire/wall.h"

uint64_t stamp_time(const struct service_state *state, int64_t wall_ns)
{
	if (state->options.stamp_format == STAMP_PTP)
		return wall_to_ptp(wall_ns, state->clock->tai_offset_s);
	return wall_to_ntp(wall_ns);
}

static enum stamp_method method_of(uint8_t source)
{
	return source == STAMP_HARDWARE ? STAMP_METHOD_HARDWARE : STAMP_METHOD_SOFTWARE;
}

/* The kernel says whether its clock is kept, and not by whom: PTP is for those who have it. */
static enum stamp_sync_source sync_source(const struct service_state *state)
{
	if (!state->clock->synchronised)
		return STAMP_SYNC_LOCAL;
	return state->options.stamp_format == STAMP_PTP ? STAMP_SYNC_PTP : STAMP_SYNC_NTP;
}

static void answer_timestamp_information(struct stamp_request *request, uint8_t *value)
{
	uint8_t source = (uint8_t)sync_source(request->state);
	bool arrival = answer_knows_arrival(request->message);

	value[0] = source;
	value[1] = (uint8_t)method_of(arrival ? request->message->stamp : STAMP_USER);
	value[2] = source;
	value[3] = STAMP_METHOD_SOFTWARE; /* T3 is our own clock's */
}

/* DSCP1 (6 bits): what the answer is to have; DSCP2 (6) and ECN (2): what the request had; RP (2):
 * 1 if the answer cannot have it. We forbid no class. Whose header is not known is not on UDP. */
static void answer_class_of_service(struct stamp_request *request, uint8_t *value)
{
	struct message *message = request->message;
	uint32_t wanted = value[0] >> 2;
	uint32_t came = message->traffic_class;
	bool known = message->hop_limit > 0;

	if (known)
		message->answer_class = (uint8_t)(wanted << 2);
	else
		came = 0;
	put_be16(value, (uint16_t)(wanted << 10 | (came & 0xfc) << 2 | (came & 0x03) << 2 |
				   (known ? 0u : 1u)));
	put_be16(value + 2, 0);
}

static void answer_direct_measurement(struct stamp_request *request, uint8_t *value)
{
	const struct stamp_session *session = request->session;

	put_be32(value + 4, session ? session->received : 0);
	put_be32(value + 8, session ? session->sent : 0);
}

/* Without a memory of sessions it has to be zeroes (section 4.7). */
static void answer_follow_up(struct stamp_request *request, uint8_t *value)
{
	const struct stamp_follow_up *last;

	memset(value, 0, STAMP_TLV_FOLLOW_UP_LENGTH);
	if (!request->state->options.stamp_stateful || !request->session)
		return;
	request->asks_departure = true;
	last = &request->session->follow_up;
	if (last->source == STAMP_NONE)
		return;
	put_be32(value, last->sequence);
	put_be64(value + 4, stamp_time(request->state, last->departed_ns));
	value[12] = (uint8_t)method_of((uint8_t)last->source);
}

static void answer_wake(struct stamp_request *request, uint8_t *value)
{
	put_be64(value, request->wake_ns);
}

/* As it came: padding, and the HMAC, which is written last. */
static void answer_same(struct stamp_request *request, uint8_t *value)
{
	(void)request;
	(void)value;
}

/* The types that we know: what is not here goes back with the flag of the unknown. */
static const struct extension_row {
	uint16_t length;
	bool any_length;
	void (*answer)(struct stamp_request *request, uint8_t *value);
} extension_rows[] = {
	[STAMP_TLV_PADDING] = { .any_length = true, .answer = answer_same },
	[STAMP_TLV_TIMESTAMP_INFORMATION] = { .length = STAMP_TLV_TIMESTAMP_INFORMATION_LENGTH,
					      .answer = answer_timestamp_information },
	[STAMP_TLV_CLASS_OF_SERVICE] = { .length = STAMP_TLV_CLASS_OF_SERVICE_LENGTH,
					 .answer = answer_class_of_service },
	[STAMP_TLV_DIRECT_MEASUREMENT] = { .length = STAMP_TLV_DIRECT_MEASUREMENT_LENGTH,
					   .answer = answer_direct_measurement },
	[STAMP_TLV_FOLLOW_UP] = { .length = STAMP_TLV_FOLLOW_UP_LENGTH,
				  .answer = answer_follow_up },
	[STAMP_TLV_HMAC] = { .length = STAMP_TLV_HMAC_LENGTH, .answer = answer_same },
	[STAMP_TLV_WAKE] = { .length = STAMP_TLV_WAKE_LENGTH, .answer = answer_wake },
};

#define EXTENSION_COUNT (sizeof(extension_rows) / sizeof(extension_rows[0]))

static const struct extension_row unknown_row = { .any_length = true };

static const struct extension_row *row_of(const struct stamp_tlv *tlv)
{
	if (tlv->type < EXTENSION_COUNT && extension_rows[tlv->type].answer)
		return &extension_rows[tlv->type];
	return &unknown_row;
}

static bool is_malformed(const struct stamp_tlv *tlv, const struct extension_row *row)
{
	return tlv->malformed || (!row->any_length && tlv->length != row->length);
}

/* The HMAC is one, of the right length, and nothing but padding follows it. */
struct stamp_extensions stamp_extensions_read(uint8_t *octets, uint32_t length, uint32_t base,
					      bool signed_base, struct hmac_key *key)
{
	struct stamp_extensions found = { 0 };
	bool misplaced = false, only_padding = true;
	struct stamp_tlv tlv;

	for (uint32_t at = base; stamp_tlv_next(octets, length, &at, &tlv); found.count++) {
		bool padding = tlv.type == STAMP_TLV_PADDING;

		misplaced |= found.hmac > 0 && !padding;
		only_padding &= padding;
		found.measures |= tlv.type == STAMP_TLV_DIRECT_MEASUREMENT;
		if (tlv.type != STAMP_TLV_HMAC)
			continue;
		found.hmac = (uint32_t)(tlv.octets - octets);
		misplaced |= is_malformed(&tlv, &extension_rows[STAMP_TLV_HMAC]);
	}
	if (found.hmac > 0)
		found.whole = !misplaced && key &&
			      stamp_tlv_is_signed(octets, base, found.hmac, key);
	else
		found.whole = !signed_base || found.count == 0 ||
			      (found.count == 1 && only_padding);
	return found;
}

/* Nobody knows whose they are: they all go back unread. */
static void refuse_all(const struct stamp_request *request)
{
	uint8_t *octets = request->message->data;
	uint32_t at = request->base;
	struct stamp_tlv tlv;

	while (stamp_tlv_next(octets, request->message->length, &at, &tlv)) {
		const struct extension_row *row = row_of(&tlv);

		tlv.octets[0] = STAMP_TLV_INTEGRITY;
		if (!row->answer)
			tlv.octets[0] |= STAMP_TLV_UNKNOWN;
		if (is_malformed(&tlv, row))
			tlv.octets[0] |= STAMP_TLV_MALFORMED;
	}
}

/* What is said of an earlier answer must not be what a sender has put there (section 4.7). */
static void answer_malformed(const struct stamp_tlv *tlv)
{
	uint32_t length = tlv->length < STAMP_TLV_FOLLOW_UP_LENGTH ? tlv->length
								   : STAMP_TLV_FOLLOW_UP_LENGTH;

	tlv->octets[0] = STAMP_TLV_MALFORMED;
	if (tlv->type == STAMP_TLV_FOLLOW_UP && !tlv->malformed)
		memset(tlv->octets + STAMP_TLV_HEADER, 0, length);
}

void stamp_extensions_answer(struct stamp_request *request,
			     const struct stamp_extensions *extensions)
{
	uint8_t *octets = request->message->data;
	uint32_t at = request->base;
	struct stamp_tlv tlv;

	if (!extensions->whole) {
		refuse_all(request);
		return;
	}
	while (stamp_tlv_next(octets, request->message->length, &at, &tlv)) {
		const struct extension_row *row = row_of(&tlv);

		if (is_malformed(&tlv, row)) {
			answer_malformed(&tlv);
			break;
		}
		tlv.octets[0] = row->answer ? 0 : STAMP_TLV_UNKNOWN;
		if (row->answer)
			row->answer(request, tlv.octets + STAMP_TLV_HEADER);
	}
	if (extensions->hmac > 0)
		stamp_tlv_sign(octets, request->base, extensions->hmac, request->key);
}
