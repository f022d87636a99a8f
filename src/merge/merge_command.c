/* ringside merge: one result of many. */
#include <inttypes.h>

#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "match.h"
#include "options.h"
#include "part.h"
#include "sum.h"
#include "table.h"

static size_t broken_thresholds(const json_t *document)
{
	json_t *threshold;
	size_t i, broken = 0;

	json_array_foreach (json_object_get(document, "thresholds"), i, threshold) {
		broken += json_is_true(json_object_get(threshold, "kept")) ? 0 : 1;
	}
	return broken;
}

/* The same that ringside load would say of such a run. */
static int verdict(const json_t *document)
{
	double errors = member_count(document, "errors/total");
	double lost = member_count(document, "lost");
	size_t broken = broken_thresholds(document);

	if (errors > 0)
		return fail(EXIT_BAD, "the results have %.0f errors", errors);
	if (lost > 0)
		return fail(EXIT_BAD, "%.0f of %.0f requests were never answered", lost,
			    member_count(document, "sent"));
	if (broken > 0)
		return fail(EXIT_BAD, "%zu threshold%s broken", broken,
			    broken == 1 ? " was" : "s were");
	return EXIT_GOOD;
}

static int tell(const struct merge_options *options, json_t *document)
{
	struct error reason;

	if (!outputs_silence(&options->outputs, options->json))
		table_print(document, stdout);
	if (outputs_save(&options->outputs, document, &reason) != 0)
		return fail(EXIT_CANNOT, "--output: %s", reason.text);
	if (options->json && json_save(json_incref(document), options->json, &reason) != 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	return verdict(document);
}

static int merge(const struct merge_options *options, const struct part_list *parts,
		 const struct sum_command *command)
{
	struct error reason;
	json_t *document;
	int exit_code;

	if (parts_match(parts, options->allow_different_windows, &reason) != 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	if (parts_sum(parts, &options->percentiles, command, &document, &reason) != 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	exit_code = tell(options, document);
	json_decref(document);
	return exit_code;
}

static int prepare_and_merge(struct merge_options *options, const struct sum_command *command)
{
	struct part_list parts;
	struct error reason;
	int exit_code;

	if (options_parse(&merge_option_table, command->argc, command->argv, options, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (outputs_check_json(&options->outputs, options->json, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (json_try_path(options->json, &reason) != 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	if (outputs_try(&options->outputs, &reason) != 0)
		return fail(EXIT_CANNOT, "--output: %s", reason.text);
	if (parts_read(options->files.items, options->files.count, &parts, &reason) != 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	exit_code = merge(options, &parts, command);
	parts_finish(&parts);
	return exit_code;
}

int command_merge(int argc, char **argv)
{
	const struct sum_command command = { argc, argv };
	struct merge_options options = { 0 };
	int exit_code = prepare_and_merge(&options, &command);

	options_finish(&merge_option_table, &options);
	return exit_code;
}
