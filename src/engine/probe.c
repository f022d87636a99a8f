/* What the trials say of this kernel, in the words of the table of features. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attempt.h"
#include "base/lacking.h"
#include "resolve.h"

static void fill_in(enum feature_id id, int error, struct feature_state *ret_state)
{
	*ret_state = (struct feature_state){ .present = error == 0 };
	if (error == 0)
		(void)snprintf(ret_state->reason, sizeof(ret_state->reason), "%s",
			       features[id].proof);
	else
		(void)snprintf(ret_state->reason, sizeof(ret_state->reason),
			       "this kernel says %s (%s)", strerrorname_np(-error),
			       strerrordesc_np(-error));
}

int feature_try(enum feature_id id, struct feature_state *ret_state)
{
	int error = attempt_feature(id);

	fill_in(id, error, ret_state);
	return error == -EMFILE || error == -ENFILE ? error : 0;
}

int features_probe(struct feature_state *ret_states)
{
	int forbidden = attempt_ring();

	for (int id = 0; id < FEATURE_COUNT; id++) {
		int error = forbidden < 0 && !features[id].epoll
				    ? forbidden
				    : attempt_feature((enum feature_id)id);

		fill_in((enum feature_id)id, error, &ret_states[id]);
	}
	return forbidden;
}
