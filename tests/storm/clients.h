/*
 * Thousands of clients of one server, by plain epoll and nothing of ringside's, so that what it
 * says of ringside is a stranger's word. What each kind of client does, and what came of them all.
 *
 *	IDLE ──► CONNECTING ──► TALKING ──► ENDING ──► IDLE (churn: the next conversation)
 *
 * ENDING: output shut down, the server's end is waited for.
 */
#ifndef STORM_CLIENTS_H
#define STORM_CLIENTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define DEPTH_MAX 64u
#define SIZE_MAX_BYTES 65536u

enum behaviour {
	BEHAVIOUR_CHURN,  /* connect, ask, compare, close; then again */
	BEHAVIOUR_TALK,	  /* ask again and again until the server ends it */
	BEHAVIOUR_SILENT, /* connect and say nothing */
	BEHAVIOUR_DEAF,	  /* send as much as gets through, read nothing */
	BEHAVIOUR_COUNT,
};

enum client_state { CLIENT_IDLE, CLIENT_CONNECTING, CLIENT_TALKING, CLIENT_ENDING };

struct client {
	int fd;
	enum client_state state;
	uint32_t number;   /* of the conversation; decides what is said */
	uint32_t asked;	   /* requests of which every byte has been sent */
	uint32_t answered; /* requests of which every byte came back */
	uint32_t out, in;  /* bytes of the request being sent, of the answer being received */
	uint64_t asked_ns[DEPTH_MAX]; /* when the last byte of request i % DEPTH_MAX was sent */
};

struct options {
	enum behaviour behaviour;
	struct sockaddr_in server;
	uint32_t clients;     /* at a time */
	uint32_t count;	      /* churn: conversations in all */
	uint32_t rate;	      /* churn: conversations begun a second; 0: as many as can be */
	uint32_t size;	      /* of a request, bytes */
	uint32_t depth;	      /* talk: requests without an answer, at most */
	uint32_t sources;     /* addresses of 127.1/16 to come from; 0: whatever the kernel takes */
	uint32_t failure_max; /* churn: begin no more after so many failed connects */
	uint32_t deadline_s;
};

/* What came of them; times are those of CLOCK_MONOTONIC. */
struct outcome {
	uint32_t begun, connected, failed, ended, reset;
	uint64_t answered, wrong_bytes, surplus_bytes, bytes;
	uint64_t connect_ns_max;
	int first_error;	 /* of a connect */
	bool late;		 /* the deadline came first */
	uint64_t *unanswered_ns; /* when requests were sent of which no whole answer came */
	uint32_t unanswered;
};

struct storm {
	struct options options;
	struct outcome outcome;
	struct client *table;
	int epoll;
	uint32_t connecting, open;
	bool ending; /* begin and ask no more */
	uint64_t begun_ns;
};

uint64_t clock_now_ns(void);

/* Begin a client's next conversation. Returns 0, or -errno where no socket can be made. */
int client_begin(struct storm *storm, struct client *client);

/* Something happened to its socket: go on as far as can be without waiting. */
void client_event(struct storm *storm, struct client *client, uint32_t events);

#endif
