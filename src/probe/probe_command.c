/* ringside probe: what this kernel offers, which backend would be taken, what limits us. */
#include <stdio.h>
#include <string.h>

#include <ringside/engine.h>

#include "base/log.h"
#include "base/option.h"
#include "commands.h"
#include "report.h"

struct probe_options {
	bool json;
};

static const struct option_row rows[] = {
	{ .name = "json",
	  .type = OPTION_FLAG,
	  .at = OPTION_AT(struct probe_options, json),
	  .help = "print a JSON document" },
	{ 0 },
};

static const struct option_table table = {
	.summary = "Say what this kernel offers to ringside, feature by feature and found by "
		   "trying; which backend --backend auto would take, and why; and which limits and "
		   "properties of this machine bear on its figures.",
	.details = "Exit status: 0 if a backend can be opened, 2 if none can.",
	.rows = rows,
};

static void try_backend(struct probe *probe)
{
	struct engine_config config;
	struct engine *engine;
	const char *reason = NULL;

	engine_config_init(&config);
	probe->engine_error = engine_open_auto(&config, &engine, &reason);
	if (probe->engine_error < 0)
		return;
	probe->backend = backend_name(engine_backend(engine));
	probe->reason = reason ? reason : "io_uring can be set up, with all that ringside needs";
	for (int id = 0; id < FEATURE_COUNT; id++)
		probe->effective[id] = engine_features(engine)[id].effective;
	engine_close(engine);
}

int command_probe(int argc, char **argv)
{
	struct probe_options options;
	struct probe probe = { 0 };
	struct error error;
	int result;

	result = options_parse(&table, argc, argv, &options, &error);
	options_finish(&table, &options);
	if (result < 0)
		return fail_usage(EXIT_CANNOT, "%s", error.text);
	probe.uring_error = features_probe(probe.states);
	try_backend(&probe);
	if (!options.json)
		probe_print(&probe, stdout);
	else if (probe_write_json(&probe, &error) < 0)
		return fail(EXIT_CANNOT, "%s", error.text);
	if (probe.engine_error < 0)
		return fail(EXIT_CANNOT, "neither io_uring nor epoll can be opened: %s",
			    strerror(-probe.engine_error));
	return EXIT_GOOD;
}
