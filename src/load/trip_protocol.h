/*
 * How a protocol of measurement sessions writes its requests and reads its answers. A session is a
 * client: one socket, with numbers from 0 on. Everything else is the same for all of them and
 * stands in trip_exchange.c.
 */
#ifndef LOAD_TRIP_PROTOCOL_H
#define LOAD_TRIP_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct client;
struct load_options;
struct target;
struct trip;
struct trip_answer;
struct worker;

/* What a message turned out to be. */
enum trip_message {
	TRIP_MESSAGE_ANSWER,  /* it says to which request */
	TRIP_MESSAGE_SESSION, /* it is about the session, and done with */
	TRIP_MESSAGE_FOREIGN, /* nothing that an answer could be */
};

struct trip_protocol {
	/* A session begins with a greeting, and requests wait until it is answered. */
	bool greets_first;

	/* Check what of the options the protocol does not go with, and set what they leave open.
	 * Errors: EINVAL with a sentence. */
	int (*check)(struct load_options *options, const struct target *target,
		     struct error *ret_error);

	/* Bytes of a request without anything that is not needed. */
	uint32_t (*size_least)(const struct load_options *options, const struct target *target);

	/* The same with what it takes to be told all that divides a round trip (--split). */
	uint32_t (*size_split)(const struct load_options *options, const struct target *target);

	/* What a thread needs for it; worker->protocol_state is what *ret_state becomes.
	 * Errors: ENOMEM. close() takes NULL. */
	int (*open)(struct worker *worker, void **ret_state);
	void (*close)(void *state);

	/* Write a greeting of the session into bytes, of WORKER_STAGING_SIZE; returns its length.
	 * 0: there is none to send. */
	uint32_t (*greet)(struct worker *worker, struct client *client, uint8_t *bytes);

	/* Write what ends the session into bytes, of WORKER_STAGING_SIZE; returns its length, 0:
	 * nothing is to be said. NULL: nothing ever is. */
	uint32_t (*part)(struct worker *worker, struct client *client, uint8_t *bytes);

	/* Write a request of size bytes: with number, T1 as user_sent_ns; set its echo. */
	void (*write)(struct worker *worker, struct client *client, struct trip *trip,
		      uint8_t *bytes, uint32_t size);

	/* Read a message: on streams one of size_least() bytes. It may be changed. A peer that
	 * cannot do what is asked for: worker->fault. */
	enum trip_message (*read)(struct worker *worker, struct client *client, uint8_t *bytes,
				  uint32_t length, struct trip_answer *ret_answer);
};

extern const struct trip_protocol stamp_protocol;
extern const struct trip_protocol irtt_protocol;

#endif
