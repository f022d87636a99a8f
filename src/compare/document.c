#include "document.h"

#include <math.h>

#include "base/json.h"
#include "experiment/experiment.h"
#include "measure/host.h"
#include "output/document.h"
#include "sample/sample.h"
#include "sentence.h"

static json_t *side_to_json(const struct side *side)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "name", side->name);
	error |= json_put_string(object, "source", side->set.source);
	error |= json_put_value(object, "settings", sample_settings_to_json(&side->set));
	return json_complete(object, error);
}

static json_t *looks_to_json(const struct duel *duel)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < duel->look_count; i++)
		error |= json_append(array, json_integer(duel->looks[i]));
	return json_complete(array, error);
}

/* The values and the median of one side, with its interval. */
static json_t *values_to_json(const double *values, uint32_t count, const struct estimate *estimate)
{
	json_t *array = json_array();
	json_t *object = estimate_to_json(estimate);
	int error = 0;

	for (uint32_t i = 0; i < count; i++)
		error |= json_append(array, json_number(values[i]));
	error |= json_put_value(object, "values", json_complete(array, error));
	return json_complete(object, error);
}

static int outcome_put(json_t *object, const struct contest *contest)
{
	const struct decision_outcome *outcome = &contest->outcome;
	bool known = outcome->known && isfinite(outcome->ratio.median);
	int error = 0;

	error |= json_put_value(object, "ratio",
				known ? estimate_to_json(&outcome->ratio) : json_null());
	error |= json_put_real(object, "p", outcome->p);
	error |= json_put_real(object, "p_level", outcome->level);
	error |= json_put_real(object, "mann_whitney_p", outcome->mann_whitney_p);
	error |= json_put_real(object, "detectable", outcome->detectable);
	error |= json_put_boolean(object, "counted", outcome->counted);
	error |= json_put_string(object, "verdict", decision_names[outcome->decision]);
	error |= json_put_string(object, "reason", contest_sentence(contest).text);
	return error;
}

static json_t *contest_to_json(const struct contest *contest)
{
	const struct decision_outcome *outcome = &contest->outcome;
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "benchmark", contest->benchmark);
	error |= json_put_string(object, "base_benchmark", contest->base_benchmark);
	error |= json_put_string(object, "metric", contest->metric);
	error |= json_put_string(object, "title", metric_title(contest->metric));
	error |= json_put_string(object, "unit", contest->unit);
	error |= json_put_string(object, "better",
				 contest->rule.more_is_better ? "higher" : "lower");
	error |= json_put_boolean(object, "exact", contest->rule.exact);
	error |= json_put_boolean(object, "judged", contest->rule.judged);
	error |= json_put_real(object, "least_effect", contest->rule.least_effect);
	error |= json_put_value(object, "base",
				values_to_json(contest->base, contest->base_count, &outcome->base));
	error |= json_put_value(
		object, "changed",
		values_to_json(contest->changed, contest->changed_count, &outcome->changed));
	error |= outcome_put(object, contest);
	return json_complete(object, error);
}

static json_t *contests_to_json(const struct contest_list *list)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array, contest_to_json(&list->items[i]));
	return json_complete(array, error);
}

/* How it was measured; what belongs to pairs is null where there are none. */
static int method_put(json_t *document, const struct duel *duel)
{
	static const char *const origins[] = {
		[DUEL_FILES] = "files",
		[DUEL_SERIES] = "series",
		[DUEL_PAIRS] = "commands",
	};
	bool ran = duel->origin == DUEL_PAIRS;
	int error = 0;

	error |= json_put_string(document, "origin", origins[duel->origin]);
	error |= json_put_string(document, "measured",
				 !ran		? NULL
				 : duel->prints ? "result"
						: "command");
	error |= json_put_boolean(document, "paired", duel_is_paired(duel));
	error |= json_put_value(document, "base", side_to_json(&duel->base));
	error |= json_put_value(document, "changed", side_to_json(&duel->changed));
	error |= json_put_value(document, "pairs",
				duel_is_paired(duel) ? json_integer(duel->pairs) : json_null());
	error |= json_put_value(document, "looks", looks_to_json(duel));
	error |= json_put_real(document, "confidence", duel->options->confidence);
	error |= json_put_value(document, "seed",
				ran ? json_integer((json_int_t)duel->seed) : json_null());
	error |= json_put_boolean(document, "out_of_time", duel->out_of_time);
	error |= json_put_boolean(document, "interrupted", duel->signal != 0);
	return error;
}

json_t *duel_to_json(const struct duel *duel, int argc, char **argv)
{
	json_t *document = json_object();
	int error = 0;

	error |= json_put_string(document, "schema", COMPARISON_SCHEMA);
	error |= json_put_string(document, "version", RINGSIDE_VERSION);
	error |= json_put_string(document, "command", "compare");
	error |= json_put_value(document, "arguments", json_texts(argc, argv));
	error |= json_put_value(document, "host", host_to_json());
	error |= json_put_value(document, "options",
				options_to_json(&compare_option_table, duel->options));
	error |= json_put_unsigned(document, "started_unix_ns", duel->started_unix_ns);
	error |= json_put_unsigned(document, "elapsed_ns", duel->elapsed_ns);
	error |= method_put(document, duel);
	error |= json_put_value(document, "metrics", contests_to_json(&duel->contests));
	error |= json_put_string(document, "verdict", decision_names[duel->verdict]);
	error |= json_put_string(document, "sentence", duel_sentence(duel).text);
	error |= json_put_shared(document, "warnings", duel->warnings);
	return json_complete(document, error);
}
