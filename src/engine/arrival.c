/* Control messages of received messages, read. */
#include "arrival.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>

static int64_t nanoseconds(const struct timespec *time)
{
	return time->tv_sec * (int64_t)NS_PER_S + time->tv_nsec;
}

/* SO_TIMESTAMPING: the kernel's time, one that is no more, and the card's. */
static void read_stamping(const struct cmsghdr *control, struct arrival *arrival)
{
	struct scm_timestamping stamps;
	int64_t kernel_ns, card_ns;

	if (control->cmsg_len < CMSG_LEN(sizeof(stamps)))
		return;
	memcpy(&stamps, CMSG_DATA(control), sizeof(stamps));
	kernel_ns = nanoseconds(&stamps.ts[0]);
	card_ns = nanoseconds(&stamps.ts[2]);
	if (card_ns != 0) {
		arrival->ns = card_ns;
		arrival->stamp = STAMP_HARDWARE;
		arrival->clock = STAMP_DEVICE;
	} else if (kernel_ns != 0) {
		arrival->ns = kernel_ns;
		arrival->stamp = STAMP_KERNEL;
	}
}

/* SO_TIMESTAMPNS. */
static void read_time(const struct cmsghdr *control, struct arrival *arrival)
{
	struct timespec time;

	if (control->cmsg_len < CMSG_LEN(sizeof(time)) || arrival->stamp != STAMP_NONE)
		return;
	memcpy(&time, CMSG_DATA(control), sizeof(time));
	arrival->ns = nanoseconds(&time);
	arrival->stamp = STAMP_KERNEL;
}

/* A number of one byte, which IP_TOS brings as such and the others as an int. */
static uint8_t read_number(const struct cmsghdr *control)
{
	uint8_t byte = 0;
	int number = 0;

	if (control->cmsg_len >= CMSG_LEN(sizeof(number))) {
		memcpy(&number, CMSG_DATA(control), sizeof(number));
		return (uint8_t)number;
	}
	if (control->cmsg_len >= CMSG_LEN(sizeof(byte)))
		memcpy(&byte, CMSG_DATA(control), sizeof(byte));
	return byte;
}

static void read_one(const struct cmsghdr *control, struct arrival *arrival)
{
	int type = control->cmsg_type;

	switch (control->cmsg_level) {
	case SOL_SOCKET:
		if (type == SCM_TIMESTAMPING)
			read_stamping(control, arrival);
		else if (type == SCM_TIMESTAMPNS)
			read_time(control, arrival);
		break;
	case IPPROTO_IP:
		if (type == IP_TTL)
			arrival->hop_limit = read_number(control);
		else if (type == IP_TOS)
			arrival->traffic_class = read_number(control);
		break;
	case IPPROTO_IPV6:
		if (type == IPV6_HOPLIMIT)
			arrival->hop_limit = read_number(control);
		else if (type == IPV6_TCLASS)
			arrival->traffic_class = read_number(control);
		break;
	default:
		break;
	}
}

void arrival_read(struct msghdr *header, struct arrival *ret_arrival)
{
	const struct cmsghdr *control = CMSG_FIRSTHDR(header);

	*ret_arrival = (struct arrival){ 0 };
	for (; control != NULL; control = CMSG_NXTHDR(header, (struct cmsghdr *)control))
		read_one(control, ret_arrival);
}

/* Read once for all that was received together. */
static int64_t own_time_ns(struct engine *engine)
{
	if (engine->arrivals_ns == 0)
		engine->arrivals_ns = clock_wall_ns();
	return engine->arrivals_ns;
}

void arrival_tell(struct engine *engine, const struct connection *connection,
		  struct message *message, const struct arrival *arrival)
{
	message->hop_limit = arrival->hop_limit;
	message->traffic_class = arrival->traffic_class;
	if (!(connection->ancillary & ANCILLARY_ARRIVAL))
		return;
	message->arrived_ns = arrival->ns;
	message->stamp = arrival->stamp;
	message->clock = arrival->clock;
	if (arrival->stamp != STAMP_NONE)
		return;
	message->arrived_ns = own_time_ns(engine);
	message->stamp = STAMP_USER;
	engine->counters.arrivals_unstamped++;
}
