/* The document of an experiment. */
#include "output/document.h"
#include "base/json.h"
#include "experiment/experiment.h"
#include "measure/histogram.h"
#include "measure/host.h"

/* What a run has of its load's document, as it stands there. */
static const char *const load_members[] = {
	"started_unix_ns", "duration_ns", "requests", "sent", "lost",
	"errors",	   "latency_ns",  "verdict",
};

static json_t *figures_to_json(const struct trial *trial)
{
	json_t *object = json_object();
	int error = 0;

	/* What is not known is null. */
	for (int i = 0; i < FIGURE_COUNT; i++)
		error |= json_put_real(object, figures[i].key, trial->figures[i]);
	return json_complete(object, error);
}

static json_t *trial_to_json(const struct trial *trial)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_unsigned(object, "round", trial->round);
	error |= json_put_unsigned(object, "sequence", trial->sequence);
	error |= json_put_value(object, "figures", figures_to_json(trial));
	for (size_t i = 0; i < sizeof(load_members) / sizeof(load_members[0]); i++)
		error |= json_put_shared(object, load_members[i],
					 json_object_get(trial->load, load_members[i]));
	return json_complete(object, error);
}

static json_t *medians_to_json(const struct series *series)
{
	json_t *object = json_object();
	struct estimate estimate;
	int error = 0;

	for (int i = 0; i < FIGURE_COUNT; i++)
		error |= json_put_value(object, figures[i].key,
					series_figure(series, (enum figure_id)i, &estimate) == 0
						? estimate_to_json(&estimate)
						: json_null());
	return json_complete(object, error);
}

/* The latencies of all trials together. */
static json_t *latency_to_json(const struct series *series)
{
	struct histogram *all, *one;
	json_t *json;

	if (histogram_open(&all) < 0)
		return NULL;
	for (uint32_t i = 0; i < series->count; i++) {
		if (member_histogram(series->trials[i].load, "latency_ns", &one) < 0)
			continue;
		histogram_merge(all, one);
		histogram_close(one);
	}
	json = histogram_to_json_or_null(all, NULL, true);
	histogram_close(all);
	return json;
}

/* What a program of ours told of its engine, or null. */
static int engine_put(const json_t *document, json_t *object)
{
	int error = 0;

	error |= json_put_shared(object, "backend", json_object_get(document, "backend"));
	error |= json_put_shared(object, "features", json_object_get(document, "features"));
	return error;
}

static int accounts_put(const struct series *series, json_t *object)
{
	const struct trial *first = series->count > 0 ? &series->trials[0] : NULL;
	json_t *load = json_object();
	int error = engine_put(first ? first->load : NULL, load);

	error |= json_put_string(object, "remark", first ? first->remark : NULL);
	error |= engine_put(first ? first->server : NULL, object);
	error |= json_put_value(object, "load", load);
	return error;
}

static json_t *series_to_json(const struct series *series)
{
	json_t *object = json_object(), *runs = json_array();
	int error = 0;

	error |= json_put_value(object, "name",
				json_sprintf("%s/%s", series->point.name, series->server.name));
	error |= json_put_value(object, "point", point_to_json(&series->point));
	error |= json_put_value(object, "server", server_to_json(&series->server));
	error |= json_put_unsigned(object, "group", series->group);
	error |= json_put_unsigned(object, "retries", series->retries);
	error |= json_put_string(object, "error", series->reason[0] ? series->reason : NULL);
	error |= accounts_put(series, object);
	error |= json_put_value(object, "median", medians_to_json(series));
	error |= json_put_value(object, "latency_ns", latency_to_json(series));
	for (uint32_t i = 0; i < series->count; i++)
		error |= json_append(runs, trial_to_json(&series->trials[i]));
	error |= json_put_value(object, "runs", runs);
	return json_complete(object, error);
}

static json_t *host_make(const struct experiment *experiment)
{
	json_t *host = host_to_json(), *place = json_object();
	int error = place_put(&experiment->plan->place, place);

	error |= json_put_value(host, "place", place);
	return json_complete(host, error);
}

static json_t *series_array(const struct experiment *experiment)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < experiment->count; i++)
		error |= json_append(array, series_to_json(&experiment->series[i]));
	return json_complete(array, error);
}

json_t *experiment_to_json(const struct experiment *experiment, const char *command, int argc,
			   char **argv)
{
	const struct experiment_plan *plan = experiment->plan;
	json_t *document = json_object();
	int error = 0;

	error |= json_put_string(document, "schema", EXPERIMENT_SCHEMA);
	error |= json_put_string(document, "version", RINGSIDE_VERSION);
	error |= json_put_string(document, "command", command);
	error |= json_put_value(document, "arguments", json_texts(argc, argv));
	error |= json_put_value(document, "host", host_make(experiment));
	error |= json_put_unsigned(document, "started_unix_ns", experiment->started_unix_ns);
	error |= json_put_unsigned(document, "elapsed_ns", experiment->elapsed_ns);
	error |= json_put_unsigned(document, "seed", plan->seed);
	error |= json_put_unsigned(document, "omit_ns", plan->omit_ns);
	error |= json_put_unsigned(document, "duration_ns", plan->duration_ns);
	error |= json_put_unsigned(document, "rounds", experiment->rounds);
	error |= json_put_real(document, "disturbance", experiment->disturbance);
	error |= json_put_boolean(document, "interrupted", experiment->interrupted);
	error |= json_put_value(document, "series", series_array(experiment));
	return json_complete(document, error);
}
