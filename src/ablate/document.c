/* The document of an ablation. */
#include "ablation.h"
#include "base/json.h"
#include "effect.h"

static json_t *ratios_of_effect(const struct effect *effect)
{
	json_t *object = json_object();
	int error = 0;

	for (int i = 0; i < FIGURE_COUNT; i++)
		if (effect_is_known(effect, (enum figure_id)i))
			error |= json_put_value(object, figures[i].key,
						estimate_to_json(&effect->ratios[i]));
	return json_complete(object, error);
}

static json_t *effect_to_json(const struct ablation *ablation, const struct effect *effect)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "feature", features[effect->feature].name);
	error |= json_put_string(object, "kind", effect->added ? "add-one" : "leave-one-out");
	error |= json_put_string(object, "point", ablation->points.items[effect->point].name);
	error |= json_put_unsigned(object, "with", effect->with);
	error |= json_put_unsigned(object, "without", effect->without);
	error |= json_put_unsigned(object, "uses", effect->uses);
	error |= json_put_string(object, "reason", effect->reason[0] ? effect->reason : NULL);
	error |= json_put_value(object, "came_with_it", feature_names_to_json(&effect->come));
	error |= json_put_value(object, "went_with_it", feature_names_to_json(&effect->gone));
	error |= json_put_value(object, "figures", ratios_of_effect(effect));
	return json_complete(object, error);
}

static json_t *effects_to_json(const struct ablation *ablation)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < ablation->effect_count; i++)
		error |= json_append(array, effect_to_json(ablation, &ablation->effects[i]));
	return json_complete(array, error);
}

static json_t *unavailable_to_json(const struct ablation *ablation)
{
	uint32_t set = ablation_unavailable(ablation);
	json_t *array = json_array();
	int error = 0;

	for (int id = 0; id < FEATURE_COUNT; id++) {
		json_t *object;

		if (!(set >> id & 1))
			continue;
		object = json_object();
		error |= json_put_string(object, "feature", features[id].name);
		error |= json_put_string(object, "reason",
					 ablation_refusal(ablation, (enum feature_id)id));
		error |= json_append(array, object);
	}
	return json_complete(array, error);
}

/* The ratios to the first rung of its ladder, and to the one before; null on the first. */
static json_t *rung_to_json(const struct ablation *ablation, const struct rung *rung,
			    const struct rung *first)
{
	const struct series *series = ablation->experiment.series;
	bool is_first = rung == first;
	char letter[2] = { 0 };
	json_t *object = json_object();
	int error = 0;

	if (!is_first)
		letter[0] = feature_letter(rung->feature);
	error |= json_put_string(object, "point", ablation->points.items[rung->point].name);
	error |= json_put_string(object, "letters", rung->letters);
	error |= json_put_string(object, "letter", is_first ? NULL : letter);
	error |= json_put_string(object, "feature", is_first ? NULL : features[rung->feature].name);
	error |= json_put_unsigned(object, "series", rung->series);
	error |= json_put_boolean(object, "effective", rung_is_effective(ablation, rung));
	error |= json_put_value(
		object, "over_none",
		is_first ? json_null()
			 : series_ratios_to_json(&series[rung->series], &series[first->series]));
	error |= json_put_value(
		object, "over_previous",
		is_first ? json_null()
			 : series_ratios_to_json(&series[rung->series], &series[rung->series - 1]));
	return json_complete(object, error);
}

static json_t *ladder_to_json(const struct ablation *ablation)
{
	const struct rung *first = ablation->rungs;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < ablation->rung_count; i++) {
		const struct rung *rung = &ablation->rungs[i];

		if (rung->point != first->point)
			first = rung;
		error |= json_append(array, rung_to_json(ablation, rung, first));
	}
	return json_complete(array, error);
}

static json_t *base_to_json(const struct ablation *ablation)
{
	const struct ablate_options *options = ablation->options;
	const char *missing = ablation->missing, *text = ablation->base.text;
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "backend", ablate_backends[options->backend]);
	error |= json_put_string(object, "features", text[0] != '\0' ? text : NULL);
	error |= json_put_value(object, "effective", feature_names_to_json(&ablation->base.set));
	error |= json_put_string(object, "missing", missing[0] != '\0' ? missing : NULL);
	return json_complete(object, error);
}

json_t *ablation_to_json(const struct ablation *ablation, int argc, char **argv)
{
	json_t *document = experiment_to_json(&ablation->experiment, "ablate", argc, argv);
	int error = 0;

	error |= json_put_value(document, "options",
				options_to_json(&ablate_option_table, ablation->options));
	error |= json_put_value(document, "base", base_to_json(ablation));
	error |= json_put_value(document, "effects", effects_to_json(ablation));
	error |= json_put_value(document, "unavailable", unavailable_to_json(ablation));
	error |= json_put_value(document, "ladder", ladder_to_json(ablation));
	return json_complete(document, error);
}
