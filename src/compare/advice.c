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

static int warn_of_order(struct finding *finding)
{
	if (finding->origin != FINDING_FILES)
		return 0;
	return finding_warn(finding,
			    "base and new were measured one after the other: a drift of this "
			    "machine cannot be told from a change; ringside compare --a 'COMMAND' "
			    "--b 'COMMAND' measures in turns");
}

static int warn_of_places(struct finding *finding)
{
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *base = sample_set_setting_find(&finding->base.set, places[i]);
		const char *changed = sample_set_setting_find(&finding->changed.set, places[i]);

		if (base && changed && strcmp(base, changed) != 0)
			error |= finding_warn(finding,
					      "%s differs: base was measured with '%.100s', "
					      "new with '%.100s'",
					      places[i], base, changed);
	}
	return error;
}

static int warn_of_notes(struct finding *finding, const struct side *side)
{
	int error = 0;

	for (uint32_t i = 0; i < side->set.note_count; i++)
		error |= finding_warn(finding, "%s: %s", side->word, side->set.notes[i]);
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

static int warn_of_noise(struct finding *finding)
{
	struct names names = { 0 };

	for (uint32_t i = 0; i < finding->contests.count; i++) {
		const struct contest *contest = &finding->contests.items[i];

		/* What could be told nevertheless needs no advice. */
		if (contest->rule.judged && contest->outcome.decision == DECISION_INCONCLUSIVE &&
		    hidden(contest) > contest->rule.least_effect)
			name_add(&names, contest, hidden(contest));
	}
	if (names.count == 0)
		return 0;
	return finding_warn(
		finding,
		"the least effect asked for is below the noise of these runs, in which "
		"changes hide of up to %s: more or longer runs, a quieter machine, or a "
		"larger --min-effect",
		names.text);
}

static int warn_of_floor(struct finding *finding, const json_t *noise)
{
	struct names names = { 0 };

	for (uint32_t i = 0; i < finding->contests.count && noise; i++) {
		const struct contest *contest = &finding->contests.items[i];
		double found = floor_of(noise, contest->metric, contest->changed_count);

		if (contest->rule.judged && contest->rule.least_effect < found)
			name_add(&names, contest, found);
	}
	if (names.count == 0)
		return 0;
	return finding_warn(finding,
			    "the least effect asked for is below what so many runs find on this "
			    "machine (%s): %s",
			    finding->options->noise, names.text);
}

/* A comparison that could not have found anything. */
static int warn_of_few(struct finding *finding)
{
	uint32_t few = 0, judged = 0, least;

	for (uint32_t i = 0; i < finding->contests.count; i++) {
		const struct contest *contest = &finding->contests.items[i];

		if (!contest->rule.judged || contest->outcome.counted)
			continue;
		judged++;
		few += contest->outcome.decision == DECISION_INCONCLUSIVE &&
		       !(contest->outcome.level > 0);
	}
	if (few == 0)
		return 0;
	least = decision_pairs_least(finding->options->confidence, judged);
	if (finding_is_paired(finding))
		return finding_warn(
			finding, "so few pairs cannot show a change: it takes %u at least", least);
	return finding_warn(finding,
			    "so few runs cannot show a change: several of each are needed");
}

static int warn_of_end(struct finding *finding)
{
	int error = 0;

	if (finding->out_of_time)
		error |= finding_warn(finding, "the time budget ended it after %u of %u pairs",
				      finding->pairs, finding->options->max_pairs);
	if (finding->signal)
		error |= finding_warn(finding, "signal %d ended it after %u of %u pairs",
				      finding->signal, finding->pairs, finding->options->max_pairs);
	return error;
}

int advice_add(struct finding *finding, const json_t *noise)
{
	int error = 0;

	error |= warn_of_order(finding);
	error |= warn_of_places(finding);
	error |= warn_of_notes(finding, &finding->base);
	error |= warn_of_notes(finding, &finding->changed);
	error |= warn_of_end(finding);
	error |= warn_of_few(finding);
	error |= warn_of_noise(finding);
	error |= warn_of_floor(finding, noise);
	return error;
}
