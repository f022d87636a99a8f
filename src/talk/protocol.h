/*
 * Protocols that have a request of their own, and what their answers say: talk --request.
 *
 * Life of a request:	request_make() -> sent -> the answer comes -> protocol.tell()
 */
#ifndef TALK_PROTOCOL_H
#define TALK_PROTOCOL_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "net/url.h"

#define REQUEST_MAX 256u

/* Times are CLOCK_REALTIME, nanoseconds, and taken by us: what the kernel took to send and to wake
 * us is in them. */
struct request {
	uint8_t bytes[REQUEST_MAX];
	uint32_t length;
	int64_t sent_ns;
};

struct answer {
	uint8_t bytes[REQUEST_MAX]; /* the first of them */
	uint32_t length;	    /* how many came */
	int64_t returned_ns;	    /* the last of them */
};

struct protocol {
	const char *service; /* in the URL */
	const char *port;    /* the default */
	uint32_t transports; /* bits: 1 << enum transport */
	/* Write a request that leaves now into bytes, and return how long it is; 0: the server
	 * answers without one. */
	uint32_t (*make)(uint8_t bytes[static REQUEST_MAX], int64_t now_ns);
	/* Print what the answer says, as facts. Errors: EPROTO (it is no answer to the request),
	 * with a clause ("it has 3 bytes, not 44"); nothing is printed then. */
	int (*tell)(const struct request *request, const struct answer *answer, FILE *stream,
		    struct error *ret_error);
};

extern const struct protocol protocol_stamp, protocol_ntp, protocol_time; /* clocks.c */
extern const struct protocol protocol_sockperf, protocol_irtt;		  /* testers.c */

/*
 * Parse a URL whose service has a request; the port may be left out. Errors: EINVAL with a
 * sentence.
 */
int protocol_find(const char *text, struct url *ret_url, const struct protocol **ret_protocol,
		  struct error *ret_error);

/* CLOCK_REALTIME. */
int64_t wall_now_ns(void);

void request_make(const struct protocol *protocol, struct request *ret_request);

/* A line: the name of a fact, and what it is. */
__attribute__((format(printf, 3, 4))) void fact_print(FILE *stream, const char *name,
						      const char *format, ...);

/* The difference of two times: "-1.20 us". */
void fact_print_difference(FILE *stream, const char *name, int64_t ns);

/* A point in time, UTC, with its nanoseconds. */
void fact_print_time(FILE *stream, const char *name, int64_t wall_ns);

#endif
