#include "ablation.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringside/engine.h>

#include "experiment/progress.h"

#define EVERYTHING ((uint32_t)((1ull << FEATURE_COUNT) - 1))

static const char *backend_of(const struct ablation *ablation)
{
	return ablate_backends[ablation->options->backend];
}

static bool is_epoll(const struct ablation *ablation)
{
	return strcmp(backend_of(ablation), choice_backends[BACKEND_EPOLL]) == 0;
}

const char *ablation_refusal(const struct ablation *ablation, enum feature_id id)
{
	if (is_epoll(ablation) && !features[id].epoll)
		return "the epoll backend does not have it";
	return ablation->states[id].present ? NULL : ablation->states[id].reason;
}

static uint32_t wanted(const struct ablation *ablation)
{
	return ablation->options->only != 0 ? ablation->options->only : EVERYTHING;
}

uint32_t ablation_unavailable(const struct ablation *ablation)
{
	uint32_t set = 0;

	for (int id = 0; id < FEATURE_COUNT; id++)
		if (ablation_refusal(ablation, (enum feature_id)id))
			set |= FEATURE_BIT(id);
	return set & wanted(ablation);
}

/* The kernel's reason against io_uring, as --backend auto has it. */
static int refuse_backend(const struct engine_config *config, const struct error *said,
			  struct error *ret_error)
{
	struct engine *engine;
	const char *reason = NULL;

	if (engine_open_auto(config, &engine, &reason) == 0)
		engine_close(engine);
	return error_set(ret_error, -EOPNOTSUPP, "io_uring is not there: %s",
			 reason ? reason : said->text);
}

/* What the base works with, and what of it was asked for in vain: an engine like it tells. */
static int base_find(struct ablation *ablation, struct error *ret_error)
{
	static struct choice_result result;
	struct engine_config config;
	struct engine *engine;
	struct error reason;
	int error;

	engine_config_init(&config);
	config.features = ablation->options->features;
	error = choice_open(is_epoll(ablation) ? BACKEND_EPOLL : BACKEND_URING, &config, &engine,
			    &result, &reason);
	if (error < 0 && !is_epoll(ablation))
		return refuse_backend(&config, &reason, ret_error);
	if (error < 0)
		return error_set(ret_error, error, "%s", reason.text);
	engine_close(engine);
	for (int id = 0; id < FEATURE_COUNT; id++)
		if (result.states[id].effective)
			ablation->base.set |= FEATURE_BIT(id);
	(void)snprintf(ablation->missing, sizeof(ablation->missing), "%s", result.missing);
	return 0;
}

static void variant_write(const struct ablation *ablation, struct variant *variant)
{
	uint32_t mattering = 0;

	for (int id = 0; id < FEATURE_COUNT; id++)
		if (!ablation_refusal(ablation, (enum feature_id)id))
			mattering |= FEATURE_BIT(id);
	feature_set_text(variant->set, mattering, &ablation->options->features, variant->text,
			 sizeof(variant->text));
}

static bool is_in_base(const struct ablation *ablation, int id)
{
	return ablation->base.set >> id & 1;
}

static void variants_make(struct ablation *ablation)
{
	variant_write(ablation, &ablation->base);
	ablation->tried = wanted(ablation) & ~ablation_unavailable(ablation);
	for (int id = 0; id < FEATURE_COUNT; id++) {
		struct variant *variant = &ablation->variants[id];

		variant->set = is_in_base(ablation, id)
				       ? feature_set_without(ablation->base.set,
							     (enum feature_id)id)
				       : feature_set_with(ablation->base.set, (enum feature_id)id);
		variant_write(ablation, variant);
	}
}

static struct server server_of(const struct ablation *ablation, const struct variant *variant)
{
	return (struct server){
		.backend = backend_of(ablation),
		.features = variant->text[0] != '\0' ? variant->text : NULL,
		.threads = ablation->options->threads,
	};
}

static int add_pair(struct ablation *ablation, uint32_t point_number, enum feature_id id)
{
	struct experiment *experiment = &ablation->experiment;
	const struct point *point = &ablation->points.items[point_number];
	bool added = !is_in_base(ablation, id);
	struct server with = server_of(ablation, added ? &ablation->variants[id] : &ablation->base);
	struct server without = server_of(ablation,
					  added ? &ablation->base : &ablation->variants[id]);
	uint32_t group = experiment->group_count, first = experiment->count;

	(void)snprintf(with.name, sizeof(with.name), "with-%s", features[id].name);
	(void)snprintf(without.name, sizeof(without.name), "without-%s", features[id].name);
	if (experiment_add(experiment, point, &with, group) < 0 ||
	    experiment_add(experiment, point, &without, group) < 0)
		return -ENOMEM;
	ablation->effects[ablation->effect_count++] = (struct effect){
		.feature = id,
		.added = added,
		.point = point_number,
		.with = first,
		.without = first + 1,
	};
	return 0;
}

