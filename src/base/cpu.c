#include "base/cpu.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/json.h"

static bool list_has(const struct cpu_list *list, uint16_t cpu)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->cpus[i] == cpu)
			return true;
	return false;
}

/* A CPU's number, digits only. */
static int number_parse(const char **text, uint16_t *ret_cpu)
{
	char *end;
	unsigned long value;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	value = strtoul(*text, &end, 10);
	if (value >= CPU_COUNT_MAX)
		return -ERANGE;
	*text = end;
	*ret_cpu = (uint16_t)value;
	return 0;
}

/* "3" or "0-3", added to the list; a CPU that is in it already stays where it is. */
static int range_parse(const char **text, struct cpu_list *list)
{
	uint16_t first, last;
	int error = number_parse(text, &first);

	if (error)
		return error;
	last = first;
	if (**text == '-') {
		(*text)++;
		error = number_parse(text, &last);
	}
	if (error)
		return error;
	if (last < first)
		return -EINVAL;
	for (uint32_t cpu = first; cpu <= last; cpu++)
		if (!list_has(list, (uint16_t)cpu))
			list->cpus[list->count++] = (uint16_t)cpu;
	return 0;
}

int cpu_list_parse(const char *text, struct cpu_list *ret_list, struct error *ret_error)
{
	struct cpu_list list = { .count = 0 };
	const char *at = text;
	int error;

	do {
		error = range_parse(&at, &list);
		if (error == -ERANGE)
			return error_set(ret_error, -EINVAL, "'%s': CPUs go from 0 to %d", text,
					 CPU_COUNT_MAX - 1);
	} while (!error && *at == ',' && *++at);
	if (error || *at || at[-1] == ',')
		return error_set(ret_error, -EINVAL,
				 "'%s' is not a list of CPUs (numbers and ranges: 0-3,8)", text);
	*ret_list = list;
	return 0;
}

int cpus_parse(const char *text, void *ret_list, struct error *ret_error)
{
	return cpu_list_parse(text, ret_list, ret_error);
}

json_t *cpus_to_json(const void *list)
{
	const struct cpu_list *cpus = list;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < cpus->count; i++)
		error |= json_append(array, json_integer(cpus->cpus[i]));
	return json_complete(array, error);
}

int cpu_list_allowed(struct cpu_list *ret_list)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return -errno;
	ret_list->count = 0;
	for (uint16_t cpu = 0; cpu < CPU_COUNT_MAX; cpu++)
		if (CPU_ISSET(cpu, &set))
			ret_list->cpus[ret_list->count++] = cpu;
	return 0;
}

int cpu_list_check(const struct cpu_list *list, struct error *ret_error)
{
	struct cpu_list allowed;
	int error = list->count > 0 ? cpu_list_allowed(&allowed) : 0;

	if (error)
		return error_set(ret_error, error, "cannot tell which CPUs are ours");
	for (uint32_t i = 0; i < list->count; i++)
		if (!list_has(&allowed, list->cpus[i]))
			return error_set(ret_error, -ENODEV,
					 "CPU %u is not ours to use (%u CPUs are, from %u to %u)",
					 list->cpus[i], allowed.count, allowed.cpus[0],
					 allowed.cpus[allowed.count - 1]);
	return 0;
}

uint32_t cpu_count_allowed(void)
{
	struct cpu_list allowed = { 0 };

	return cpu_list_allowed(&allowed) < 0 ? 1 : allowed.count;
}

uint32_t cpu_thread_count(const struct cpu_list *list)
{
	return list->count > 0 ? list->count : cpu_count_allowed();
}

int cpu_list_pin(const struct cpu_list *list)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (uint32_t i = 0; i < list->count; i++)
		CPU_SET(list->cpus[i], &set);
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}

int cpu_pin(uint32_t cpu)
{
	const struct cpu_list list = { .count = 1, .cpus = { (uint16_t)cpu } };

	return cpu_list_pin(&list);
}
