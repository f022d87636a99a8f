#include "tally.h"

#include <errno.h>
#include <inttypes.h>

#include "base/json.h"

void tally_add(struct tally *tally, const struct record *record)
{
	tally->seeds++;
	tally->failed += record->broken[0] != '\0';
	tally->events += record->events;
	for (int i = 0; i < FAULT_COUNT; i++)
		tally->faults[i] += record->faults[i];
}

void tally_merge(struct tally *tally, const struct tally *from)
{
	tally->seeds += from->seeds;
	tally->failed += from->failed;
	tally->replayed += from->replayed;
	tally->events += from->events;
	for (int i = 0; i < FAULT_COUNT; i++)
		tally->faults[i] += from->faults[i];
}

void tally_print(const struct tally *tally, FILE *file)
{
	(void)fprintf(file,
		      "%" PRIu64 " seeds, %" PRIu64 " failed, %" PRIu64
		      " replayed to the same transcript; %" PRIu64 " events\n\n",
		      tally->seeds, tally->failed, tally->replayed, tally->events);
	for (int i = 0; i < FAULT_COUNT; i++)
		(void)fprintf(file, "%-20s %12" PRIu64 "  %s\n", fault_rows[i].name,
			      tally->faults[i], fault_rows[i].meaning);
}

int tally_save(const struct tally *tally, const char *path, struct error *ret_error)
{
	json_t *object = json_object(), *faults = json_object();
	int error = 0;

	for (int i = 0; i < FAULT_COUNT; i++)
		error |= json_put_unsigned(faults, fault_rows[i].name, tally->faults[i]);
	error |= json_put_unsigned(object, "seeds", tally->seeds);
	error |= json_put_unsigned(object, "failed", tally->failed);
	error |= json_put_unsigned(object, "replayed", tally->replayed);
	error |= json_put_unsigned(object, "events", tally->events);
	error |= json_put_value(object, "faults", faults);
	return json_save(json_complete(object, error), path, ret_error);
}

enum fault tally_missing(const struct tally *tally)
{
	int i = 0;

	while (i < FAULT_COUNT && tally->faults[i] > 0)
		i++;
	return (enum fault)i;
}
