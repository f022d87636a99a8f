/*
 * A script of system calls that runs on the real kernel and on the simulated one and writes down
 * what each call said: the two must be the same.
 */
#ifndef TESTS_SIM_SCRIPT_H
#define TESTS_SIM_SCRIPT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define SCRIPT_TEXT_MAX 8192

struct script_log {
	char text[SCRIPT_TEXT_MAX];
	size_t length;
};

/* Run it on both and compare what was written down. */
void script_compare(const char *name, void (*run)(struct script_log *log));

/* Write a line. */
void script_say(struct script_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What a call has returned, and its error if it failed. Returns it. */
long script_did(struct script_log *log, const char *what, long result);

/* Wait until the descriptor has one of these events, for two seconds at most; then write down all
 * that poll(2) says of it. */
void script_await(struct script_log *log, const char *what, int fd, short events);

/* Send and receive without waiting, written down with the bytes. */
void script_send(struct script_log *log, int fd, const char *text);
void script_receive(struct script_log *log, int fd, size_t room);

/* All of so many bytes, which a stream may bring in pieces. */
void script_gather(struct script_log *log, int fd, size_t length);

/* What poll(2) says of it now. */
void script_poll(struct script_log *log, const char *what, int fd);

/* SO_ERROR, told once. */
void script_error(struct script_log *log, int fd);

/* A socket bound to 127.0.0.1, listening if it is a stream; not to wait. */
int script_bound(int type, struct sockaddr_storage *ret_name, socklen_t *ret_length);

/* Two connected TCP sockets on 127.0.0.1, ends[0] the client's, or ends of a socketpair. */
void script_connect(int ends[2]);
void script_pair(int type, int ends[2]);

#endif