/* Those of the rung before, and one more. */
static void write_letters(struct rung *rung)
{
	bool is_second = rung[-1].feature == FEATURE_COUNT;
	size_t used;

	(void)snprintf(rung->letters, sizeof(rung->letters), "%s",
		       is_second ? "+" : rung[-1].letters);
	used = strlen(rung->letters);
	assert(used + 1 < sizeof(rung->letters));
	rung->letters[used] = feature_letter(rung->feature);
	rung->letters[used + 1] = '\0';
}

static int add_rung(struct ablation *ablation, uint32_t point, enum feature_id feature,
		    uint32_t set, uint32_t group)
{
	struct rung *rung = &ablation->rungs[ablation->rung_count++];
	struct server server;

	*rung = (struct rung){ .point = point,
			       .feature = feature,
			       .variant = { .set = set },
			       .letters = "none",
			       .series = ablation->experiment.count };
	variant_write(ablation, &rung->variant);
	server = server_of(ablation, &rung->variant);
	if (feature != FEATURE_COUNT)
		write_letters(rung);
	(void)snprintf(server.name, sizeof(server.name), "%s", rung->letters);
	return experiment_add(&ablation->experiment, &ablation->points.items[point], &server,
			      group);
}

static uint32_t working_set(uint32_t set, const struct point *point)
{
	for (int id = 0; id < FEATURE_COUNT; id++)
		if (!feature_has_work((enum feature_id)id, point))
			set &= ~FEATURE_BIT(id);
	return set;
}

static int add_ladder(struct ablation *ablation, uint32_t point)
{
	const struct point *work = &ablation->points.items[point];
	uint32_t group = ablation->experiment.group_count, set = 0;
	struct feature_order order;
	int error;

	feature_order_fill(working_set(ablation->base.set, work),
			   working_set(ablation->tried & ~ablation->base.set, work), &order);
	error = add_rung(ablation, point, FEATURE_COUNT, 0, group);
	for (uint32_t i = 0; i < order.count && !error; i++) {
		set |= FEATURE_BIT(order.ids[i]);
		error = add_rung(ablation, point, order.ids[i], set, group);
	}
	return error;
}

static int add_point(struct ablation *ablation, uint32_t point)
{
	int error = 0;

	for (int id = 0; id < FEATURE_COUNT && !error; id++)
		if (ablation->tried >> id & 1 &&
		    feature_has_work((enum feature_id)id, &ablation->points.items[point]))
			error = add_pair(ablation, point, (enum feature_id)id);
	if (!error && ablation->options->ladder == LADDER_ON)
		error = add_ladder(ablation, point);
	return error;
}

static int add_points(struct ablation *ablation, struct error *ret_error)
{
	uint32_t count = ablation->points.count;
	int error = 0;

	ablation->effects = calloc((size_t)count * FEATURE_COUNT, sizeof(*ablation->effects));
	ablation->rungs = calloc((size_t)count * (FEATURE_COUNT + 1), sizeof(*ablation->rungs));
	if (!ablation->effects || !ablation->rungs)
		return error_set(ret_error, -ENOMEM, "out of memory");
	for (uint32_t point = 0; point < count && !error; point++)
		error = add_point(ablation, point);
	if (error)
		return error_set(ret_error, error, "out of memory");
	if (ablation->experiment.count == 0)
		return error_set(ret_error, -EINVAL,
				 "no feature that is to be tried has work at these points");
	return 0;
}

/* --only names nothing that this kernel has. */
static int check_tried(const struct ablation *ablation, struct error *ret_error)
{
	uint32_t set = ablation_unavailable(ablation);
	int id = 0;

	if (ablation->tried != 0)
		return 0;
	while (!(set >> id & 1))
		id++;
	return error_set(ret_error, -EOPNOTSUPP, "%s is not there: %s", features[id].name,
			 ablation_refusal(ablation, (enum feature_id)id));
}

int ablation_init(const struct ablate_options *options, struct ablation *ret_ablation,
		  struct error *ret_error)
{
	struct ablation *ablation = ret_ablation;
	int error;

	*ablation = (struct ablation){ .options = options };
	experiment_init(&ablation->plan, &ablation->experiment);
	ablation->experiment.progress = progress_print;
	error = matrix_points(&options->matrix, &ablation->points, ret_error);
	if (!error)
		error = measuring_check(&options->measuring, ablation->points.items,
					ablation->points.count, ret_error);
	if (!error)
		error = base_find(ablation, ret_error);
	if (error)
		return error;
	/* Without io_uring there are still those of epoll. */
	(void)features_probe(ablation->states);
	variants_make(ablation);
	error = check_tried(ablation, ret_error);
	if (!error)
		error = measuring_plan(&options->measuring, options->threads,
				       matrix_load_threads(&ablation->points), &ablation->plan,
				       ret_error);
	return error ? error : add_points(ablation, ret_error);
}

void ablation_finish(struct ablation *ablation)
{
	experiment_finish(&ablation->experiment);
	place_finish(&ablation->plan.place);
	free(ablation->effects);
	free(ablation->rungs);
}
