#include "departing.h"

#include <criterion/criterion.h>
#include <linux/net_tstamp.h>
#include <string.h>
#include <unistd.h>

#include "stamping.h"

enum { NAME_CONTROL = 81 /* SCM_TS_OPT_ID */ };

bool departing_told(const struct hand *hand)
{
	bool uring = strcmp(backend_name(engine_backend(hand->engine)), "uring") == 0;

	return !uring || engine_features(hand->engine)[FEATURE_DEPARTURES].effective;
}

bool departing_named(void)
{
	struct address at = address_ip("127.0.0.1", 0);
	const uint32_t option = SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_SOFTWARE;
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(uint32_t))];
	} control = { .header = { .cmsg_level = SOL_SOCKET,
				  .cmsg_type = NAME_CONTROL,
				  .cmsg_len = CMSG_LEN(sizeof(uint32_t)) } };
	struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };
	int fd = peer_bind(SOCK_DGRAM, &at, 0);
	struct address self = address_of(fd);
	bool good;

	peer_join(fd, &self);
	good = setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &option, sizeof(option)) == 0 &&
	       sendmsg(fd, &message, 0) == 0;
	(void)close(fd);
	return good;
}

uint32_t departing_connect(struct hand *hand, int type, const struct address *to)
{
	const struct address unnamed = { .storage.ss_family = AF_UNIX,
					 .length = sizeof(sa_family_t) };
	int family = to->storage.ss_family;
	int fd = peer_socket(type, family,
			     family == AF_UNIX && type == SOCK_DGRAM ? &unnamed : NULL);
	uint32_t connection;

	cr_assert_eq(engine_connect(hand->engine, fd, address_bytes(to), to->length, &connection),
		     0);
	cr_assert_eq(hand_expect(hand, MESSAGE_OPENED)->connection, connection);
	return connection;
}

struct address departing_listen(struct hand *hand, int type, const struct address *at)
{
	const struct listener_options options = { .ancillary = ANCILLARY_DEPARTURE };
	int fd = peer_bind(type, at, 1);
	struct address bound = address_of(fd);

	cr_assert_eq(engine_listen(hand->engine, fd, &options, NULL), 0);
	return bound;
}

int64_t departing_expect(struct hand *hand, uint32_t connection, uint32_t name, int64_t after_ns)
{
	struct message *message = hand_expect(hand, MESSAGE_DEPARTED);

	cr_assert_eq(message->connection, connection);
	cr_assert_eq(message->departure, name, "%u instead of %u", message->departure, name);
	cr_assert_eq(message->stamp, STAMP_KERNEL);
	cr_assert_eq(message->clock, STAMP_REALTIME);
	cr_assert_geq(message->departed_ns, after_ns, "it left before it was sent");
	cr_assert_leq(message->departed_ns, wall_ns(), "it left in the future");
	return message->departed_ns;
}

void departing_expect_none(struct hand *hand)
{
	while (hand->at < hand->count)
		cr_assert_neq(hand->batch[hand->at++].kind, MESSAGE_DEPARTED);
	for (int i = 0; i < 10; i++)
		cr_assert_eq(hand_turn(hand, 1000000), 0, "a message nobody expected: kind %u",
			     hand->batch[0].kind);
}

void departing_collect(struct hand *hand, uint32_t connection, uint32_t first, uint32_t count)
{
	bool seen[DEPARTING_MANY] = { false };

	for (uint32_t i = 0; i < count; i++) {
		struct message *message = hand_expect(hand, MESSAGE_DEPARTED);
		uint32_t at = message->departure - first;

		cr_assert_eq(message->connection, connection);
		cr_assert_lt(at, count, "an unknown name, %u", message->departure);
		cr_assert(!seen[at], "%u has left twice", message->departure);
		seen[at] = true;
	}
}
