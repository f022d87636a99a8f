/*
 * A service answers messages: a pure function over a batch, without sockets, so that it can be
 * tested and fuzzed alone. It may rewrite a message's data up to its capacity and set reply,
 * refused, answer_class and MESSAGE_HANG_UP. What it remembers is bounded and allocated at the
 * start: so many bytes of each connection (connection_size), and memory of its own (open()).
 */
#ifndef RINGSIDE_SERVICE_H
#define RINGSIDE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ringside/clock.h>
#include <ringside/message.h>

struct service;

enum service_transport {
	SERVICE_STREAM = 1 << 0,
	SERVICE_RECORD = 1 << 1, /* UNIX seqpacket */
	SERVICE_DATAGRAM = 1 << 2,
};

enum daytime_format { DAYTIME_CTIME, DAYTIME_SMTP, DAYTIME_ISO8601 };

/* Where a bounded table of peers is asked for: so many of them. */
#define SERVICE_SESSIONS_STANDARD 65536
#define SERVICE_SESSIONS_MAX (1u << 20)

#define SERVICE_KEY_MAX 1024

struct service_options {
	const char *text; /* greeting's answer; not copied */
	enum daytime_format daytime_format;
	uint32_t connection_max;	  /* message.connection is below it */
	enum service_transport transport; /* how its messages come; 0: as datagrams */
	uint32_t session_max;		  /* of tables of peers */
	const uint8_t *key;		  /* of HMACs; not copied; NULL: none */
	size_t key_length;
	enum stamp_format stamp_format;
	bool stamp_stateful; /* stamp: numbers of its own for each session */
	bool twamp_light;    /* stamp: answer requests of less than 44 bytes too */
	bool require_sync;   /* time, ntp: no answer while the clock is not synchronised */
	uint64_t irtt_min_interval_ns, irtt_max_duration_ns, irtt_timeout_ns; /* 0: any */
	uint32_t irtt_max_length;					      /* 0: any */
};

#define SERVICE_TEXT_STANDARD "Hello Dave"
#define SERVICE_TEXT_MAX 512

/* A service at work on one thread; the caller's memory, made by service_init(). */
struct service_state {
	const struct service *service;
	struct service_options options;
	const struct clock_quality *clock; /* the caller's, renewed by it once a second */
	void *memory;			   /* the service's own, by its open() */
	void *connections;		   /* connection_size bytes of each */
	int64_t text_second;		   /* the second that text holds; INT64_MIN: none yet */
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
	uint32_t ancillary;  /* enum ancillary of engine.h that answer() reads, if it can be had */
	size_t connection_size; /* remembered of each stream, zeroes at first; 0: nothing */
	/* Allocate state->memory, or free it. NULL: there is none. Errors: ENOMEM. */
	int (*open)(struct service_state *state);
	void (*close)(struct service_state *state);
	/* Answer count messages. wall_ns: CLOCK_REALTIME, nanoseconds (0 unless needs_clock). */
	void (*answer)(struct service_state *state, struct message *batch, uint32_t count,
		       int64_t wall_ns);
	/* An answer leaves now: write wall_ns where it says when it did (and what depends on it).
	 * Called after answer(), as late as can be, and once more if it is held back. NULL: it does
	 * not say. answer: length bytes; of a stream, whole answers one after the other. */
	void (*depart)(struct service_state *state, uint8_t *answer, uint32_t length,
		       int64_t wall_ns);
	/* A MESSAGE_DEPARTED of one of its answers. NULL: it asks for none. */
	void (*departed)(struct service_state *state, const struct message *message);
};

/* All services, NULL-terminated, in the order of their standard ports. */
extern const struct service *const services[];

/* The service called name[0..length), or NULL. */
const struct service *service_find(const char *name, size_t length);

/* Fill in the defaults: the standard text, ctime, no key, stateless, IRTT's own limits. */
void service_options_init(struct service_options *ret_options);

/* Make a service ready for one thread. options may be NULL (the defaults), clock too (not
 * synchronised). What they point at must outlive the state. Errors: EMSGSIZE (text too long),
 * ENOMEM. service_finish() frees it, zeroes are fine. */
int service_init(struct service_state *ret_state, const struct service *service,
		 const struct service_options *options, const struct clock_quality *clock);
void service_finish(struct service_state *state);

/* May an answer of this state be longer than what asked for it, over UDP too? */
bool service_lengthens(const struct service_state *state);

/* Bytes by which an answer may exceed its message: what the engine needs as
 * engine_config.reply_room. */
uint32_t service_reply_room(const struct service *service, const struct service_options *options);

#endif
