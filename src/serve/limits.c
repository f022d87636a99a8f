#include "limits.h"

#include <errno.h>
#include <inttypes.h>

#include "base/files.h"

#define FILES_MAX 1048576ull /* more than anybody needs; the kernel's own default maximum */

static uint64_t files_needed(uint32_t connections, uint32_t threads, uint32_t listeners)
{
	return FILES_OF_PROCESS +
	       (uint64_t)threads * (FILES_OF_THREAD + (uint64_t)listeners + connections);
}

uint32_t limits_connections(uint64_t files_max, uint32_t threads, uint32_t listeners)
{
	uint64_t others = files_needed(0, threads, listeners);

	return files_max > others ? (uint32_t)((files_max - others) / threads) : 0;
}

int limits_fit(const struct serve_options *options, uint32_t listeners, uint32_t wanted,
	       uint32_t *ret_connections, struct error *ret_error)
{
	uint32_t asked = options->connections, threads = options->threads;
	uint64_t raised = files_raise(FILES_MAX);
	uint64_t files_max = raised < FILES_MAX ? raised : FILES_MAX;
	uint32_t room = limits_connections(files_max, threads, listeners);

	if (room == 0)
		return error_set(ret_error, -EMFILE,
				 "this process may open only %" PRIu64
				 " files (ulimit -Hn): too few for one connection on each of "
				 "%u threads",
				 files_max, threads);
	if (asked > room)
		return error_set(
			ret_error, -EMFILE,
			"--connections %u on %u threads needs %" PRIu64
			" files, and this process may open %" PRIu64 " (ulimit -Hn); %u would fit",
			asked, threads, files_needed(asked, threads, listeners), files_max, room);
	if (asked == OPTION_AUTO)
		asked = wanted < room ? wanted : room;
	*ret_connections = asked;
	return 0;
}
