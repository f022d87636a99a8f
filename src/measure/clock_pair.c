#include "measure/clock_pair.h"

#include <stdio.h>

#include "base/json.h"
#include "base/unit.h"

static void clock_note(bool *known, bool *synchronised, uint64_t *worst_ns, bool is_synchronised,
		       uint64_t error_ns)
{
	bool believed = is_synchronised && error_ns != CLOCK_ERROR_UNKNOWN;

	*synchronised = believed && (*synchronised || !*known);
	if (error_ns > *worst_ns)
		*worst_ns = error_ns;
	*known = true;
}

void clock_pair_note_own(struct clock_pair *clocks, bool synchronised, uint64_t error_ns)
{
	clock_note(&clocks->own_known, &clocks->synchronised, &clocks->error_ns, synchronised,
		   error_ns);
}

void clock_pair_note_peer(struct clock_pair *clocks, bool synchronised, uint64_t error_ns)
{
	clock_note(&clocks->known, &clocks->peer_synchronised, &clocks->peer_error_ns, synchronised,
		   error_ns);
}

void clock_pair_merge(struct clock_pair *clocks, const struct clock_pair *from)
{
	if (from->own_known)
		clock_pair_note_own(clocks, from->synchronised, from->error_ns);
	if (from->known)
		clock_pair_note_peer(clocks, from->peer_synchronised, from->peer_error_ns);
}

static bool own_is_good(const struct clock_pair *clocks)
{
	return clocks->own_known && clocks->synchronised;
}

static bool peer_is_good(const struct clock_pair *clocks)
{
	return clocks->known && clocks->peer_synchronised;
}

bool clock_pair_is_one(const struct clock_pair *clocks, bool same_host)
{
	return same_host || (own_is_good(clocks) && peer_is_good(clocks));
}

static const char *reason_of(const struct clock_pair *clocks)
{
	if (!clocks->known)
		return "nothing is known of the clock there";
	if (own_is_good(clocks))
		return "the clock there is not synchronised";
	return peer_is_good(clocks) ? "the clock here is not synchronised"
				    : "neither clock is synchronised";
}

struct clock_sentence clock_pair_sentence(const struct clock_pair *clocks, bool same_host)
{
	struct clock_sentence sentence;
	size_t size = sizeof(sentence.text);

	if (same_host)
		(void)snprintf(sentence.text, size,
			       "one-way delays: both ends read the clock of one host");
	else if (clock_pair_is_one(clocks, false))
		(void)snprintf(sentence.text, size,
			       "one-way delays: both clocks are synchronised, by their own account "
			       "to %s here and %s there",
			       duration_text((double)clocks->error_ns).text,
			       duration_text((double)clocks->peer_error_ns).text);
	else
		(void)snprintf(sentence.text, size, "one-way delays are from the smallest on: %s",
			       reason_of(clocks));
	return sentence;
}

static int put_clock(json_t *object, const char *synchronised_key, const char *error_key,
		     bool known, bool synchronised, uint64_t error_ns)
{
	if (!known)
		return json_put_value(object, synchronised_key, json_null()) |
		       json_put_value(object, error_key, json_null());
	return json_put_boolean(object, synchronised_key, synchronised) |
	       json_put_value(object, error_key,
			      error_ns == CLOCK_ERROR_UNKNOWN ? json_null()
							      : json_integer((json_int_t)error_ns));
}

json_t *clock_pair_to_json(const struct clock_pair *clocks, bool same_host)
{
	json_t *object = json_object();
	int error = json_put_boolean(object, "same_host", same_host);

	error |= put_clock(object, "synchronised", "error_ns", clocks->own_known,
			   clocks->synchronised, clocks->error_ns);
	error |= put_clock(object, "peer_synchronised", "peer_error_ns", clocks->known,
			   clocks->peer_synchronised, clocks->peer_error_ns);
	return json_complete(object, error);
}

static uint64_t error_of(const json_t *json, const char *key)
{
	const json_t *error = json_object_get(json, key);
	json_int_t value = json_integer_value(error);

	if (json_is_null(error))
		return CLOCK_ERROR_UNKNOWN;
	return value > 0 ? (uint64_t)value : 0;
}

void clock_pair_from_json(const json_t *json, struct clock_pair *ret_clocks, bool *ret_same_host)
{
	const json_t *own = json_object_get(json, "synchronised");
	const json_t *peer = json_object_get(json, "peer_synchronised");
	struct clock_pair clocks = { 0 };

	if (json_is_boolean(own))
		clock_pair_note_own(&clocks, json_is_true(own), error_of(json, "error_ns"));
	if (json_is_boolean(peer))
		clock_pair_note_peer(&clocks, json_is_true(peer), error_of(json, "peer_error_ns"));
	*ret_clocks = clocks;
	*ret_same_host = json_is_true(json_object_get(json, "same_host"));
}
