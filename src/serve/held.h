/*
 * Answers that leave later: in memory that is allocated at the start, in the order in which they
 * are due. No socket is touched here.
 *
 * Life of an entry:	free -> put: waits without a time -> due at a time -> taken: free
 *
 * Entries that are due at the same time come in the order in which they got it.
 */
#ifndef SERVE_HELD_H
#define SERVE_HELD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "departure.h"

#define HELD_NONE UINT32_MAX
#define HELD_BLOCK_SIZE 1024u

struct held {
	/* The caller's. */
	uint32_t connection;
	uint32_t generation; /* which of those that the connection's number was given to */
	uint64_t round;	     /* the batch that brought it */
	uint32_t follower;   /* another entry, which waits for this one; or HELD_NONE */
	uint16_t listener;
	bool answers; /* there is something to send: length bytes, which may be 0 */
	bool hangs_up;
	uint8_t traffic_class; /* datagrams: of what is sent */
	struct flaws flaws;
	socklen_t peer_length;	       /* datagrams: to whom; 0: a connection's answer */
	struct sockaddr_storage peer;  /* ... */
	struct sockaddr_storage local; /* ... from where; AF_UNSPEC: not known */

	/* Of this module. */
	uint32_t length;
	uint32_t block; /* the first one */
	uint32_t next_free;
	uint64_t due_ns;
	uint64_t turn; /* among those due at the same time */
};

struct held_list;

/* Room for so many answers and so many blocks of HELD_BLOCK_SIZE bytes; the longest answer has
 * length_max. Errors: ENOMEM. */
int held_open(uint32_t count_max, uint32_t block_count, uint32_t length_max,
	      struct held_list **ret_list);
void held_close(struct held_list *list);

/* Keep a copy of the entry and of the bytes. Returns its number, or HELD_NONE: it does not fit. */
uint32_t held_put(struct held_list *list, const struct held *entry, const void *bytes,
		  uint32_t length);

/* Give an entry the time at which it is due (once). */
void held_due(struct held_list *list, uint32_t number, uint64_t due_ns);

/* The entry of that number. */
const struct held *held_at(const struct held_list *list, uint32_t number);

/* The entry that is due first, or NULL. */
const struct held *held_first(const struct held_list *list);

/* A copy of its bytes, in one piece; valid until the next call. */
uint8_t *held_bytes(struct held_list *list, const struct held *entry);

/* Give up the entry that is due first. */
void held_drop_first(struct held_list *list);

/* How many there are, those that wait without a time included. */
uint32_t held_count(const struct held_list *list);

#endif
