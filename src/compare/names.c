#include "names.h"

#include <stdio.h>
#include <string.h>

#define CUT ", ..."

void names_add(const char *name, char *names, size_t size)
{
	size_t used = strlen(names), cut = sizeof(CUT) - 1;

	if (used >= cut && strcmp(names + used - cut, CUT) == 0)
		return;
	if (used + strlen(name) + sizeof(", ''" CUT) <= size)
		(void)snprintf(names + used, size - used, "%s'%s'", used > 0 ? ", " : "", name);
	else
		(void)snprintf(names + used, size - used, "%s", used > 0 ? CUT : "...");
}
