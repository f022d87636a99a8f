/* The files that a server needs after its start, as rules for Landlock. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/save.h"
#include "confine/landlock.h"
#include "sandbox.h"

/* The folder that path stands in, or NULL: no memory. The caller frees it. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Allow something in the folder that path stands in. */
static int allow_beside(int rules, const char *path, uint32_t rights)
{
	char *folder = folder_of(path);
	int error = folder ? landlock_allow(rules, folder, rights) : -ENOMEM;

	free(folder);
	return error;
}

/* A new file is written beside the old one and takes its place; a device is written to. */
static int allow_statistics(int rules, const char *path)
{
	struct stat status;
	char *place;
	int error = save_place(path, &place);

	if (error || !place)
		return error;
	if (stat(place, &status) == 0 && !S_ISREG(status.st_mode))
		error = landlock_allow(rules, place, LANDLOCK_WRITE);
	else
		error = allow_beside(rules, place, LANDLOCK_CREATE | LANDLOCK_REMOVE);
	free(place);
	return error;
}

static int allow_sockets(int rules, const struct listener_list *listeners)
{
	int error = 0;

	for (uint32_t i = 0; i < listeners->count && !error; i++)
		if (listeners->items[i].bound.inode)
			error = allow_beside(rules,
					     listeners->items[i].bound.address.local.sun_path,
					     LANDLOCK_REMOVE);
	return error;
}

/* The trial of huge pages, in each thread's engine, reads what the kernel says of our memory. */
static void allow_trials(int rules, const struct feature_request *request)
{
	if (request->on & 1u << FEATURE_HUGE_PAGES)
		(void)landlock_allow(rules, "/proc", LANDLOCK_READ);
}

/* Who asks over a UNIX datagram socket may have an abstract name, and nobody of ours made it. */
static uint32_t scopes(const struct listener_list *listeners)
{
	uint32_t all = LANDLOCK_TCP | LANDLOCK_ABSTRACT | LANDLOCK_SIGNALS;

	return listeners_transports(listeners) & 1u << TRANSPORT_UNIXGRAM ? all & ~LANDLOCK_ABSTRACT
									  : all;
}

int sandbox_rules(const struct serve_options *options, const struct listener_list *listeners,
		  const char *metrics)
{
	int rules = landlock_open(scopes(listeners));
	int error;

	if (rules < 0)
		return rules;
	error = allow_statistics(rules, options->json_stats);
	if (!error)
		error = allow_sockets(rules, listeners);
	if (!error && metrics)
		error = allow_beside(rules, metrics, LANDLOCK_REMOVE);
	allow_trials(rules, &options->features);
	if (!error)
		return rules;
	(void)close(rules);
	return error;
}

void sandbox_tell_files(const struct listener_list *listeners)
{
	for (uint32_t i = 0; i < listeners->count; i++) {
		const struct listening *bound = &listeners->items[i].bound;
		char *folder = bound->inode ? folder_of(bound->address.local.sun_path) : NULL;

		if (folder && faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) < 0)
			say("%s will stay behind, since --user may not write in its folder; the "
			    "next start replaces it",
			    bound->address.local.sun_path);
		free(folder);
	}
}
