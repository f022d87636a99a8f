/* The search for the highest rate, against servers that are simulated: it ends, it finds what is
 * there, and it never tells a rate that was not confirmed. */
#include <criterion/criterion.h>
#include <math.h>

#include "find/search.h"
#include "measure/random.h"

#define SEED_COUNT 500

TestSuite(search, .timeout = 60);

/* Keeps every rate up to its capacity, unless it is disturbed; and now and then one above it. */
struct fake_server {
	double capacity;
	double disturbed; /* the share of trials below the capacity that are not kept */
	double lucky;	  /* the share of those above it that are */
	uint64_t random;
};

/* What the trials of the rates said, for what a search claims to be checked. */
struct account {
	uint32_t trials;
	uint64_t highest;
	/* Of the last rate: trials that were of one phase. */
	uint64_t rate;
	enum search_phase phase;
	uint32_t kept, count;
	uint64_t confirmed; /* the last rate most of whose repetitions kept it */
};

static bool try(struct fake_server *server, uint64_t rate)
{
	double luck = random_unit(&server->random);

	return (double)rate <= server->capacity ? luck >= server->disturbed : luck < server->lucky;
}

/* A repetition as a whole keeps the rate if more than half of its trials do. */
static void account_note(struct account *account, const struct search *search, bool kept)
{
	bool repeats = search->phase == SEARCH_CONFIRM || search->phase == SEARCH_DOUBT;

	account->trials++;
	if (search->rate > account->highest)
		account->highest = search->rate;
	if (search->rate != account->rate || search->phase != account->phase)
		account->kept = account->count = 0;
	account->rate = search->rate;
	account->phase = search->phase;
	account->kept += kept;
	account->count++;
	if (repeats && account->count == search->confirmations &&
	    2 * account->kept > search->confirmations)
		account->confirmed = search->rate;
}

static struct search run(struct fake_server *server, double peak, double precision,
			 uint32_t confirmations, struct account *ret_account)
{
	struct search search;

	*ret_account = (struct account){ 0 };
	search_init(peak, 1, precision, confirmations, &search);
	while (search_goes_on(&search)) {
		bool kept;

		cr_assert_gt(search.rate, 0);
		kept = try(server, search.rate);
		account_note(ret_account, &search, kept);
		search_note(&search, kept);
		cr_assert_leq(ret_account->trials, SEARCH_TRIALS_MAX);
	}
	return search;
}

Test(search, finds_the_capacity_of_a_quiet_server)
{
	static const double capacities[] = { 200000, 199999, 150000, 100001, 99999, 60000,
					     25000,  3000,   500,    250000, 900000 };

	for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
		struct fake_server server = { .capacity = capacities[i] };
		struct account account;
		struct search search = run(&server, 200000, 0.02, 3, &account);

		cr_assert_eq(search.phase, SEARCH_FOUND, "%g", capacities[i]);
		cr_assert_leq((double)search.confirmed, capacities[i]);
		cr_assert_gt(1.02 * (double)search.confirmed + 1, capacities[i]);
		cr_assert_gt((double)search.high, capacities[i]);
		cr_assert_eq(search.confirmed_kept, 3);
		cr_assert_leq(account.trials, 30, "%g took %u", capacities[i], account.trials);
	}
}

Test(search, precision_is_kept)
{
	static const double precisions[] = { 0.001, 0.02, 0.1, 0.5 };

	for (size_t i = 0; i < sizeof(precisions) / sizeof(precisions[0]); i++) {
		struct fake_server server = { .capacity = 123456 };
		struct account account;
		struct search search = run(&server, 200000, precisions[i], 1, &account);

		cr_assert_eq(search.phase, SEARCH_FOUND);
		cr_assert_leq((double)(search.high - search.confirmed),
			      precisions[i] * (double)search.confirmed);
	}
}

Test(search, says_never_where_not_even_the_lowest_rate_is_kept)
{
	struct fake_server server = { .capacity = 0 };
	struct account account;
	struct search search = run(&server, 200000, 0.02, 3, &account);

	cr_assert_eq(search.phase, SEARCH_NEVER);
	cr_assert_eq(search.confirmed, 0);
	cr_assert_eq(search.high, search.lowest);
	cr_assert_leq(account.trials, 8);
}

