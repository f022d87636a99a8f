/*
 * What a peer says to a service, and what must come back: a row a service. A conversation is one
 * connection's, or one datagram socket's. Nothing here knows sockets.
 *
 * On a stream a peer says bytes, and hears bytes that follow from them or from nothing. Datagrams
 * and records are numbered where the service gives back enough to know which one is answered.
 */
#ifndef SIM_DIALOGUE_H
#define SIM_DIALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#define QUESTION_MAX 256    /* datagrams of one conversation */
#define QUESTION_BYTES 2048 /* of a datagram, at most */

struct conversation;

enum answer_number { ANSWER_ANY = -1, ANSWER_WRONG = -2 };

struct dialogue {
	const char *service;
	bool ends;	    /* it speaks first, on streams, and then hangs up */
	bool speaks;	    /* it speaks first, without end */
	uint32_t lengthens; /* an answer may have so many bytes more than its question */
	/* Streams; NULL: not for streams. The bytes from conversation->said on. */
	void (*say)(const struct conversation *conversation, uint8_t *bytes, uint32_t length);
	/* Are these the next bytes, after conversation->heard? */
	bool (*hear)(struct conversation *conversation, const uint8_t *bytes, uint32_t length);
	/* May it end here: is all there that was to be answered? */
	bool (*is_whole)(const struct conversation *conversation);
	/* Streams are cut at multiples of it; NULL: anywhere. */
	uint32_t (*unit)(const struct conversation *conversation);
	/* Datagrams and records; NULL: not for them. Question number n; returns its length. */
	uint32_t (*ask)(struct conversation *conversation, uint32_t number, uint32_t length,
			uint8_t *bytes);
	/* Which one is it the answer to? ANSWER_ANY: that cannot be told. */
	int (*tell)(struct conversation *conversation, const uint8_t *bytes, uint32_t length);
};

struct conversation {
	const struct dialogue *dialogue;
	uint64_t key;
	uint64_t said, heard; /* bytes of a stream */
	uint32_t asked;	      /* datagrams */
	uint32_t unasked;     /* records: so many answers come to no question */
	uint32_t answers;
	uint64_t answered_index;	/* sockperf: the message that is being heard; stamped: the
					 * byte of those that were said */
	uint32_t answered_at;		/* ... and how far; stamped: in the time before */
	uint8_t part[64];		/* stamp: of an answer that is not whole yet */
	uint64_t token;			/* irtt: 0: no session */
	uint16_t lengths[QUESTION_MAX]; /* of the questions */
	uint16_t longest;		/* of them */
	uint8_t answered[QUESTION_MAX]; /* how often each was */
};

/* The row of a service, or NULL. */
const struct dialogue *dialogue_find(const char *service);

void conversation_begin(struct conversation *conversation, const struct dialogue *dialogue,
			uint64_t key);

/* Streams: false if the bytes are not what must come. */
bool conversation_hear(struct conversation *conversation, const uint8_t *bytes, uint32_t length);

/* The next question, of about so many bytes; there are QUESTION_MAX at most. Returns its length. */
uint32_t conversation_ask(struct conversation *conversation, uint32_t length, uint8_t *bytes);

/* Datagrams: false if it is no answer to any question, or longer than it may be; or if there are
 * more answers than questions, and as many as may have come twice. */
bool conversation_tell(struct conversation *conversation, const uint8_t *bytes, uint32_t length,
		       uint64_t twice);

#endif
