#include "document.h"

#include <errno.h>

#include "base/json.h"
#include "measure/host.h"
#include "output/document.h"

static json_t *pace_to_json(const struct load_options *options)
{
	json_t *object = json_object();
	bool open = options->rate > 0, polls = options->pace == PACE_SPIN;
	int error = 0;

	error |= json_put_string(object, "how", open ? pace_names[options->pace] : NULL);
	error |= json_put_string(object, "reason",
				 !open	 ? "a closed loop has no times to wait for"
				 : polls ? "it polls before each request is due; spin has the cost"
					 : "it sleeps until each request is due");
	return json_complete(object, error);
}

/* Datagrams for which a socket had no room: ours, and the server's by its own account. */
static json_t *drops_to_json(const struct session *session, const struct outcome *outcome)
{
	bool known = session->server_known && outcome == &session->total;
	json_t *object = json_object();
	int error = json_put_unsigned(object, "client", outcome->kernel_drops);

	error |= json_put_value(object, "server",
				known ? json_integer((json_int_t)session->server.kernel_drops)
				      : json_null());
	return json_complete(object, error);
}

/* {"reason": ...} where it was asked for and could not be had. */
static json_t *server_stats_or_reason(const struct session *session)
{
	if (session->server_known)
		return server_stats_to_json(&session->server);
	if (session->server_missing.text[0] == '\0')
		return json_null();
	return json_pack("{s:s}", "reason", session->server_missing.text);
}

static json_t *settling_to_json(const struct session *session, const struct outcome *outcome)
{
	const struct settling *settling = &outcome->settling;
	json_t *object;
	int error = 0;

	if (session->options->steady.window_ns == 0)
		return json_null();
	object = json_object();
	error |= json_put_value(object, "rule", steady_value_to_json(&session->options->steady));
	error |= json_put_boolean(object, "reached", settling->reached);
	error |= json_put_real(object, "change", settling->change);
	error |= json_put_unsigned(object, "after_ns", settling->after_ns);
	return json_complete(object, error);
}

static json_t *delays_or_null(const struct session *session, const struct outcome *outcome)
{
	const struct delays *delays = outcome->result.delays;

	return delays ? delays_to_json(delays, &session->options->percentiles, session->same_host)
		      : json_null();
}

static json_t *split_or_null(const struct session *session, const struct outcome *outcome)
{
	const struct split *split = outcome->result.split;

	return split ? split_to_json(split, &session->options->percentiles) : json_null();
}

/* What a run has, and what all of them have. */
static int put_outcome(const struct session *session, const struct outcome *outcome, json_t *object)
{
	const struct load_options *options = session->options;
	const struct result *result = &outcome->result;
	int error = 0;

	error |= json_put_value(object, "started_unix_ns", json_integer(outcome->started_unix_ns));
	error |= result_to_json(result, &options->percentiles, object);
	error |= json_put_string(object, "pmu_missing",
				 outcome->pmu_missing[0] ? outcome->pmu_missing : NULL);
	error |= json_put_string(object, "pmu_note",
				 outcome->pmu_note[0] ? outcome->pmu_note : NULL);
	error |= json_put_value(object, "delays", delays_or_null(session, outcome));
	error |= json_put_value(object, "split", split_or_null(session, outcome));
	error |= json_put_value(object, "kernel_drops", drops_to_json(session, outcome));
	error |= usage_to_json(&outcome->usage, (pid_t)options->server_pid, result->requests,
			       object);
	error |= json_put_value(object, "pace", pace_to_json(options));
	return error;
}

static json_t *run_to_json(const struct session *session, uint32_t index)
{
	const struct outcome *run = &session->runs[index];
	json_t *object = json_object();
	int error = json_put_unsigned(object, "index", index + 1);

	error |= put_outcome(session, run, object);
	error |= json_put_value(object, "steady", settling_to_json(session, run));
	error |= json_put_value(object, "intervals", interval_list_to_json(&run->intervals));
	return json_complete(object, error);
}

static json_t *runs_to_json(const struct session *session)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < session->run_count; i++)
		error |= json_append(array, run_to_json(session, i));
	return json_complete(array, error);
}

static json_t *threshold_outcomes_to_json(const struct session *session)
{
	const struct threshold_list *list = &session->options->thresholds;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array,
				     threshold_to_json(&list->items[i], &session->thresholds[i]));
	return json_complete(array, error);
}

json_t *session_head_to_json(const struct session *session)
{
	const struct load_options *options = session->options;
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "schema", DOCUMENT_SCHEMA);
	error |= json_put_string(object, "version", RINGSIDE_VERSION);
	error |= json_put_string(object, "command", "load");
	error |= json_put_value(object, "arguments", json_texts(session->argc, session->argv));
	error |= json_put_string(object, "label", options->label);
	error |= json_put_value(object, "host", host_to_json());
	error |= json_put_string(object, "target", target_text(session->target).text);
	error |= json_put_value(object, "options", options_to_json(&load_option_table, options));
	return json_complete(object, error);
}

json_t *session_to_json(const struct session *session)
{
	const struct load_options *options = session->options;
	const struct outcome *total = &session->total;
	json_t *object = session_head_to_json(session);
	int error = 0;

	error |= choice_to_json(options->backend, &total->choice, object);
	error |= json_put_boolean(object, "interrupted", session->interrupted);
	error |= json_put_boolean(object, "aborted", total->aborted);
	error |= json_put_unsigned(object, "connected", total->connected);
	error |= put_outcome(session, total, object);
	error |= json_put_value(object, "server_stats", server_stats_or_reason(session));
	error |= json_put_value(object, "runs", runs_to_json(session));
	error |= json_put_value(object, "thresholds", threshold_outcomes_to_json(session));
	error |= json_put_value(object, "verdict", verdict_to_json(&session->verdict));
	return json_complete(object, error);
}
