#include "backlog.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/option.h"

#define SOMAXCONN_PATH "/proc/sys/net/core/somaxconn"

uint32_t backlog_fit(uint32_t wanted, uint32_t most)
{
	if (wanted == OPTION_AUTO)
		wanted = BACKLOG_STANDARD;
	return most > 0 && most < wanted ? most : wanted;
}

uint32_t backlog_most(void)
{
	FILE *file = fopen(SOMAXCONN_PATH, "re");
	uint32_t most = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%" SCNu32, &most) != 1)
		most = 0;
	(void)fclose(file);
	return most;
}
