#include "usage/family.h"

#include <stddef.h>

#include "usage/proc_stat.h"

/* The user's and the system's part are each rounded, at both moments. */
#define ROUNDING_TICKS 2

static const struct usage_process *find(const struct usage_reading *reading, pid_t id)
{
	for (uint32_t i = 0; i < reading->process_count && id != 0; i++)
		if (reading->processes[i].id == id)
			return &reading->processes[i];
	return NULL;
}

/* The same process in another reading; NULL: it is not there. */
static const struct usage_process *find_same(const struct usage_reading *reading,
					     const struct usage_process *process)
{
	const struct usage_process *same = find(reading, process->id);

	return same && same->start_ticks == process->start_ticks ? same : NULL;
}

/* Who has the account of one that has ended, by its place in the earlier reading: the next ancestor
 * that is still there. Nobody, if one of them was not read: process_count. */
static uint32_t heir(const struct usage_reading *later, const struct usage_reading *earlier,
		     const struct usage_process *ended)
{
	const struct usage_process *parent = find(earlier, ended->parent);

	for (uint32_t i = 0; i < earlier->process_count && parent; i++) {
		if (find_same(later, parent))
			return (uint32_t)(parent - earlier->processes);
		parent = find(earlier, parent->parent);
	}
	return earlier->process_count;
}

/* What those who have ended had used at the earlier moment has to be with their heirs by now. */
static bool are_ended_inherited(const struct usage_reading *later,
				const struct usage_reading *earlier)
{
	uint64_t inherited_ns[USAGE_PROCESSES_MAX + 1] = { 0 };
	uint32_t count = earlier->process_count;

	for (uint32_t i = 0; i < count; i++) {
		const struct usage_process *process = &earlier->processes[i];

		if (process->id != 0 && !find_same(later, process))
			inherited_ns[heir(later, earlier, process)] += process->own_ns +
								       process->waited_ns;
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct usage_process *process = &earlier->processes[i];
		const struct usage_process *now = find_same(later, process);

		if (now && now->waited_ns + ROUNDING_TICKS * proc_tick_ns() <
				   process->waited_ns + inherited_ns[i])
			return false;
	}
	return inherited_ns[count] == 0;
}

/* Is there a child in one reading that the other has not, of a parent that ignores its children?
 * Then others may have come and gone. */
static bool has_forgotten(const struct usage_reading *one, const struct usage_reading *other)
{
	for (uint32_t i = 0; i < one->process_count; i++) {
		const struct usage_process *process = &one->processes[i];
		const struct usage_process *parent = find(one, process->parent);

		if (process->id != 0 && parent && parent->ignores_children &&
		    !find_same(other, process))
			return true;
	}
	return false;
}

bool family_is_accounted(const struct usage_reading *later, const struct usage_reading *earlier)
{
	if (earlier->process_count == 0 || !find_same(later, &earlier->processes[0]))
		return false;
	return are_ended_inherited(later, earlier) && !has_forgotten(later, earlier) &&
	       !has_forgotten(earlier, later);
}
