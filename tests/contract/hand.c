#include "hand.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NS_PER_MS = 1000000, WAIT_NS = 10 * NS_PER_MS };

void hand_open(struct hand *hand, const struct engine_config *config)
{
	int error;

	*hand = (struct hand){ .witness = calloc(1, sizeof(struct witness)),
			       .backlog = config->backlog,
			       .ancillary = config->listener_ancillary };
	cr_assert_not_null(hand->witness);
	error = engine_open(setting_backend(), config, &hand->engine);
	cr_assert_eq(error, 0, "engine_open: %s", strerror(-error));
}

void hand_close(struct hand *hand)
{
	cr_assert_str_empty(hand->witness->complaint, "%s", hand->witness->complaint);
	engine_close(hand->engine);
	free(hand->witness);
}

struct address hand_listen(struct hand *hand, int type, const struct address *at)
{
	int fd = peer_bind(type, at, (int)hand->backlog);
	struct address bound = address_of(fd);
	struct listener_options options = { .ancillary = hand->ancillary };
	int error = engine_listen(hand->engine, fd, &options, NULL);

	cr_assert_eq(error, 0, "engine_listen: %s", strerror(-error));
	return bound;
}

uint32_t hand_turn(struct hand *hand, uint64_t wait_ns)
{
	int count = engine_turn(hand->engine, wait_ns, &hand->batch);

	cr_assert_geq(count, 0, "engine_turn: %s", strerror(-count));
	witness_batch(hand->witness, hand->engine, hand->batch, (uint32_t)count);
	hand->count = (uint32_t)count;
	hand->at = 0;
	return hand->count;
}

struct message *hand_next(struct hand *hand)
{
	time_t deadline = time(NULL) + PEER_DEADLINE_S;

	while (hand->at == hand->count) {
		(void)hand_turn(hand, WAIT_NS);
		cr_assert_lt(time(NULL), deadline, "no message comes");
	}
	return &hand->batch[hand->at++];
}

struct message *hand_expect(struct hand *hand, enum message_kind kind)
{
	struct message *message = hand_next(hand);

	cr_assert_eq(message->kind, kind, "a message of kind %u (length %u, error %s), not %u",
		     message->kind, message->length, strerror(-message->error), kind);
	return message;
}

void hand_await_input(struct hand *hand, int fd)
{
	time_t deadline = time(NULL) + PEER_DEADLINE_S;
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	while (poll(&ready, 1, 0) == 0) {
		cr_assert_eq(hand_turn(hand, NS_PER_MS), 0, "a message nobody expected: kind %u",
			     hand->batch[0].kind);
		cr_assert_lt(time(NULL), deadline, "the peer is sent nothing");
	}
}

void hand_receive(struct hand *hand, int fd, void *bytes, size_t length)
{
	uint8_t *next = bytes;

	while (length > 0) {
		ssize_t received;

		hand_await_input(hand, fd);
		received = recv(fd, next, length, MSG_DONTWAIT);
		cr_assert_gt(received, 0, "%zu bytes still to come: %s", length,
			     received ? strerror(errno) : "the end");
		next += received;
		length -= (size_t)received;
	}
}
