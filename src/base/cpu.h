/* Which CPUs there are for us, and which of them a thread runs on. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

#define CPU_COUNT_MAX 1024

/* CPUs in the order they were given; thread i of a command belongs on cpus[i % count]. */
struct cpu_list {
	uint32_t count;
	uint16_t cpus[CPU_COUNT_MAX];
};

/* Parse "0-3,8" into a list; says what is wrong with it. Does not ask whether they exist.
 * Errors: EINVAL. */
int cpu_list_parse(const char *text, struct cpu_list *ret_list, struct error *ret_error);

/* The same for option rows of type OPTION_CUSTOM. */
int cpus_parse(const char *text, void *ret_list, struct error *ret_error);
json_t *cpus_to_json(const void *list);

/* The CPUs this process may use. */
int cpu_list_allowed(struct cpu_list *ret_list);

/* Does this process have every CPU of the list? Errors: ENODEV, with a sentence. */
int cpu_list_check(const struct cpu_list *list, struct error *ret_error);

/* How many CPUs this process may use, at least 1. */
uint32_t cpu_count_allowed(void);

/* Threads where the number is left open: one for each CPU of the list, or, if it is empty, for each
 * that this process may use. */
uint32_t cpu_thread_count(const struct cpu_list *list);

/* Let the calling thread run on this CPU only. Errors: those of sched_setaffinity(). */
int cpu_pin(uint32_t cpu);

/* The same for a list of CPUs, which is not empty. */
int cpu_list_pin(const struct cpu_list *list);

#endif
