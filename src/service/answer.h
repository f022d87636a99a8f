/* The steps that services share in answering a message. */
#ifndef SERVICE_ANSWER_H
#define SERVICE_ANSWER_H

#include <string.h>

#include <ringside/service.h>

#define NS_PER_S 1000000000

/* Give no answer. Only a datagram's refusal is counted: a stream's peer is who it says it is. */
static inline void answer_refuse(struct message *message, enum message_refusal reason)
{
	message->reply = 0;
	if (message->flags & MESSAGE_DATAGRAM)
		message->refused = (uint8_t)reason;
}

/* Answer with the first length bytes of the message's data, which the caller has put there. */
static inline void answer_in_place(struct message *message, uint32_t length)
{
	message->reply = length;
	message->answer_empty = length == 0 && (message->flags & MESSAGE_DATAGRAM);
}

/* Answer with text, or not at all if there is no room for it. */
static inline void answer_with(struct message *message, const char *text, uint32_t length)
{
	if (message->capacity < length) {
		answer_refuse(message, REFUSED_SIZE);
		return;
	}
	memcpy(message->data, text, length);
	answer_in_place(message, length);
}

/* Is this a request that came in whole? A datagram that did not is refused. */
static inline bool answer_is_due(struct message *message)
{
	if (message->kind != MESSAGE_DATA)
		return false;
	if (message->flags & MESSAGE_TRUNCATED) {
		answer_refuse(message, REFUSED_TRUNCATED);
		return false;
	}
	return true;
}

/* Does the kernel or the card say when it came, by the clock that answers tell times of? A card's
 * own clock is another one. */
static inline bool answer_knows_arrival(const struct message *message)
{
	return message->stamp >= STAMP_KERNEL && message->clock == STAMP_REALTIME;
}

/* When it came, CLOCK_REALTIME; wall_ns: when the batch did, for want of something better. */
static inline int64_t answer_arrived_ns(const struct message *message, int64_t wall_ns)
{
	return answer_knows_arrival(message) ? message->arrived_ns : wall_ns;
}

#endif
