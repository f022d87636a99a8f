#include "rate_plan.h"

#include <string.h>

#include "base/unit.h"
#include "net/prefix.h"

/* Can others than this host reach it? */
static bool is_open(const struct listener *listener)
{
	struct in6_addr address;

	if (listener->url.transport != TRANSPORT_UDP)
		return false;
	address = prefix_address(&listener->bound.address.any);
	return !prefix_is_loopback(&address);
}

/* What "auto" means: the standard where anything is open, and for the ceiling where the sources are
 * limited too. */
static struct rate_option resolve(const struct rate_option *option, bool wanted, uint32_t standard)
{
	if (option->mode != RATE_AUTO)
		return *option;
	if (!wanted)
		return (struct rate_option){ .mode = RATE_OFF };
	return (struct rate_option){ .mode = RATE_GIVEN,
				     .per_second = standard,
				     .burst = standard };
}

static void plan_listener(struct rate_plan *plan, uint32_t number)
{
	bool by_source = plan->source.mode == RATE_GIVEN;
	bool capped = plan->ceiling.mode == RATE_GIVEN;

	plan->by_source[number] = by_source;
	if (capped)
		ceiling_init(&plan->ceilings[number], plan->ceiling.per_second);
	plan->listener_count += by_source || capped;
}

int rate_plan_init(struct rate_plan *ret_plan, const struct serve_options *options,
		   const struct listener_list *listeners)
{
	memset(ret_plan, 0, sizeof(*ret_plan));
	ret_plan->trusted = &options->rate_trust;
	ret_plan->source = resolve(&options->rate_limit, true, RATE_STANDARD);
	ret_plan->ceiling = resolve(&options->rate_ceiling, ret_plan->source.mode == RATE_GIVEN,
				    RATE_CEILING_STANDARD);
	if (ret_plan->source.mode == RATE_GIVEN)
		ret_plan->source_rate = bucket_rate(ret_plan->source.per_second,
						    ret_plan->source.burst);
	for (uint32_t i = 0; i < listeners->count; i++)
		if (is_open(&listeners->items[i]))
			plan_listener(ret_plan, i);
	if (ret_plan->listener_count == 0 || ret_plan->source.mode != RATE_GIVEN)
		return 0;
	return bucket_table_open(RATE_SOURCES * options->threads, &ret_plan->sources);
}

void rate_plan_finish(struct rate_plan *plan)
{
	bucket_table_close(plan->sources);
	plan->sources = NULL;
}

static bool any_given(const struct serve_options *options)
{
	return options->rate_limit.mode == RATE_GIVEN || options->rate_ceiling.mode == RATE_GIVEN;
}

bool rate_plan_tell(const struct rate_plan *plan, const struct serve_options *options,
		    struct error *ret_sentence)
{
	bool capped = plan->ceiling.mode == RATE_GIVEN;

	if (plan->listener_count == 0 && any_given(options)) {
		(void)error_set(ret_sentence, 0,
				"nothing is limited: no UDP listener can be reached from other "
				"hosts");
		return true;
	}
	if (plan->listener_count == 0 || options->rate_limit.mode != RATE_AUTO)
		return false;
	(void)error_set(ret_sentence, 0,
			"UDP answers to other hosts are limited: %s a second to an address%s%s%s; "
			"--rate-limit and --rate-ceiling change that",
			count_exact(plan->source.per_second).text, capped ? ", " : "",
			capped ? count_exact(plan->ceiling.per_second).text : "",
			capped ? " of a listener" : "");
	return true;
}
