#include "watch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "net/url.h"
#include "trip_log.h"
#include "trips.h"
#include "worker.h"

struct watch *watches_open(uint32_t count)
{
	return calloc(count, sizeof(struct watch));
}

static struct watch *watch_of(const struct worker *worker, const struct client *client)
{
	return worker->watches ? &worker->watches[client - worker->clients] : NULL;
}

static struct trip *trip_of(struct watch *watch, uint32_t number)
{
	return &watch->trips[number % WATCH_TRIPS];
}

/* All that will ever be known of it is. */
static void finish(struct worker *worker, const struct client *client, struct trip *trip)
{
	worker->undeparted -= (trip->awaits & TRIP_AWAITS_DEPARTURE) != 0;
	trip->state = trip_is_stamped(worker, trip) ? TRIP_COMPLETE : TRIP_UNSTAMPED;
	trip_divide(worker, trip);
	if (trip->counted)
		trip_log_add(worker, client, trip);
}

/* What is still waited for is waited for in vain. */
static void settle(struct worker *worker, const struct client *client, struct watch *watch)
{
	for (uint32_t i = 0; i < WATCH_TRIPS; i++)
		if (watch->trips[i].state == TRIP_RETURNED)
			finish(worker, client, &watch->trips[i]);
}

void watch_begin(struct worker *worker, const struct client *client)
{
	struct watch *watch = watch_of(worker, client);
	uint32_t next;

	if (!watch)
		return;
	next = watch->next;
	settle(worker, client, watch);
	*watch = (struct watch){ .next = next };
}

/* Whose departure has not been told by now is left out. */
void watch_sending(struct worker *worker, const struct client *client)
{
	struct watch *watch = watch_of(worker, client);
	struct trip *trip;

	if (!watch)
		return;
	trip = trip_of(watch, watch->next);
	if (trip->state == TRIP_RETURNED)
		finish(worker, client, trip);
	*trip = (struct trip){ .state = TRIP_OUTSTANDING, .number = watch->next };
	clock_read_both(&trip->sent_ns, &trip->user_sent_ns);
	watch->next++;
}

/* By what name a departure tells of the last piece: see engine.h. That of an earlier piece is none
 * of the request's. */
void watch_sent(struct worker *worker, const struct client *client, uint32_t length)
{
	struct watch *watch = watch_of(worker, client);
	struct trip *trip;

	if (!watch)
		return;
	trip = trip_of(watch, watch->next - 1);
	watch->octets += length;
	trip->sent_index = transports[worker->target->url.transport].stream ? watch->octets - 1
									    : watch->messages;
	trip->kernel_sent_ns = 0;
	watch->messages++;
}

void watch_answered(struct worker *worker, const struct client *client,
		    const struct message *message, const struct departure *departure)
{
	struct watch *watch = watch_of(worker, client);
	struct trip *trip;

	if (!watch)
		return;
	trip = trip_of(watch, watch->next - 1);
	trip->departure = *departure;
	trip->counted = recorder_covers(&worker->recorder, departure->intended_ns);
	trip->user_taken_ns = worker->wall_ns;
	trip->took_ns = worker->now_ns - trip->sent_ns;
	if (message->stamp == STAMP_KERNEL || message->stamp == STAMP_HARDWARE)
		trip->kernel_taken_ns = message->arrived_ns;
	trip->state = TRIP_RETURNED;
	if (!worker_awaits_departures(worker) || trip->kernel_sent_ns != 0) {
		finish(worker, client, trip);
		return;
	}
	trip->awaits = TRIP_AWAITS_DEPARTURE;
	worker->undeparted++;
}

void watch_lost(struct worker *worker, const struct client *client,
		const struct departure *departure)
{
	struct watch *watch = watch_of(worker, client);
	struct trip *trip;

	if (!watch)
		return;
	trip = trip_of(watch, watch->next - 1);
	trip->state = TRIP_LOST;
	if (recorder_covers(&worker->recorder, departure->intended_ns))
		trip_log_add(worker, client, trip);
}

void watch_departed(struct worker *worker, struct client *client, const struct message *message)
{
	struct watch *watch = watch_of(worker, client);

	for (uint32_t i = 0; watch && i < WATCH_TRIPS; i++) {
		struct trip *trip = &watch->trips[i];
		bool waits = trip->state == TRIP_OUTSTANDING || trip->state == TRIP_RETURNED;

		if (!waits || trip->sent_index != message->departure)
			continue;
		trip->kernel_sent_ns = message->departed_ns;
		if (trip->state == TRIP_RETURNED)
			finish(worker, client, trip);
	}
}

void watch_settle(struct worker *worker, struct client *client)
{
	struct watch *watch = watch_of(worker, client);

	if (watch)
		settle(worker, client, watch);
}
