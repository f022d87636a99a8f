/* github-action-benchmark: an array of {name, unit, value, range}, a file for each direction. */
#include <math.h>

#include "base/json.h"
#include "finding.h"
#include "formats.h"
#include "output/document.h"

static json_t *entry_to_json(const struct contest *contest)
{
	const struct estimate *estimate = &contest->outcome.changed;
	json_t *entry = json_object();
	json_t *benchmark = json_text(contest->benchmark);
	double below = estimate->median - estimate->low, above = estimate->high - estimate->median;
	int error = 0;

	error |= json_put_value(entry, "name",
				json_sprintf("%s - %s", json_string_value(benchmark),
					     metric_title(contest->metric)));
	error |= json_put_string(entry, "unit", contest->unit);
	error |= json_put_value(entry, "value", json_number(estimate->median));
	error |= json_put_value(entry, "range",
				json_sprintf("± %.4g", below > above ? below : above));
	json_decref(benchmark);
	return json_complete(entry, error);
}

static int print_direction(const struct finding *finding, bool more_is_better, FILE *file)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < finding->contests.count; i++) {
		const struct contest *contest = &finding->contests.items[i];

		if (contest->rule.more_is_better == more_is_better &&
		    isfinite(contest->outcome.changed.median))
			error |= json_append(array, entry_to_json(contest));
	}
	return json_print(json_complete(array, error), file);
}

int gha_print(const struct finding *finding, FILE *file)
{
	return print_direction(finding, false, file);
}

int gha_bigger_print(const struct finding *finding, FILE *file)
{
	return print_direction(finding, true, file);
}
