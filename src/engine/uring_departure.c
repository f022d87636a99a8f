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

void uring_departures(struct engine *engine, struct connection *connection)
{
	struct io_uring_sqe *sqe;

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

/* The last completion of the command. One that is cancelled along with a receive is armed again by
 * who looks at the connection next; one that fails would fail again. */
static void ended(struct connection *connection, int error)
{
	connection->departures &= (uint8_t)~DEPARTURES_ARMED;
	if (error != -ECANCELED && error != -EAGAIN && error != -EINTR)
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
