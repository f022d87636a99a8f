#include "load_witness.h"

#include <inttypes.h>

#include "commands.h"
#include "invariant.h"
#include "load/ending.h"
#include "sim/world.h"

int __real_session_ending(const struct session *session, struct error *ret_reason);
int __wrap_session_ending(const struct session *session, struct error *ret_reason);

static struct load_account account;

const struct load_account *load_account(void)
{
	return &account;
}

/* Every request of the window was answered, in it or after it, or lost; what was answered wrongly
 * is an error instead. Of those that were under way when the run was cut short nothing is known. */
static void check_sum(const struct session *session)
{
	const struct result *result = &session->total.result;
	uint64_t known = result->requests + result->answered_after + result->lost;

	if (known > result->sent + result->errors[RESULT_CORRUPT])
		violated("load has sent %" PRIu64 ", and %" PRIu64 " were answered or lost",
			 result->sent, known);
	if (known + result->errors[RESULT_CORRUPT] < result->sent)
		violated("load has sent %" PRIu64 ", and of %" PRIu64 " nothing is known",
			 result->sent, result->sent - known);
}

int __wrap_session_ending(const struct session *session, struct error *ret_reason)
{
	const struct result *result = &session->total.result;
	int exit_code = __real_session_ending(session, ret_reason);
	uint64_t errors = result_errors_total(result);

	if (!world_get())
		return exit_code;
	check_sum(session);
	if ((errors > 0 || result->lost > 0) && exit_code == EXIT_GOOD)
		violated("load ends well with %" PRIu64 " errors and %" PRIu64 " lost", errors,
			 result->lost);
	if (errors == 0 && result->lost == 0 && session->total.connected > 0 &&
	    exit_code != EXIT_GOOD)
		violated("load ends with %d, and nothing was wrong", exit_code);
	account = (struct load_account){
		.told = true,
		.exit_code = session->interrupted ? EXIT_SIGNAL + 15 : exit_code,
		.errors = errors,
		.lost = result->lost,
		.corrupt = result->errors[RESULT_CORRUPT] + result->errors[RESULT_SURPLUS],
		.answered = result->requests + result->answered_after,
	};
	return exit_code;
}
