#include "irtt_stamps.h"

#include <time.h>

#include "wire/bytes.h"

#define NS_PER_S 1000000000

static int64_t read_clock(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return now.tv_sec * (int64_t)NS_PER_S + now.tv_nsec;
}

void irtt_stamps_init(struct irtt_stamps *ret_stamps)
{
	/* One less, so that no time is told as 0: clients take that for none. */
	ret_stamps->start_ns = read_clock(CLOCK_MONOTONIC) - 1;
	(void)irtt_stamps_renew(ret_stamps);
}

/* The thread may be interrupted between the two: what took the shortest of three is right. */
uint64_t irtt_stamps_renew(struct irtt_stamps *stamps)
{
	int64_t shortest_ns = INT64_MAX, before_ns = 0;

	for (int i = 0; i < 3; i++) {
		int64_t wall_ns, took_ns;

		before_ns = read_clock(CLOCK_MONOTONIC);
		wall_ns = read_clock(CLOCK_REALTIME);
		took_ns = read_clock(CLOCK_MONOTONIC) - before_ns;
		if (took_ns >= shortest_ns)
			continue;
		shortest_ns = took_ns;
		stamps->monotonic_ns = before_ns + took_ns / 2 - stamps->start_ns - wall_ns;
	}
	return (uint64_t)before_ns;
}

static void put_times(const struct irtt_stamps *stamps, uint8_t *echo, uint8_t wall_at,
		      uint8_t monotonic_at, int64_t wall_ns)
{
	if (wall_at > 0)
		put_le64(echo + wall_at, (uint64_t)wall_ns);
	if (monotonic_at > 0)
		put_le64(echo + monotonic_at, (uint64_t)(wall_ns + stamps->monotonic_ns));
}

static bool has_midpoint(const struct irtt_layout *layout)
{
	return layout->midpoint_wall > 0 || layout->midpoint_monotonic > 0;
}

static struct irtt_midpoint *midpoint_of(struct irtt_stamps *stamps, uint64_t token,
					 uint32_t sequence)
{
	return &stamps->midpoints[(token + sequence) % IRTT_MIDPOINTS];
}

void irtt_stamps_arrive(struct irtt_stamps *stamps, const struct irtt_session *session,
			uint8_t *echo, int64_t received_ns)
{
	const struct irtt_layout *layout = &session->layout;
	uint32_t sequence = get_le32(echo + layout->sequence);

	put_times(stamps, echo, layout->receive_wall, layout->receive_monotonic, received_ns);
	if (has_midpoint(layout))
		*midpoint_of(stamps, session->token, sequence) = (struct irtt_midpoint){
			.token = session->token,
			.sequence = sequence,
			.received_ns = received_ns,
		};
}

/* One that has been forgotten, since too many others are held back, keeps the time that it has. */
static void depart_midpoint(struct irtt_stamps *stamps, const struct irtt_session *session,
			    uint8_t *echo, int64_t wall_ns)
{
	const struct irtt_layout *layout = &session->layout;
	uint32_t sequence = get_le32(echo + layout->sequence);
	const struct irtt_midpoint *midpoint = midpoint_of(stamps, session->token, sequence);
	int64_t received_ns = midpoint->received_ns;

	if (midpoint->token == session->token && midpoint->sequence == sequence)
		put_times(stamps, echo, layout->midpoint_wall, layout->midpoint_monotonic,
			  received_ns + (wall_ns - received_ns) / 2);
}

void irtt_stamps_depart(struct irtt_stamps *stamps, const struct irtt_session *session,
			uint8_t *echo, int64_t wall_ns)
{
	const struct irtt_layout *layout = &session->layout;

	put_times(stamps, echo, layout->send_wall, layout->send_monotonic, wall_ns);
	if (has_midpoint(layout))
		depart_midpoint(stamps, session, echo, wall_ns);
}
