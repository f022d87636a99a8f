#include "find/finding.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/unit.h"
#include "commands.h"
#include "experiment/interrupt.h"

__attribute__((format(printf, 2, 3))) static void add(struct finding *finding, const char *format,
						      ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_append_list(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
}

static void objectives_add(const struct hunt *hunt, struct finding *finding)
{
	const struct string_list *objectives = &hunt->options->objectives;

	for (uint32_t i = 0; i < objectives->count; i++)
		add(finding, "%s%s",
		    i == 0			 ? ""
		    : i + 1 == objectives->count ? " and "
						 : ", ",
		    objectives->items[i]);
}

static struct unit_text rate_text(uint64_t rate)
{
	return count_text((double)rate);
}

/* Why not more. */
static void limit_add(const struct hunt *hunt, struct finding *finding)
{
	const struct step *limit = finding->limit;

	if (!limit)
		add(finding, ", and no higher rate was tried that they did not keep");
	else if (limit->judgement.limit == LIMIT_GENERATOR)
		add(finding, " or more: the generator, not the server, is the limit; at %s/s %s",
		    rate_text(limit->rate).text, limit->judgement.reason);
	else if (limit->judgement.limit == LIMIT_RATE)
		add(finding, "; at %s/s the server did not keep up: %s",
		    rate_text(limit->rate).text, limit->judgement.reason);
	else
		add(finding, "; at %s/s %s", rate_text(limit->rate).text, limit->judgement.reason);
}

static void tell_found(const struct hunt *hunt, struct finding *finding)
{
	const struct search *search = &hunt->search;

	add(finding, "%s/s keep ", rate_text(search->confirmed).text);
	objectives_add(hunt, finding);
	add(finding, " (%u of %u runs)", search->confirmed_kept, search->confirmations);
	limit_add(hunt, finding);
}

static void tell_never(const struct hunt *hunt, struct finding *finding)
{
	objectives_add(hunt, finding);
	if (finding->limit && finding->limit->judgement.limit == LIMIT_GENERATOR) {
		finding->exit_code = EXIT_INCONCLUSIVE;
		add(finding,
		    ": it cannot be told: the generator was the bottleneck even at %s/s, the "
		    "lowest rate tried: %s",
		    rate_text(hunt->search.high).text, finding->limit->judgement.reason);
		return;
	}
	add(finding, " does not hold even at %s/s, the lowest rate tried: %s",
	    rate_text(hunt->search.high).text,
	    finding->limit ? finding->limit->judgement.reason : "");
}

static void tell_unclear(const struct hunt *hunt, struct finding *finding)
{
	add(finding,
	    "no rate was confirmed: %u were kept once and then not again, down to %s/s; this "
	    "machine is too noisy, or --duration too short",
	    hunt->search.failed, rate_text(hunt->search.high).text);
}

/* It ended before the search did. */
static void tell_early(const struct hunt *hunt, struct finding *finding)
{
	const struct search *search = &hunt->search;

	add(finding, "%s before a rate was confirmed",
	    hunt->out_of_time ? "the time budget was used up" : "it was interrupted");
	if (search->low > 0)
		add(finding, "; %s/s was kept once", rate_text(search->low).text);
	if (search->high > 0)
		add(finding, "; %s/s was not", rate_text(search->high).text);
}

static const struct {
	const char *end;
	int exit_code;
	void (*tell)(const struct hunt *hunt, struct finding *finding);
} ends[] = {
	[SEARCH_BRACKET] = { "out-of-time", EXIT_INCONCLUSIVE, tell_early },
	[SEARCH_BISECT] = { "out-of-time", EXIT_INCONCLUSIVE, tell_early },
	[SEARCH_CONFIRM] = { "out-of-time", EXIT_INCONCLUSIVE, tell_early },
	[SEARCH_DOUBT] = { "out-of-time", EXIT_INCONCLUSIVE, tell_early },
	[SEARCH_FOUND] = { "found", EXIT_GOOD, tell_found },
	[SEARCH_NEVER] = { "never", EXIT_BAD, tell_never },
	[SEARCH_UNCLEAR] = { "unclear", EXIT_INCONCLUSIVE, tell_unclear },
};

void finding_make(const struct hunt *hunt, const char *trouble, struct finding *ret_finding)
{
	enum search_phase phase = hunt->search.phase;
	struct finding finding = { .rate = hunt->search.confirmed, .limit = hunt_limit(hunt) };

	/* A rate that was confirmed is one, also if a nearer bound was still looked for. */
	if (search_goes_on(&hunt->search) && finding.rate > 0)
		phase = SEARCH_FOUND;
	finding.end = ends[phase].end;
	finding.exit_code = ends[phase].exit_code;
	if (trouble) {
		finding.end = "failed";
		finding.exit_code = EXIT_CANNOT;
		add(&finding, "%s", trouble);
	} else {
		ends[phase].tell(hunt, &finding);
	}
	if (interrupt_signal()) {
		finding.end = "interrupted";
		finding.exit_code = EXIT_SIGNAL + interrupt_signal();
	}
	*ret_finding = finding;
}

static double or_unknown(uint64_t rate)
{
	return rate > 0 ? (double)rate : (double)NAN;
}

static json_t *step_to_json(const struct hunt *hunt, const struct step *step)
{
	const struct trial *trial = hunt_trial(hunt, step);
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "phase", step->what);
	error |= json_put_real(object, "rate_per_s", or_unknown(step->rate));
	error |= json_put_real(object, "achieved_per_s", trial->figures[FIGURE_RATE]);
	error |= json_put_unsigned(object, "series", step->series);
	error |= json_put_unsigned(object, "run", step->trial);
	error |= json_put_value(
		object, "kept",
		step->rate == 0 ? json_null() : json_boolean(step->judgement.limit == LIMIT_NONE));
	error |= json_put_string(
		object, "limit",
		step->judgement.limit == LIMIT_NONE ? NULL : limit_names[step->judgement.limit]);
	error |= json_put_string(object, "reason",
				 step->judgement.reason[0] ? step->judgement.reason : NULL);
	error |= json_put_shared(object, "thresholds", json_object_get(trial->load, "thresholds"));
	return json_complete(object, error);
}