Test(search, ends_with_a_server_that_keeps_everything)
{
	struct fake_server server = { .capacity = 1e18 };
	struct account account;
	struct search search = run(&server, 1000, 0.02, 3, &account);

	cr_assert_eq(search.phase, SEARCH_FOUND);
	cr_assert_eq(search.high, 0);
	cr_assert_geq(search.confirmed, 1000 * SEARCH_HIGHEST_PART);
	cr_assert_eq(search.confirmed, account.highest);
}

Test(search, ends_with_rates_of_a_few_a_second)
{
	for (double capacity = 0; capacity < 12; capacity++) {
		for (double peak = 1; peak < 12; peak++) {
			struct fake_server server = { .capacity = capacity };
			struct account account;
			struct search search = run(&server, peak, 0.02, 2, &account);

			if (capacity == 0)
				cr_assert_eq(search.phase, SEARCH_NEVER);
			else
				cr_assert_eq(search.phase, SEARCH_FOUND);
			cr_assert_leq((double)search.confirmed, capacity);
		}
	}
}

Test(search, tries_no_rate_that_is_not_worth_it)
{
	struct search search;

	search_init(1000, 100, 0.02, 3, &search);
	while (search_goes_on(&search)) {
		cr_assert_geq(search.rate, 100);
		search_note(&search, false);
	}
	cr_assert_eq(search.phase, SEARCH_NEVER);
	cr_assert_eq(search.high, 100);
	/* A slow server is tried all the same. */
	search_init(8, 100, 0.02, 3, &search);
	cr_assert_eq(search.rate, 4);
}

/* What is never confirmed is never told, however the trials fall. */
Test(search, tells_no_rate_that_was_not_confirmed)
{
	for (uint64_t seed = 1; seed <= SEED_COUNT; seed++) {
		struct fake_server server = {
			.capacity = 100000, .disturbed = 0.3, .lucky = 0.3, .random = seed
		};
		struct account account;
		struct search search = run(&server, 150000, 0.02, 3, &account);

		if (search.phase != SEARCH_FOUND) {
			cr_assert_eq(search.confirmed, 0);
			continue;
		}
		cr_assert_gt(search.confirmed, 0);
		cr_assert_eq(search.confirmed, account.confirmed, "seed %d", (int)seed);
		cr_assert_gt(2 * search.confirmed_kept, search.confirmations);
	}
}

/* Nothing but chance: it ends all the same, and says that it is unclear more often than not. */
Test(search, is_bounded_where_trials_are_a_coin)
{
	for (uint64_t seed = 1; seed <= SEED_COUNT; seed++) {
		struct fake_server server = { .capacity = 0, .lucky = 0.5, .random = seed };
		struct account account;
		struct search search = run(&server, 150000, 0.02, 3, &account);

		cr_assert(!search_goes_on(&search));
		cr_assert(search.phase != SEARCH_FOUND || search.confirmed > 0);
	}
}

/* A trial in ten is disturbed: without doubt about the upper bound that halves one rate in four. */
Test(search, finds_the_capacity_of_a_server_that_is_disturbed)
{
	uint32_t near = 0;

	for (uint64_t seed = 1; seed <= SEED_COUNT; seed++) {
		struct fake_server server = { .capacity = 100000,
					      .disturbed = 0.1,
					      .random = seed };
		struct account account;
		struct search search = run(&server, 150000, 0.02, 3, &account);

		cr_assert_eq(search.phase, SEARCH_FOUND);
		cr_assert_leq(search.confirmed, 100000);
		near += search.confirmed > 94000;
	}
	cr_assert_geq(near, SEED_COUNT * 90 / 100, "near in %u of %d", near, SEED_COUNT);
}

Test(search, says_unclear_where_confirmations_fail_again_and_again)
{
	struct search search;

	/* Every rate is kept the first time, and none when it is tried again. */
	search_init(1000, 1, 0.02, 3, &search);
	while (search_goes_on(&search))
		search_note(&search, search.phase != SEARCH_CONFIRM && search.rate <= 800);
	cr_assert_eq(search.phase, SEARCH_UNCLEAR);
	cr_assert_eq(search.failed, SEARCH_FAILED_MAX);
	cr_assert_eq(search.confirmed, 0);
}
