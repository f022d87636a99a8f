#include "advice.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "floor.h"
#include "sentence.h"
#include "value.h"

/* So many metrics are named in a warning. */
#define NAMED_MAX 4

/* What makes two machines, or two states of one, incomparable. */
static const char *const places[] = {
	"host", "kernel", "cpu", "network", "server_cpus", "load_cpus"
};

static int warn_of_order(struct duel *duel)
{
	if (duel->origin != DUEL_FILES)
		return 0;
	return duel_warn(duel,
			 "base and new were measured one after the other: a drift of this "
			 "machine cannot be told from a change; ringside compare --a 'COMMAND' "
			 "--b 'COMMAND' measures in turns");
}

static int warn_of_places(struct duel *duel)
{
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *base = sample_set_setting_find(&duel->base.set, places[i]);
		const char *changed = sample_set_setting_find(&duel->changed.set, places[i]);

		if (base && changed && strcmp(base, changed) != 0)
			error |= duel_warn(duel,
					   "%s differs: base was measured with '%.100s', "
					   "new with '%.100s'",
					   places[i], base, changed);
	}
	return error;
}

static int warn_of_notes(struct duel *duel, const struct side *side)
{
	int error = 0;

	for (uint32_t i = 0; i < side->set.note_count; i++)
		error |= duel_warn(duel, "%s: %s", side->word, side->set.notes[i]);
	return error;
}

/* Names of metrics, with what is said of each, as long as a warning takes them. */
struct names {
	char text[400];
	uint32_t count;
};

static void name_add(struct names *names, const struct contest *contest, double share)
{
	if (names->count++ < NAMED_MAX)
		text_append(names->text, sizeof(names->text), "%s%s of %s",
			    names->count > 1 ? ", " : "", value_percent(share).text,
			    metric_title(contest->metric));
	else if (names->count == NAMED_MAX + 1)
		text_append(names->text, sizeof(names->text), " and more");
}

/* How large a change the noise hides: what can be detected, without what is needed to matter. */
static double hidden(const struct contest *contest)
{
	return expm1(log1p(contest->outcome.detectable) - log1p(contest->rule.least_effect));
}

static int warn_of_noise(struct duel *duel)
{
	struct names names = { 0 };

	for (uint32_t i = 0; i < duel->contests.count; i++) {
		const struct contest *contest = &duel->contests.items[i];

		/* What could be told nevertheless needs no advice. */
		if (contest->rule.judged && contest->outcome.decision == DECISION_INCONCLUSIVE &&
		    hidden(contest) > contest->rule.least_effect)
			name_add(&names, contest, hidden(contest));
	}
	if (names.count == 0)
		return 0;
	return duel_warn(duel,
			 "the least effect asked for is below the noise of these runs, in which "
			 "changes hide of up to %s: more or longer runs, a quieter machine, or a "
			 "larger --min-effect",
			 names.text);
}

static int warn_of_floor(struct duel *duel, const json_t *noise)
{
	struct names names = { 0 };

	for (uint32_t i = 0; i < duel->contests.count && noise; i++) {
		const struct contest *contest = &duel->contests.items[i];
		double found = floor_of(noise, contest->metric, contest->changed_count);

		if (contest->rule.judged && contest->rule.least_effect < found)
			name_add(&names, contest, found);
	}
	if (names.count == 0)
		return 0;
	return duel_warn(duel,
			 "the least effect asked for is below the noise of this machine (%s), in "
			 "which changes of so many runs hide of up to %s",
			 duel->options->noise, names.text);
}

/* A comparison that could not have found anything. */
static int warn_of_few(struct duel *duel)
{
	uint32_t few = 0, judged = 0, least;

	for (uint32_t i = 0; i < duel->contests.count; i++) {
		const struct contest *contest = &duel->contests.items[i];

		if (!contest->rule.judged || contest->outcome.counted)
			continue;
		judged++;
		few += contest->outcome.decision == DECISION_INCONCLUSIVE &&
		       !(contest->outcome.level > 0);
	}
	if (few == 0)
		return 0;
	least = decision_pairs_least(duel->options->confidence, judged);
	if (duel_is_paired(duel))
		return duel_warn(duel, "so few pairs cannot show a change: it takes %u at least",
				 least);
	return duel_warn(duel, "so few runs cannot show a change: several of each are needed");
}

static int warn_of_end(struct duel *duel)
{
	int error = 0;

	if (duel->out_of_time)
		error |= duel_warn(duel, "the time budget ended it after %u of %u pairs",
				   duel->pairs, duel->options->max_pairs);
	if (duel->signal)
		error |= duel_warn(duel, "signal %d ended it after %u of %u pairs", duel->signal,
				   duel->pairs, duel->options->max_pairs);
	return error;
}

int advice_add(struct duel *duel, const json_t *noise)
{
	int error = 0;

	error |= warn_of_order(duel);
	error |= warn_of_places(duel);
	error |= warn_of_notes(duel, &duel->base);
	error |= warn_of_notes(duel, &duel->changed);
	error |= warn_of_end(duel);
	error |= warn_of_few(duel);
	error |= warn_of_noise(duel);
	error |= warn_of_floor(duel, noise);
	return error;
}