static json_t *steps_to_json(const struct hunt *hunt)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < hunt->count; i++)
		error |= json_append(array, step_to_json(hunt, &hunt->steps[i]));
	return json_complete(array, error);
}

static json_t *search_to_json(const struct hunt *hunt, const struct finding *finding)
{
	const struct step *limit = finding->limit;
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "end", finding->end);
	error |= json_put_string(object, "text", finding->text);
	error |= json_put_string(object, "target", find_url(hunt->options));
	error |= json_put_real(object, "peak_per_s", hunt->peak > 0 ? hunt->peak : (double)NAN);
	error |= json_put_real(object, "rate_per_s", or_unknown(finding->rate));
	error |= json_put_real(object, "not_kept_per_s", or_unknown(hunt->search.high));
	error |= json_put_string(object, "limit",
				 limit ? limit_names[limit->judgement.limit] : NULL);
	error |= json_put_unsigned(object, "confirmed_kept", hunt->search.confirmed_kept);
	error |= json_put_unsigned(object, "confirmations", hunt->options->confirmations);
	error |= json_put_unsigned(object, "confirmations_failed", hunt->search.failed);
	error |= json_put_value(object, "steps", steps_to_json(hunt));
	return json_complete(object, error);
}

json_t *finding_to_json(const struct hunt *hunt, const struct finding *finding, int argc,
			char **argv)
{
	json_t *document = experiment_to_json(&hunt->experiment, "find", argc, argv);
	int error = 0;

	error |= json_put_value(document, "options",
				options_to_json(&find_option_table, hunt->options));
	error |= json_put_value(document, "search", search_to_json(hunt, finding));
	return json_complete(document, error);
}
