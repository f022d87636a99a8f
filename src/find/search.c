#include "find/search.h"

#include <assert.h>
#include <math.h>

/* Bounds of a bracket are no farther apart than that, as a factor. */
#define DOWN 4
#define UP 1.25

const char *const search_phase_names[] = {
	[SEARCH_BRACKET] = "bracket",
	[SEARCH_BISECT] = "bisect",
	[SEARCH_CONFIRM] = "confirm",
	[SEARCH_DOUBT] = "doubt",
};

void search_init(double peak, double least, double precision, uint32_t confirmations,
		 struct search *ret_search)
{
	uint64_t lowest = (uint64_t)fmax(peak / SEARCH_LOWEST_PART, fmin(least, peak / DOWN));
	uint64_t half = (uint64_t)(peak / 2);

	assert(peak >= 1 && precision > 0 && confirmations > 0);
	*ret_search = (struct search){
		.precision = precision,
		.confirmations = confirmations,
		.phase = SEARCH_BRACKET,
		.lowest = lowest > 0 ? lowest : 1,
		.highest = (uint64_t)(peak * SEARCH_HIGHEST_PART),
		.rate = half > 0 ? half : 1,
	};
}

bool search_goes_on(const struct search *search)
{
	return search->phase <= SEARCH_DOUBT;
}

/* Does nothing lie between the bounds that would be told apart, or is there no upper one? */
static bool is_near(const struct search *search)
{
	return search->high <= search->low + 1 ||
	       (double)(search->high - search->low) <= search->precision * (double)search->low;
}

/* Several trials of one rate. */
static void repeat(struct search *search, enum search_phase phase, uint64_t rate)
{
	search->phase = phase;
	search->rate = rate;
	search->kept = search->not_kept = 0;
}

static void halve(struct search *search)
{
	search->phase = SEARCH_BISECT;
	search->rate = (uint64_t)sqrt((double)search->low * (double)search->high);
	if (search->rate <= search->low)
		search->rate = search->low + 1;
}

/* Halve what lies between the bounds, by factors, or see whether they stand. */
static void close_in(struct search *search)
{
	if (!is_near(search))
		halve(search);
	else if (search->low != search->confirmed)
		repeat(search, SEARCH_CONFIRM, search->low);
	else if (search->high > 0 && !search->high_is_sure)
		repeat(search, SEARCH_DOUBT, search->high);
	else
		search->phase = SEARCH_FOUND;
}

static void go_up(struct search *search)
{
	uint64_t next = (uint64_t)(UP * (double)search->low);

	if (search->low >= search->highest) {
		close_in(search);
		return;
	}
	/* The first step is from half the peak to the peak. */
	if (search->trials == 1)
		next = 2 * search->low;
	search->phase = SEARCH_BRACKET;
	search->rate = next > search->low ? next : search->low + 1;
}

static void go_down(struct search *search)
{
	if (search->high <= search->lowest) {
		repeat(search, SEARCH_DOUBT, search->high);
		return;
	}
	search->rate = search->high / DOWN;
	if (search->rate < search->lowest)
		search->rate = search->lowest;
}

static void bracket_note(struct search *search)
{
	if (search->low > 0 && search->high > 0)
		close_in(search);
	else if (search->low > 0)
		go_up(search);
	else
		go_down(search);
}

/* As much lower as the confirmations that have failed say, but never below what is confirmed. */
static void step_down(struct search *search)
{
	double step = search->precision * (double)(1u << (search->failed - 1));
	uint64_t next = (uint64_t)((double)search->high / (1 + step));

	search->low = search->confirmed;
	if (search->failed >= SEARCH_FAILED_MAX || search->high <= search->lowest)
		search->phase = search->confirmed > 0 ? SEARCH_FOUND : SEARCH_UNCLEAR;
	else if (next <= search->confirmed)
		close_in(search);
	else
		repeat(search, SEARCH_CONFIRM, next > search->lowest ? next : search->lowest);
}

static void confirm_fail(struct search *search)
{
	search->failed++;
	search->high = search->rate;
	search->high_is_sure = true;
	step_down(search);
}

static void confirm_succeed(struct search *search)
{
	search->low = search->confirmed = search->rate;
	search->confirmed_kept = search->kept;
	close_in(search);
}

static void doubt_end(struct search *search, bool stands)
{
	if (stands) {
		search->high_is_sure = true;
		search->phase = search->confirmed > 0 ? SEARCH_FOUND : SEARCH_NEVER;
		return;
	}
	/* So many trials have kept it that it is confirmed too. */
	search->low = search->confirmed = search->rate;
	search->confirmed_kept = search->kept;
	search->high = 0;
	if (++search->fallen < SEARCH_FAILED_MAX)
		go_up(search);
	else
		search->phase = SEARCH_FOUND;
}

/* Of several trials: their end is known as soon as half have not kept the rate. */
static void repeat_note(struct search *search, bool kept)
{
	bool doubts = search->phase == SEARCH_DOUBT;

	*(kept ? &search->kept : &search->not_kept) += 1;
	if (2 * search->not_kept >= search->confirmations) {
		if (doubts)
			doubt_end(search, true);
		else
			confirm_fail(search);
	} else if (search->kept + search->not_kept == search->confirmations) {
		if (doubts)
			doubt_end(search, false);
		else
			confirm_succeed(search);
	}
}

static void bound_note(struct search *search, bool kept)
{
	if (kept) {
		search->low = search->rate;
	} else {
		search->high = search->rate;
		search->high_is_sure = false;
	}
	bracket_note(search);
}

void search_note(struct search *search, bool kept)
{
	assert(search_goes_on(search));
	search->trials++;
	if (search->phase == SEARCH_CONFIRM || search->phase == SEARCH_DOUBT)
		repeat_note(search, kept);
	else
		bound_note(search, kept);
	if (search_goes_on(search) && search->trials == SEARCH_TRIALS_MAX)
		search->phase = search->confirmed > 0 ? SEARCH_FOUND : SEARCH_UNCLEAR;
}
