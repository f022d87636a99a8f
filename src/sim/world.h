/*
 * A simulated machine: one thread, a clock of its own, chance from a seed, and what happens next.
 *
 * The code under test is not changed and does not know. Where it makes a system call or one of
 * liburing's calls, a test program is linked (ld --wrap, src/sim/meson.build) so that the call is
 * answered here: calls*.c takes the place of the C library's functions, ring*.c of liburing's. So
 * both backends, the server and the load generator run on it as they are, and the code that handles
 * completions is the code under test. A third backend beside uring and epoll would be a twin that
 * leaves just that code out.
 *
 *	world ──► event (due at a time): a peer acts, bytes arrive, a signal, a timeout
 *	      ──► task (task.h): a thread of the program under test; runs until it would sleep
 *	      ──► descriptor (descriptor.h) ──► socket (socket.h), epoll, ring, eventfd, signalfd
 *
 * With the same seed, options and program everything happens again in the same order; the
 * transcript says what, and its hash whether it is the same. There is one world at a time in a
 * process: the calls have no argument that could name it.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fault.h"

/* The first descriptor of a world; below it are the real ones of the process, on which the wrapped
 * calls do what they always do. */
#define WORLD_DESCRIPTOR_FIRST 1000

struct world_options {
	uint64_t seed;
	uint64_t event_max;	 /* then world_run() ends; 0: never */
	uint32_t descriptor_max; /* open at a time, as RLIMIT_NOFILE; 0: 4096 */
	struct fault_rates faults;
	FILE *transcript; /* a line for everything that happens; NULL: only its hash */
};

struct world;

/* Make the world, and destroy it: all its descriptors, tasks and events. Errors: ENOMEM, EEXIST. */
int world_open(const struct world_options *options);
void world_close(void);

/* The one world, or NULL: then all wrapped calls are the real ones. */
struct world *world_get(void);

/* How many there were, with this one. */
uint64_t world_number(void);

/*
 * What every simulated call begins with: it is counted, a little time passes, and what has become
 * due happens; another task may have its turn. So whatever the caller has looked at before may have
 * changed.
 */
void world_enter(void);

/* The same for calls that only read a clock: these are not counted, and hardly take time. */
void world_glance(void);

/* Nanoseconds of its CLOCK_MONOTONIC, which begins at an hour, and of CLOCK_REALTIME, which jumps
 * (FAULT_CLOCK_STEP). Time passes when nobody can run, and a little (seeded) with every call. */
uint64_t world_now_ns(void);
int64_t world_wall_ns(void);
void world_step_wall(int64_t by_ns);

/* Chance: 64 bits; below n (> 0); does this fault happen now? A hit is counted and noted. */
uint64_t world_random(void);
uint32_t world_below(uint32_t n);
bool world_fault(enum fault fault);
uint64_t world_fault_count(enum fault fault);

/* Have act(argument) called at a time, not within the caller. Returns its number, never 0, for
 * world_forget(); one that has happened is forgotten already. Events at the same time happen in the
 * order of a seeded draw, unless ordered: then after those that were added before for that time. */
uint64_t world_at(uint64_t due_ns, void (*act)(void *argument), void *argument);
uint64_t world_at_ordered(uint64_t due_ns, void (*act)(void *argument), void *argument);
void world_forget(uint64_t number);

/* Run tasks and events until all tasks have ended: 0; or nothing can ever happen any more although
 * tasks wait: -EDEADLK; or event_max was passed: -EOVERFLOW (a livelock, or a run too long). */
int world_run(void);

/* What has happened so far: events, switches to a task and simulated calls together. */
uint64_t world_events(void);

/* A line of the transcript. The hash covers the time and the text. */
void world_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t world_transcript_hash(void);

/* The same for what happens often: a word, what it happened to (a descriptor), what came of it. */
void world_trace(const char *word, int64_t subject, int64_t result);

/* A signal to the program: to the descriptors of signalfd(2) that wait for it, or else to the
 * handler of sigaction(2), or nothing. Not within a task's call. */
void world_signal(int number);

/* Called after every event and every simulated call that waits, by whoever checks that all is as it
 * must be (tests/sim/invariant.c). NULL: nobody. */
void world_watch(void (*check)(void *argument), void *argument);

#endif
