#include "usage/proc_process.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Fields of stat behind the name: the state is 0 (proc_pid_stat(5) calls it 3). */
enum field {
	FIELD_USER = 11,
	FIELD_SYSTEM = 12,
	FIELD_CHILDREN_USER = 13,
	FIELD_CHILDREN_SYSTEM = 14,
	FIELD_START = 19,
	FIELD_COUNT
};

/* A number, which must be there, and what follows it. */
static int number_parse(const char *text, uint64_t *ret_number, const char **ret_rest)
{
	char *end;
	uint64_t number = strtoull(text, &end, 10);

	if (end == text)
		return -EINVAL;
	*ret_number = number;
	*ret_rest = end;
	return 0;
}

int process_stat_parse(const char *text, struct process_stat *ret_stat)
{
	const char *at = strrchr(text, ')');
	uint64_t fields[FIELD_COUNT] = { 0 };
	char state;

	if (!at || at[1] != ' ' || at[2] == '\0')
		return -EINVAL;
	state = at[2];
	at += 3;
	for (int field = 1; field < FIELD_COUNT; field++)
		if (number_parse(at, &fields[field], &at) < 0)
			return -EINVAL;
	*ret_stat = (struct process_stat){
		.state = state,
		.user_ticks = fields[FIELD_USER],
		.system_ticks = fields[FIELD_SYSTEM],
		.waited_ticks = fields[FIELD_CHILDREN_USER] + fields[FIELD_CHILDREN_SYSTEM],
		.start_ticks = fields[FIELD_START],
	};
	return 0;
}

int schedstat_parse(const char *text, uint64_t *ret_cpu_ns)
{
	const char *rest;

	return number_parse(text, ret_cpu_ns, &rest);
}

/* The number behind a name with which a line begins. */
static int status_find(const char *text, const char *name, uint64_t *ret_value)
{
	const char *at = strstr(text, name), *rest;

	return at ? number_parse(at + strlen(name), ret_value, &rest) : -EINVAL;
}

int switches_parse(const char *text, uint64_t *ret_voluntary, uint64_t *ret_involuntary)
{
	uint64_t voluntary, involuntary;
	int error = status_find(text, "\nvoluntary_ctxt_switches:", &voluntary);

	if (!error)
		error = status_find(text, "\nnonvoluntary_ctxt_switches:", &involuntary);
	if (error)
		return error;
	*ret_voluntary = voluntary;
	*ret_involuntary = involuntary;
	return 0;
}

bool ignores_children(const char *status)
{
	static const char name[] = "\nSigIgn:";
	const char *at = strstr(status, name);

	return at && strtoull(at + strlen(name), NULL, 16) >> (SIGCHLD - 1) & 1;
}

uint32_t children_parse(const char *text, pid_t *ret_children, uint32_t max)
{
	uint64_t child;
	uint32_t count = 0;

	while (number_parse(text, &child, &text) == 0 && child > 0 && child <= INT_MAX) {
		if (count < max)
			ret_children[count] = (pid_t)child;
		count++;
	}
	return count;
}
