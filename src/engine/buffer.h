/*
 * Buffers, and the segments of them that are messages or wait to be sent.
 *
 * Life of a buffer:	free -> with the kernel (or being read into) -> held by segments -> free
 * Life of a segment:	free -> in a message -> in a connection's queue -> free
 *
 * A pool is one block of memory cut into equal buffers. The kernel's hold on a provided buffer
 * counts as one reference; every segment that points into it is another. The last one to let go
 * gives the buffer back to its pool.
 */
#ifndef ENGINE_BUFFER_H
#define ENGINE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NONE UINT32_MAX

struct engine;
struct io_uring_buf_ring;

enum pool_id {
	POOL_SMALL,    /* streams */
	POOL_LARGE,    /* bulk streams, UNIX records and UNIX datagrams that may be long */
	POOL_DATAGRAM, /* UDP, and UNIX datagrams that are short */
	POOL_OUTPUT,   /* engine_send(), and what a service says first */
	POOL_COUNT,
};

struct buffer {
	uint32_t next; /* in the pool's free list */
	uint32_t used; /* incremental: how far the kernel has filled it */
	uint16_t references;
	uint16_t position; /* where it stands in the kernel's ring */
	uint8_t pool;
};

struct pool {
	uint8_t *memory;
	uint32_t size;	  /* of a buffer */
	uint32_t receive; /* how much of it a receive may fill */
	uint32_t first;	  /* number of its first buffer */
	uint32_t count;
	uint32_t available; /* free, or with the kernel and empty */
	uint32_t free;	    /* head of the list of those that are not with the kernel */
	bool few;	    /* fewer than half were left in the last turn */
	uint32_t starved_head, starved_tail; /* connections that wait for a buffer */
	struct io_uring_buf_ring *ring;	     /* the kernel's ring, or NULL; see ring.h */
	uint32_t ring_mask;
	uint32_t ring_count;  /* buffers in it */
	uint32_t ring_taken;  /* that the kernel took since the ring was last filled */
	uint32_t ring_peak;   /* most that it took between two fillings */
	uint32_t ring_recent; /* ... in the present window of turns */
	uint32_t ring_turns;  /* of that window */
	uint32_t ring_limit;  /* so many are put into it: more are not there at once */
	uint32_t ring_added;  /* put into the ring, not yet shown to the kernel */
};

struct segment {
	uint8_t *data;
	uint32_t length;
	uint32_t buffer;       /* its (first) buffer */
	uint32_t next;	       /* in the connection's queue, or in the free list */
	uint16_t buffers;      /* how many, side by side in memory */
	bool talk;	       /* comes back as MESSAGE_SENT */
	bool quiet;	       /* uring: first of a run whose send speaks up only if it fails */
	uint8_t traffic_class; /* of the datagram that it becomes; 0: the socket's */
	bool departs;	       /* a datagram that asks for its departure ... */
	uint32_t departure;    /* ... by this name */
};

struct buffers {
	struct pool pools[POOL_COUNT];
	struct buffer *table;
	uint32_t count;
	struct segment *segments;
	uint32_t segment_count;
	uint32_t segment_free;
	uint32_t segments_free; /* how many */
	uint32_t streams_large; /* that receive into the large pool */
	uint8_t *block;
	size_t block_size;
};

/* Allocate and touch all pools as engine->config says. huge: ask for huge pages. */
int buffers_init(struct engine *engine, bool huge);
void buffers_finish(struct engine *engine);

/* Let go of one reference. */
void buffer_release(struct engine *engine, uint32_t number);

/* Give a segment back, and its hold on its buffers. */
void segment_release(struct engine *engine, uint32_t number);

#endif
