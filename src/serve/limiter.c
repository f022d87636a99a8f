#include "limiter.h"

#include "net/prefix.h"

/* This host itself, whose address nobody else can forge, and whom the operator trusts. */
static bool is_trusted(const struct rate_plan *plan, const struct sockaddr *peer)
{
	const struct trust_list *trusted = plan->trusted;
	struct in6_addr address = prefix_address(peer);

	if (prefix_is_loopback(&address))
		return true;
	for (uint32_t i = 0; i < trusted->count; i++)
		if (prefix_has(&trusted->items[i], &address))
			return true;
	return false;
}

static bool source_allows(struct rate_plan *plan, const struct sockaddr *peer, uint64_t now_ns)
{
	return bucket_take(plan->sources, bucket_source(peer), &plan->source_rate, now_ns) ||
	       bucket_chance(plan->sources, LIMITER_LEAK);
}

enum message_refusal limiter_check(struct rate_plan *plan, uint16_t listener,
				   const struct sockaddr *peer)
{
	struct ceiling *ceiling = &plan->ceilings[listener];
	bool by_source = plan->by_source[listener];
	uint64_t now_ns;

	if ((!by_source && ceiling->per_second == 0) || is_trusted(plan, peer))
		return REFUSED_NOT;
	now_ns = clock_now_ns();
	if (by_source && !source_allows(plan, peer, now_ns))
		return REFUSED_RATE;
	return ceiling->per_second == 0 || ceiling_allows(ceiling, now_ns) ? REFUSED_NOT
									   : REFUSED_RATE;
}
