/*
 * io_uring, feature departures: a socket command stays armed and makes a completion of each stamp
 * in the error queue, on a ring whose completions have 32 bytes. What was never read waits there
 * for the next command.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h> /* needs <time.h> before it */

#include "kernel.h"
#include "uring.h"

/* The next command finds what this one has left. Nobody waits for the cancel itself. */
static void cancel_stuck(struct engine *engine, struct connection *connection)
{
	struct io_uring_sqe *sqe = uring_submission(engine);

	if (sqe == NULL) {
		connection_work(engine, connection);
		return;
	}
	io_uring_prep_cancel64(
		sqe, uring_data(OPERATION_DEPARTURE, 0, connection_number(engine, connection)), 0);
	uring_own_no_more(sqe);
	connection->departures &= (uint8_t)~DEPARTURES_STUCK;
}

void uring_departures(struct engine *engine, struct connection *connection)
{
	struct io_uring_sqe *sqe;

	if (connection->departures & DEPARTURES_STUCK)
		cancel_stuck(engine, connection);
	if (!(connection->departures & DEPARTURES_READ) ||
	    (connection->departures & DEPARTURES_ARMED))
		return;
	sqe = uring_submission(engine);
	if (sqe == NULL) {
		connection_work(engine, connection);
		return;
	}
	io_uring_prep_cmd_sock(sqe, (int)KERNEL_COMMAND_SENT, connection->fd, 0, 0, NULL, 0);
	uring_own(engine, connection, sqe, OPERATION_DEPARTURE, 0);
	connection->departures |= DEPARTURES_ARMED;
}

/* Is there no room for another stamp? At the end of the ring it takes three entries. */
static bool is_full(const struct uring *uring)
{
	return io_uring_cq_ready(&uring->ring) + 3 > uring->ring.cq.ring_entries ||
	       uring_overflown(uring);
}

void uring_departures_check(struct engine *engine, bool overflown)
{
	struct connections *connections = &engine->connections;

	if (!feature_on(engine, FEATURE_DEPARTURES) || !(overflown || is_full(engine->state)))
		return;
	for (uint32_t i = 0; i < connections->used; i++) {
		struct connection *connection = &connections->table[i];

		if (!(connection->departures & DEPARTURES_ARMED) ||
		    connection->state >= STATE_CLOSING)
			continue;
		connection->departures |= DEPARTURES_STUCK;
		connection_work(engine, connection);
	}
}

/* The last completion of the command. One that is cancelled along with a receive, or found no room
 * for a completion (Linux 7.2 and later; it leaves the stamp where it was), is armed again by who
 * looks at the connection next; one that fails would fail again. */
static void ended(struct connection *connection, int error)
{
	bool again = error == -ECANCELED || error == -ENOBUFS || error == -EAGAIN ||
		     error == -EINTR;

	connection->departures &= (uint8_t) ~(DEPARTURES_ARMED | DEPARTURES_STUCK);
	if (!again)
		connection->departures &= (uint8_t) ~(DEPARTURES_READ | DEPARTURES_TOLD);
}

void uring_on_departure(struct engine *engine, struct connection *connection,
			const struct io_uring_cqe *cqe)
{
	struct kernel_stamp stamp;
	struct departure departure;

	/* A name may look like an error: what ends the command has no more to follow. */
	if (!(cqe->flags & IORING_CQE_F_MORE)) {
		ended(connection, cqe->res);
		return;
	}
	if (cqe->flags >> KERNEL_STAMP_TYPE_SHIFT != SCM_TSTAMP_SND)
		return;
	memcpy(&stamp, cqe + 1, sizeof(stamp));
	departure = (struct departure){
		.at_ns = (int64_t)(stamp.seconds * NS_PER_S + stamp.nanoseconds),
		.hardware = (cqe->flags & KERNEL_STAMP_HARDWARE) != 0,
	};
	departure_resolve(engine, connection, (uint32_t)cqe->res, &departure);
	engine->counters.feature_uses[FEATURE_DEPARTURES]++;
	emit_departed(engine, connection, &departure);
}
