/*
 * Round trips with numbers of their own on the wire, and with the peer's times in the answers.
 *
 *	FREE ──► OUTSTANDING ──► RETURNED ──► COMPLETE ──► FREE ...
 *	              │      answered,   │  all its times
 *	              │      and its     │  are known
 *	              ▼      departure   ▼
 *	             LOST    is awaited UNSTAMPED
 *
 * The last three are remembered until their slot is needed again: for the packet that follows (its
 * delay is compared with theirs), and to know a late or a doubled answer for what it is.
 */
#ifndef LOAD_TRIP_H
#define LOAD_TRIP_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "measure/delays.h"

enum trip_state {
	TRIP_FREE,
	TRIP_OUTSTANDING,
	TRIP_RETURNED,
	TRIP_COMPLETE,
	TRIP_LOST,	/* given up */
	TRIP_UNSTAMPED, /* answered, but the kernel has told no time of it */
};

/* What an answer says. Times are CLOCK_REALTIME of the peer. */
struct trip_answer {
	uint32_t number;      /* of the request */
	uint64_t echo;	      /* what it repeats of the request; see struct trip */
	int64_t received_ns;  /* T2 */
	int64_t replied_ns;   /* T3 */
	uint64_t wake_ns;     /* from T2 until the peer's program had the request, if known */
	uint64_t error_ns;    /* of the peer's clock, by its own account */
	uint32_t peer_number; /* of the answer, by the peer's own count */
	uint32_t arrived;     /* so many requests had arrived there, this one included, if known */
	uint8_t peer_hop_limit; /* of the request, when it arrived there; 0: not known */
	/* Follow-Up Telemetry: when an earlier answer, by the peer's count, had left by the peer's
	 * kernel. */
	uint32_t followed_number;
	int64_t followed_ns; /* 0: nothing is said */
	bool told; /* there are times at all: no server tells them but those of sessions */
	bool wake_known;
	bool arrived_known;
	bool clock_known;  /* the peer tells how good its clock is */
	bool synchronised; /* it is, by its own account */
	bool right;	   /* it is what an answer has to be, as far as it shows by itself */
};

/* What a RETURNED trip is not complete without. */
enum trip_wait {
	TRIP_AWAITS_DEPARTURE = 1 << 0,
	TRIP_AWAITS_FOLLOW_UP = 1 << 1, /* with one of the next answers */
};

struct trip {
	struct departure departure;
	uint64_t sent_ns;	 /* when T1 was read, CLOCK_MONOTONIC */
	int64_t user_sent_ns;	 /* T1 as it stands in the request, CLOCK_REALTIME */
	int64_t kernel_sent_ns;	 /* when it left this host; 0: not known (yet) */
	int64_t kernel_taken_ns; /* when the answer arrived at this host; 0: not known */
	int64_t peer_sent_ns;	 /* when the answer left the peer's kernel; 0: not known */
	int64_t user_taken_ns;	 /* T4 at user level */
	uint64_t took_ns;	 /* from sent_ns until the answer was taken */
	uint64_t echo;		 /* of the request: what its answer has to repeat */
	struct trip_answer answer;
	struct round_trip times; /* COMPLETE: what delays are made of */
	uint32_t number;
	uint32_t sent_index; /* by what name a MESSAGE_DEPARTED tells of it */
	uint32_t next;	     /* slot numbers: in a list of the table, ... */
	uint32_t following;  /* ... and in the queue of the slots to be used */
	uint8_t state;	     /* enum trip_state */
	uint8_t sent_clock;  /* enum stamp_clock: of kernel_sent_ns ... */
	uint8_t taken_clock; /* ... and of kernel_taken_ns */
	uint8_t awaits;	     /* enum trip_wait; once COMPLETE: it was awaited in vain */
	uint8_t hop_limit;   /* of the answer, when it arrived here; 0: not known */
	bool overtaken;	     /* a later request was answered before */
	bool counted;	     /* the result has its answer, so it has its times as well */
};

#endif
