/*
 * A service answers messages: a pure function over a batch, without sockets, so that it can be
 * tested and fuzzed alone. It may rewrite a message's data up to its capacity and set reply,
 * refused and MESSAGE_HANG_UP; it keeps nothing of a connection between batches.
 */
#ifndef RINGSIDE_SERVICE_H
#define RINGSIDE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ringside/message.h>

struct service;

enum service_transport {
	SERVICE_STREAM = 1 << 0,
	SERVICE_RECORD = 1 << 1, /* UNIX seqpacket */
	SERVICE_DATAGRAM = 1 << 2,
};

enum daytime_format { DAYTIME_CTIME, DAYTIME_SMTP, DAYTIME_ISO8601 };

struct service_options {
	const char *text; /* greeting's answer; not copied */
	enum daytime_format daytime_format;
};

#define SERVICE_TEXT_STANDARD "Hello Dave"
#define SERVICE_TEXT_MAX 512

/* A service at work on one thread; the caller's memory, made by service_init(). */
struct service_state {
	const struct service *service;
	struct service_options options;
	int64_t text_second; /* the second that text holds; INT64_MIN: none yet */
	uint32_t text_length;
	char text[SERVICE_TEXT_MAX];
};

struct service {
	const char *name;
	const char *summary; /* one line for --help */
	const char *source;  /* RFC or book */
	uint16_t port;	     /* the standard one, 0: none */
	uint8_t transports;  /* enum service_transport */
	bool talks;	     /* listener_options.talks on streams */
	bool echoes;	     /* the answer is the message: a client can verify it */
	bool needs_clock;    /* answer() reads wall_ns */
	uint32_t reply_room; /* bytes by which an answer may exceed a MESSAGE_DATA (0: never) */
	bool lengthens;	     /* an answer is its message and more: it may be longer over UDP too */
	uint32_t udp_rate;   /* answers a second over UDP, of one thread (0: any number) */
	/* Answer count messages. wall_ns: CLOCK_REALTIME, nanoseconds (0 unless needs_clock). */
	void (*answer)(struct service_state *state, struct message *batch, uint32_t count,
		       int64_t wall_ns);
};

/* All services, NULL-terminated, in the order of their standard ports. */
extern const struct service *const services[];

/* The service called name[0..length), or NULL. */
const struct service *service_find(const char *name, size_t length);

/* Make a service ready for one thread. options may be NULL (the defaults: the standard text,
 * ctime). The options' text must outlive the state. Errors: EMSGSIZE (text too long). */
int service_init(struct service_state *ret_state, const struct service *service,
		 const struct service_options *options);

/* Bytes by which an answer of this state may exceed its message: what the engine needs as
 * engine_config.reply_room. */
uint32_t service_reply_room(const struct service_state *state);

#endif
