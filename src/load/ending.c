#include "ending.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "commands.h"

/* The error of which there is most to say: those that were never connected come first. */
static int gravest_error(const struct result *result)
{
	for (int kind = 0; kind < RESULT_ERROR_COUNT; kind++)
		if (result->errors[kind] > 0)
			return kind;
	return RESULT_ERROR_COUNT;
}

static const char *cause_text(const struct result *result, int kind)
{
	if (result->causes[kind] == 0)
		return result_errors[kind].meaning;
	if (result->causes[kind] == -EADDRNOTAVAIL)
		return "no local port is free (--close reset keeps none, "
		       "net.ipv4.ip_local_port_range has more)";
	return strerror(-result->causes[kind]);
}

bool session_is_unreachable(const struct session *session)
{
	const struct result *result = &session->total.result;

	if (session->total.connected == 0)
		return true;
	return result->requests == 0 && result->errors[RESULT_RESET] > 0 &&
	       result->causes[RESULT_RESET] == -ECONNREFUSED;
}

bool session_has_run_dry(const struct session *session)
{
	const struct load_options *options = session->options;
	uint64_t wanted_ns = session->run_count * options->duration_ns;

	if (options->requests > 0 || options->steady.window_ns > 0)
		return false;
	if (session->interrupted || session->total.aborted)
		return false;
	return result_duration_ns(&session->total.result) < wanted_ns;
}

int session_ending(const struct session *session, struct error *ret_reason)
{
	const struct result *result = &session->total.result;
	struct url_text target = target_text(session->target);
	int kind = gravest_error(result);

	if (session_is_unreachable(session) && kind < RESULT_ERROR_COUNT)
		return error_set(ret_reason, EXIT_CANNOT, "cannot reach %s: %s", target.text,
				 cause_text(result, kind));
	if (kind < RESULT_ERROR_COUNT && result->causes[kind] == 0)
		return error_set(ret_reason, EXIT_BAD, "%s: %" PRIu64 " errors, the first kind: %s",
				 target.text, result_errors_total(result),
				 result_errors[kind].meaning);
	if (kind < RESULT_ERROR_COUNT)
		return error_set(ret_reason, EXIT_BAD,
				 "%s: %" PRIu64 " errors, the first kind: %s (%s)", target.text,
				 result_errors_total(result), result_errors[kind].meaning,
				 cause_text(result, kind));
	if (result->lost > 0)
		return error_set(ret_reason, EXIT_BAD,
				 "%s: %" PRIu64 " of %" PRIu64 " requests were never answered",
				 target.text, result->lost, result->sent);
	if (session_has_slipped(session))
		return error_set(ret_reason, EXIT_BAD, "%s: the rate was not held: %s", target.text,
				 session->verdict.reason);
	if (!session->thresholds_kept)
		return error_set(ret_reason, EXIT_BAD, "%s: a threshold was broken", target.text);
	return EXIT_GOOD;
}
