#include "names.h"

#include <string.h>

#include "base/text.h"

#define CUT ", ..."

void names_add(const char *name, char *names, size_t size)
{
	size_t used = strlen(names), cut = sizeof(CUT) - 1;

	if (used >= cut && strcmp(names + used - cut, CUT) == 0)
		return;
	if (used + strlen(name) + sizeof(", ''" CUT) <= size)
		text_append(names, size, "%s'%s'", used > 0 ? ", " : "", name);
	else
		text_append(names, size, "%s", used > 0 ? CUT : "...");
}
