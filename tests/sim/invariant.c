#include "invariant.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "sim/descriptor.h"
#include "sim/ring.h"
#include "sim/world.h"
#include "witness.h"

static struct record *the_record;

void invariant_begin(struct record *record)
{
	the_record = record;
}

_Noreturn void violated(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(the_record->broken, sizeof(the_record->broken), format, arguments);
	va_end(arguments);
	if (world_get())
		world_note("broken: %s", the_record->broken);
	(void)fflush(NULL);
	_exit(1);
}

uint64_t invariant_excuses(void)
{
	static const enum fault excuses[] = { FAULT_SEND_ERROR, FAULT_RECEIVE_ERROR,
					      FAULT_ACCEPT_ERROR };
	uint64_t sum = witness_excuses();

	for (size_t i = 0; i < sizeof(excuses) / sizeof(excuses[0]); i++)
		sum += world_fault_count(excuses[i]);
	return sum;
}

bool invariant_has_said(const char *text)
{
	return strstr(the_record->said, text) != NULL;
}

void invariant_end(void)
{
	if (descriptor_count() > 0)
		violated("%u descriptors are left open", descriptor_count());
	if (sim_ring_misuses() > 0)
		violated("memory was changed that a send was still reading");
	if (witness_engines() > 0)
		violated("%u engines are left open", witness_engines());
	if (memory_blocks() > 0)
		violated("%u blocks of memory are not given back", memory_blocks());
}
