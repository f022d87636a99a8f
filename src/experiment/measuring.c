#include "experiment/measuring.h"

#include <errno.h>

#include "experiment/order.h"

void measuring_resolve(struct measuring *measuring, const struct measuring_standard *standard)
{
	bool quick = measuring->quick;

	if (measuring->rounds == OPTION_AUTO)
		measuring->rounds = quick ? standard->quick_rounds : standard->rounds;
	if (measuring->duration_ns == OPTION_AUTO)
		measuring->duration_ns = quick ? standard->quick_duration_ns
					       : standard->duration_ns;
	if (measuring->omit_ns == MEASURING_OMIT_AUTO)
		measuring->omit_ns = quick ? standard->quick_omit_ns : standard->omit_ns;
	if (measuring->seed == OPTION_AUTO)
		measuring->seed = order_seed_choose();
}

int measuring_check(const struct measuring *measuring, const struct point *points, uint32_t count,
		    struct error *ret_error)
{
	for (uint32_t i = 0; i < count && measuring->netns; i++)
		if (!point_is_internet(&points[i]))
			return error_set(ret_error, -EINVAL,
					 "--netns: %s uses no network; name what does, as with "
					 "--transport tcp,udp",
					 points[i].name);
	return 0;
}

int measuring_plan(const struct measuring *measuring, uint32_t server_threads,
		   uint32_t load_threads, struct experiment_plan *ret_plan, struct error *ret_error)
{
	const struct place_wish wish = {
		.server_cpus = &measuring->server_cpus,
		.load_cpus = &measuring->load_cpus,
		.server_threads = server_threads,
		.load_threads = load_threads,
		.network = measuring->netns,
	};

	*ret_plan = (struct experiment_plan){
		.omit_ns = measuring->omit_ns,
		.duration_ns = measuring->duration_ns,
		.round_count = measuring->rounds,
		.budget_ns = measuring->budget_ns,
		.seed = measuring->seed,
	};
	return place_init(&wish, &ret_plan->place, ret_error);
}
