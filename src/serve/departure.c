#include "departure.h"

#include "base/clock.h"

bool flaws_add(struct flaws *flaws, uint32_t at, uint8_t with)
{
	if (flaws->count == FLAW_MAX)
		return false;
	flaws->items[flaws->count++] = (struct flaw){ .at = at, .with = with };
	return true;
}

void departures_begin(struct departures *departures)
{
	departures->wall_ns = 0;
}

static int64_t wall_now(struct departures *departures)
{
	if (!departures->once)
		return clock_wall_ns();
	if (departures->wall_ns == 0)
		departures->wall_ns = clock_wall_ns();
	return departures->wall_ns;
}

void departures_leave(struct departures *departures, uint16_t listener, uint8_t *answer,
		      uint32_t length, const struct flaws *flaws)
{
	struct service_state *state = &departures->states[listener];

	if (state->service->depart)
		state->service->depart(state, answer, length, wall_now(departures));
	for (uint32_t i = 0; flaws && i < flaws->count; i++)
		answer[flaws->items[i].at] ^= flaws->items[i].with;
}
