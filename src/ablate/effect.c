#include "effect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A member of a feature's part of a server's document. */
static const json_t *feature_member(const struct trial *trial, int id, const char *name)
{
	const json_t *all = json_object_get(trial->server, "features");

	return json_object_get(json_object_get(all, features[id].name), name);
}

/* Those in effect in every trial, or in any. */
static uint32_t effective_set(const struct series *series, bool in_all)
{
	uint32_t set = 0;

	for (int id = 0; id < FEATURE_COUNT; id++) {
		uint32_t count = 0;

		for (uint32_t i = 0; i < series->count; i++)
			count += json_is_true(feature_member(&series->trials[i], id, "effective"));
		if (count > 0 && (count == series->count || !in_all))
			set |= FEATURE_BIT(id);
	}
	return set;
}

static uint64_t count_uses(const struct series *series, int id)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < series->count; i++)
		count += (uint64_t)json_integer_value(
			feature_member(&series->trials[i], id, "uses"));
	return count;
}

/* Why the server did without it. */
static const char *refusal_of(const struct series *series, int id)
{
	for (uint32_t i = 0; i < series->count; i++)
		if (!json_is_true(feature_member(&series->trials[i], id, "effective")))
			return json_string_value(feature_member(&series->trials[i], id, "reason"));
	return NULL;
}

__attribute__((format(printf, 2, 3))) static void refuse(struct effect *effect, const char *format,
							 ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(effect->reason, sizeof(effect->reason), format, arguments);
	va_end(arguments);
}

/* Is there anything to be compared? */
static bool is_comparable(struct effect *effect, const struct series *with,
			  const struct series *without)
{
	int id = (int)effect->feature;
	const char *failure = with->reason[0] != '\0' ? with->reason : without->reason;
	const char *refusal = refusal_of(with, id);

	effect->uses = count_uses(with, id);
	if (failure[0] != '\0')
		refuse(effect, "FAILED: %.400s", failure);
	else if (with->count == 0 || without->count == 0)
		refuse(effect, "was not measured");
	else if (refusal)
		refuse(effect, "was not in effect: %s", refusal);
	else if (effective_set(without, false) >> id & 1)
		refuse(effect, "was in effect also where it was left out");
	else if (effect->uses == 0)
		refuse(effect, "had nothing to do");
	return effect->reason[0] == '\0';
}

static void evaluate(const struct ablation *ablation, struct effect *effect)
{
	const struct series *with = &ablation->experiment.series[effect->with];
	const struct series *without = &ablation->experiment.series[effect->without];
	uint32_t both, one;

	effect->reason[0] = '\0';
	if (!is_comparable(effect, with, without))
		return;
	both = effective_set(with, true);
	one = effective_set(without, true);
	effect->come = both & ~one & ~FEATURE_BIT(effect->feature);
	effect->gone = one & ~both;
	for (int i = 0; i < FIGURE_COUNT; i++)
		effect->is_known[i] = series_ratio(with, without, (enum figure_id)i,
						   &effect->ratios[i]) == 0;
}

void effects_evaluate(struct ablation *ablation)
{
	for (uint32_t i = 0; i < ablation->effect_count; i++)
		evaluate(ablation, &ablation->effects[i]);
}

bool rung_is_effective(const struct ablation *ablation, const struct rung *rung)
{
	const struct series *series = &ablation->experiment.series[rung->series];

	return rung->feature == FEATURE_COUNT || (effective_set(series, true) >> rung->feature & 1);
}

bool effect_is_known(const struct effect *effect, enum figure_id figure)
{
	return effect->reason[0] == '\0' && effect->is_known[figure];
}

bool estimate_is_clear(const struct estimate *ratio)
{
	return ratio->coverage >= STATISTICS_CONFIDENCE && (ratio->high < 1 || ratio->low > 1);
}

/* Clear ones are 0, others that are known 1, the rest 2. */
static int rank(const struct effect *effect, enum figure_id figure)
{
	if (!effect_is_known(effect, figure))
		return 2;
	return estimate_is_clear(&effect->ratios[figure]) ? 0 : 1;
}

static int compare(const void *left, const void *right, void *argument)
{
	const struct effect *a = *(const struct effect *const *)left;
	const struct effect *b = *(const struct effect *const *)right;
	enum figure_id figure = *(const enum figure_id *)argument;
	int order = rank(a, figure) - rank(b, figure);

	if (order == 0 && rank(a, figure) < 2)
		order = (a->ratios[figure].median > b->ratios[figure].median) -
			(a->ratios[figure].median < b->ratios[figure].median);
	return order != 0 ? order : (int)a->feature - (int)b->feature;
}

uint32_t effects_sort(const struct ablation *ablation, uint32_t point, enum figure_id figure,
		      const struct effect **ret_effects)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < ablation->effect_count; i++)
		if (ablation->effects[i].point == point)
			ret_effects[count++] = &ablation->effects[i];
	qsort_r(ret_effects, count, sizeof(const struct effect *), compare, &figure);
	return count;
}
