/* What is done with a round trip when all is known of it that ever will be. */
#include <ringside/clock.h>

#include "base/array.h"
#include "base/clock.h"
#include "trip_log.h"
#include "trips.h"
#include "worker.h"

/* The kernel's account of our clock is read so often. */
#define CLOCK_READ_NS NS_PER_S

void trip_points(const struct trip *trip, struct split_times *ret_times)
{
	const struct trip_answer *answer = &trip->answer;
	const struct {
		enum split_point point;
		bool known;
		int64_t at_ns;
	} points[] = {
		{ SPLIT_CLIENT_USER_SEND, true, trip->user_sent_ns },
		{ SPLIT_CLIENT_KERNEL_SEND, trip->kernel_sent_ns != 0, trip->kernel_sent_ns },
		{ SPLIT_SERVER_KERNEL_RECEIVE, answer->told, answer->received_ns },
		{ SPLIT_SERVER_USER_RECEIVE, answer->told && answer->wake_known,
		  answer->received_ns + (int64_t)answer->wake_ns },
		{ SPLIT_SERVER_SEND, answer->told && !(trip->awaits & TRIP_AWAITS_FOLLOW_UP),
		  trip->peer_sent_ns ? trip->peer_sent_ns : answer->replied_ns },
		{ SPLIT_CLIENT_KERNEL_RECEIVE, trip->kernel_taken_ns != 0, trip->kernel_taken_ns },
		{ SPLIT_CLIENT_USER_RECEIVE, true, trip->user_taken_ns },
	};

	*ret_times = (struct split_times){ .followed_up = trip->peer_sent_ns != 0 };
	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		if (!points[i].known)
			continue;
		ret_times->known |= 1u << points[i].point;
		ret_times->at_ns[points[i].point] = points[i].at_ns;
	}
}

bool trip_is_stamped(const struct worker *worker, const struct trip *trip)
{
	if (worker->ancillary & ANCILLARY_ARRIVAL && trip->kernel_taken_ns == 0)
		return false;
	if (!worker_awaits_departures(worker))
		return true;
	/* A card's clock and the system's have nothing to do with each other. */
	return trip->kernel_sent_ns != 0 && trip->sent_clock == trip->taken_clock;
}

/* What the kernel says is of its own clock, not of a card's. */
static bool is_synchronised(const struct worker *worker, const struct trip *trip)
{
	return worker->clock.synchronised && trip->taken_clock == STAMP_REALTIME;
}

struct round_trip trip_times(const struct trip *trip)
{
	return (struct round_trip){
		.sent_ns = trip->kernel_sent_ns ? trip->kernel_sent_ns : trip->user_sent_ns,
		.received_ns = trip->answer.received_ns,
		.replied_ns = trip->answer.replied_ns,
		.returned_ns = trip->kernel_taken_ns ? trip->kernel_taken_ns : trip->user_taken_ns,
	};
}

void trips_read_clock(struct worker *worker)
{
	uint64_t read_ns = worker->clock_read_ns;

	if (read_ns > 0 && worker->now_ns - read_ns < CLOCK_READ_NS)
		return;
	clock_quality_read(&worker->clock);
	worker->clock_read_ns = worker->now_ns;
}

/* The trip of that number, if its times are known. */
static const struct trip *neighbour(const struct client *client, uint32_t number)
{
	const struct trip *trip = trip_table_find(&client->trips->table, number);

	return trip && trip->state == TRIP_COMPLETE ? trip : NULL;
}

/* In a closed loop one that was answered in the warm-up may be complete only after it. */
static struct delays *delays_of(const struct worker *worker, const struct trip *trip)
{
	return trip->counted ? worker->recorder.result->delays : NULL;
}

/* Delays vary from packet to packet as they were sent, whichever of two came back first. */
static void record(struct worker *worker, const struct client *client, const struct trip *trip)
{
	const struct trip *before = neighbour(client, trip->number - 1);
	const struct trip *after = neighbour(client, trip->number + 1);
	struct delays *delays = delays_of(worker, trip);

	if (!delays)
		return;
	delays_record(delays, &trip->times, before ? &before->times : NULL);
	if (after)
		delays_record_variation(delays, &after->times, &trip->times);
	clock_pair_note_own(&delays->clocks, is_synchronised(worker, trip), worker->clock.error_ns);
	if (trip->answer.clock_known)
		clock_pair_note_peer(&delays->clocks, trip->answer.synchronised,
				     trip->answer.error_ns);
}

void trip_divide(struct worker *worker, const struct trip *trip)
{
	struct split *split = trip->counted ? worker->recorder.result->split : NULL;
	struct split_times times;

	if (!split)
		return;
	trip_points(trip, &times);
	if (trip->state == TRIP_COMPLETE)
		split_record(split, &times, trip->took_ns);
	else
		split->incomplete++;
}

void trip_finish(struct worker *worker, struct client *client, struct trip *trip)
{
	bool stamped = trip_is_stamped(worker, trip);
	struct delays *delays = delays_of(worker, trip);

	worker->undeparted -= (trip->awaits & TRIP_AWAITS_DEPARTURE) != 0;
	trip->times = trip_times(trip);
	trip_table_end(&client->trips->table, trip, stamped ? TRIP_COMPLETE : TRIP_UNSTAMPED);
	if (stamped)
		record(worker, client, trip);
	else if (delays)
		delays->stamps_missing++;
	trip_divide(worker, trip);
	if (delays)
		trip_log_add(worker, client, trip);
}

void trip_lose(struct worker *worker, const struct client *client, struct trip *trip)
{
	struct trips *trips = client->trips;

	trip_ways_lost(worker, trips, trip);
	trip_table_note_lost(&trips->table, trip->number);
	trip_table_end(&trips->table, trip, TRIP_LOST);
	if (recorder_covers(&worker->recorder, trip->departure.intended_ns))
		trip_log_add(worker, client, trip);
}
