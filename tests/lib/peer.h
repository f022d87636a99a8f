/*
 * The other end of a test's conversation: plain sockets whose every wait ends at a deadline. What
 * goes wrong here ends the test.
 */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "address.h"
#include "retry.h"

/* Long enough for a loaded machine under a sanitizer; only a failing test waits so long. */
enum { PEER_DEADLINE_S = 20 };

/* A socket with a deadline on everything it does, bound to near unless that is NULL. */
int peer_socket(int type, int family, const struct address *near);

/* A bound socket for the engine to serve, listening if its type does that, with so many clients
 * waiting at most. */
int peer_bind(int type, const struct address *at, int backlog);

/* Connect a socket. */
void peer_join(int fd, const struct address *to);

/* Connected; a UNIX datagram socket gets an address of its own, or it could not be answered. */
int peer_connect(int type, const struct address *to);

/* All bytes, however many calls it takes. */
void peer_send(int fd, const void *bytes, size_t length);

/* Exactly length bytes. */
void peer_receive(int fd, void *bytes, size_t length);

/* The peer's end of the stream has come, and nothing before it. */
void peer_expect_end(int fd);

/* The connection ends in a reset; what comes before is thrown away. */
void peer_expect_reset(int fd);

/* Nothing has arrived. Call it when an answer would have been here already. */
void peer_expect_nothing(int fd);

/* Close with a reset instead of an end. */
void peer_reset(int fd);

/* The bytes of conversation number seed from offset on; no period that a buffer could hide. */
void pattern_fill(uint32_t seed, size_t offset, void *bytes, size_t length);
void pattern_check(uint32_t seed, size_t offset, const void *bytes, size_t length);

/* A message of the pattern and its echo: on a stream the bytes, else one datagram or record. */
void peer_echo(int fd, uint32_t seed, size_t length);
void peer_send_pattern(int fd, uint32_t seed, size_t length);
void peer_receive_pattern(int fd, uint32_t seed, size_t length);

/* How a stream's bytes go out and come back at the same time. */
struct exchange {
	uint32_t seed;
	size_t total;
	size_t write_max, read_max; /* bytes a call; 0: as many as the kernel takes */
	bool slow;		    /* reads only when nothing more can be written */
	bool half_close;	    /* ends its output after the last byte, then expects the end */
};

void peer_exchange(int fd, const struct exchange *exchange);

#endif
