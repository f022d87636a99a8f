/* Sizes of requests: how they are written, what is drawn, and what is refused with which words. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "measure/size_mix.h"

#define DRAWS 200000

static struct size_mix parsed(const char *text)
{
	struct size_mix mix;
	struct error error = { "" };

	cr_assert_eq(size_mix_parse(text, &mix, &error), 0, "%s: %s", text, error.text);
	cr_assert_str_eq(mix.text, text);
	return mix;
}

Test(size_mix, one_size_is_always_drawn_and_takes_no_random_number)
{
	struct size_mix mix = parsed("64Ki");
	uint64_t random = 7;

	cr_assert_eq(size_mix_draw(&mix, &random), 65536);
	cr_assert_eq(random, 7);
	cr_assert_eq(mix.kind, SIZE_MIX_LIST);
	cr_assert_eq(mix.count, 1);
	cr_assert_eq(mix.min, 65536);
	cr_assert_eq(mix.max, 65536);
	cr_assert_float_eq(size_mix_mean(&mix), 65536, 0);
	mix = parsed("1k:5");
	cr_assert_eq(size_mix_draw(&mix, &random), 1000);
	mix = parsed("0");
	cr_assert_eq(size_mix_draw(&mix, &random), 0);
	mix = parsed("2147483647");
	cr_assert_eq(size_mix_draw(&mix, &random), 2147483647);
}

static bool is_share(uint32_t count, double share)
{
	return fabs(count - share * DRAWS) <= 5 * sqrt(DRAWS * share * (1 - share));
}

Test(size_mix, weights_decide_how_often)
{
	struct size_mix mix = parsed("64:70,1k:25,16k:5");
	uint32_t small = 0, medium = 0, large = 0;
	uint64_t random = 1;

	for (int i = 0; i < DRAWS; i++) {
		uint32_t size = size_mix_draw(&mix, &random);

		small += size == 64;
		medium += size == 1000;
		large += size == 16000;
	}
	cr_assert_eq(small + medium + large, DRAWS);
	cr_assert(is_share(small, 0.70), "%u", small);
	cr_assert(is_share(medium, 0.25), "%u", medium);
	cr_assert(is_share(large, 0.05), "%u", large);
	cr_assert_float_eq(size_mix_mean(&mix), 64 * 0.7 + 1000 * 0.25 + 16000 * 0.05, 1e-9);
	cr_assert_eq(mix.min, 64);
	cr_assert_eq(mix.max, 16000);
}

Test(size_mix, weights_may_be_fractions_and_need_not_add_up_to_anything)
{
	struct size_mix mix = parsed("1k:0.5,64:1.5");

	cr_assert_float_eq(size_mix_mean(&mix), 0.25 * 1000 + 0.75 * 64, 1e-9);
	cr_assert_eq(mix.min, 64);
	cr_assert_eq(mix.max, 1000);
}

Test(size_mix, range_holds_every_size_equally_often)
{
	struct size_mix mix = parsed("10-19");
	uint32_t counts[10] = { 0 };
	uint64_t random = 2;

	for (int i = 0; i < DRAWS; i++) {
		uint32_t size = size_mix_draw(&mix, &random);

		cr_assert(size >= 10 && size <= 19, "%u", size);
		counts[size - 10]++;
	}
	for (int i = 0; i < 10; i++)
		cr_expect(is_share(counts[i], 0.1), "%d: %u", 10 + i, counts[i]);
	cr_assert_float_eq(size_mix_mean(&mix), 14.5, 0);
}

Test(size_mix, range_of_one_size_and_of_all)
{
	struct size_mix mix = parsed("64-64");
	uint64_t random = 3;

	cr_assert_eq(size_mix_draw(&mix, &random), 64);
	mix = parsed("0-2147483647");
	for (int i = 0; i < 1000; i++)
		cr_assert_leq(size_mix_draw(&mix, &random), 2147483647u);
}

/* The mean of what is drawn: within 1 % and 5 standard errors of what it says. */
static void check_mean(const char *text)
{
	struct size_mix mix = parsed(text);
	double mean = size_mix_mean(&mix), sum = 0, squares = 0, drawn, deviation;
	uint64_t random = 4;

	for (int i = 0; i < DRAWS; i++) {
		uint32_t size = size_mix_draw(&mix, &random);

		cr_assert(size >= mix.min && size <= mix.max, "%s drew %u", text, size);
		cr_assert(size >= 1);
		sum += size;
		squares += (double)size * size;
	}
	drawn = sum / DRAWS;
	deviation = sqrt(fmax(0, squares / DRAWS - drawn * drawn));
	cr_expect(fabs(drawn - mean) <= 0.01 * mean + 5 * deviation / sqrt(DRAWS),
		  "%s drew %f on average, not %f", text, drawn, mean);
}

Test(size_mix, mean_is_that_of_what_is_drawn)
{
	static const char *const texts[] = {
		"64",
		"64:3,1k:1",
		"64-1500",
		"exp:1k",
		"exp:1",
		"exp:2:3",
		"exp:1:1",
		"exp:100:50",
		"exp:1Mi",
		"pareto:256",
		"pareto:1",
		"pareto:1:1",
		"pareto:1:3:5",
		"pareto:256:1:10k",
		"pareto:256:0.5:20k",
		"pareto:256:2.5",
		"pareto:64:100",
		"pareto:5:1.5:5",
		"pareto:2:0.001:9",
		"pareto:1k:1.0000001:1M",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_mean(texts[i]);
}

/* Summed up size by size. */
Test(size_mix, mean_of_a_heavy_tail_is_within_one_percent)
{
	static const char *const texts[] = {
		"pareto:1",	  "pareto:1:0.3:100k", "pareto:3:1:1M",
		"pareto:256:1.2", "pareto:7:20",       "pareto:40:3:41"
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct size_mix mix = parsed(texts[i]);
		double mean = mix.min;

		for (uint32_t size = mix.min; size < mix.max; size++)
			mean += pow(mix.min / (size + 0.5), mix.alpha);
		cr_expect(fabs(size_mix_mean(&mix) - mean) < 0.01 * mean, "%s: %f, not %f",
			  texts[i], size_mix_mean(&mix), mean);
	}
}

Test(size_mix, distributions_have_their_shape)
{
	struct size_mix exponential = parsed("exp:10k"), pareto = parsed("pareto:256:2");
	uint32_t exponential_above = 0, pareto_above = 0;
	uint64_t random = 5;

	for (int i = 0; i < DRAWS; i++) {
		exponential_above += size_mix_draw(&exponential, &random) > 20000;
		pareto_above += size_mix_draw(&pareto, &random) > 2560;
	}
	cr_assert(is_share(exponential_above, exp(-2)), "%u", exponential_above);
	cr_assert(is_share(pareto_above, 0.01), "%u", pareto_above);
}

Test(size_mix, maximum_that_is_not_given)
{
	cr_assert_eq(parsed("exp:1k").max, 16000);
	cr_assert_eq(parsed("exp:1k").min, 1);
	cr_assert_eq(parsed("exp:1Gi").max, UINT32_MAX / 2);
	cr_assert_eq(parsed("pareto:256").max, 256000);
	cr_assert_eq(parsed("pareto:256").min, 256);
	cr_assert_float_eq(parsed("pareto:256").alpha, 1.5, 0);
	cr_assert_eq(parsed("pareto:1Gi").max, UINT32_MAX / 2);
	cr_assert_eq(parsed("pareto:256:2:1M").max, 1000000);
	cr_assert_eq(parsed("exp:1k:4k").max, 4000);
}

Test(size_mix, seed_decides_every_size)
{
	struct size_mix mix = parsed("exp:1k");
	uint64_t one = 9, same = 9, other = 10;
	int different = 0;

	for (int i = 0; i < 1000; i++) {
		uint32_t size = size_mix_draw(&mix, &one);

		cr_assert_eq(size, size_mix_draw(&mix, &same));
		different += size != size_mix_draw(&mix, &other);
	}
	cr_assert_gt(different, 900);
}

/* What is wrong, and words of the sentence that says so. */
static const struct {
	const char *text, *sentence;
} refused[] = {
	{ "", "a size is missing" },
	{ "many", "'many' is not a size" },
	{ "12q", "'12q' is not a size" },
	{ "3G", "3G is too large for a size (2147483647 at most)" },
	{ "99999999999999999999", "99999999999999999999 is too large" },
	{ "2147483648", "2147483648 is too large" },
	{ "64,", "'64' has no weight" },
	{ "64:70,", "a size is missing" },
	{ ",64:70", "a size is missing" },
	{ "64:70,,1k:30", "a size is missing" },
	{ "64:70,1k", "'1k' has no weight (several sizes are written 64:70,1k:30)" },
	{ "64:70,1k:0", "'0' is not the weight of a size (a number above 0)" },
	{ "64:70,1k:-3", "'-3' is not the weight" },
	{ "64:70,1k:", "'' is not the weight" },
	{ "64:70:3", "'70:3' is not the weight" },
	{ "64:x", "'x' is not the weight" },
	{ ":70", "'' is not a size" },
	{ "64-100:5,7:1", "'64-100' is not a size" },
	{ "1500-64", "the range '1500-64' ends below its beginning" },
	{ "-64", "'-64' is not a range of sizes (MIN-MAX: 64-1500)" },
	{ "64-", "'64-' is not a range" },
	{ "1-2-3", "'1-2-3' is not a range" },
	{ "64-lots", "'lots' is not a size" },
	{ "64-3G", "3G is too large" },
	{ "exp", "'exp' has too few parts (exp:MEAN[:MAX])" },
	{ "exp:", "'' is not a size" },
	{ "exp:0", "the mean of 'exp:0' is not above 0" },
	{ "exp:-5", "'-5' is not a size" },
	{ "exp:1k:0", "the maximum of 'exp:1k:0', 0, is below 1" },
	{ "exp:1k:2k:3k", "'exp:1k:2k:3k' has too many parts (exp:MEAN[:MAX])" },
	{ "exp:3G", "3G is too large" },
	{ "exp:1k:3G", "3G is too large" },
	{ "pareto", "'pareto' has too few parts (pareto:MIN[:ALPHA[:MAX]])" },
	{ "pareto:0", "the minimum of 'pareto:0' is not above 0" },
	{ "pareto:256:0", "the alpha of 'pareto:256:0', '0', is not a number above 0" },
	{ "pareto:256:-1", "the alpha of 'pareto:256:-1', '-1', is not a number above 0" },
	{ "pareto:256:nan", "'nan', is not a number above 0" },
	{ "pareto:256:1.5:255", "the maximum of 'pareto:256:1.5:255', 255, is below 256" },
	{ "pareto:1:2:3:4", "'pareto:1:2:3:4' has too many parts" },
	{ "pareto:1:2:3:4:5:6", "has too many parts" },
	{ "gauss:64", "'gauss' is not a size" },
};

Test(size_mix, malformed_text_is_refused_with_a_sentence)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct size_mix mix = { .count = 77 };
		struct error error = { "" };

		cr_expect_eq(size_mix_parse(refused[i].text, &mix, &error), -EINVAL, "%s",
			     refused[i].text);
		cr_expect(strstr(error.text, refused[i].sentence), "%s: %s", refused[i].text,
			  error.text);
		cr_expect_eq(mix.count, 77, "%s", refused[i].text);
	}
}

static void list_write(char *ret_text, size_t size, int count)
{
	size_t length = 0;

	for (int i = 0; i < count; i++)
		length += (size_t)snprintf(ret_text + length, size - length, "%s%d:1",
					   i > 0 ? "," : "", i);
}

Test(size_mix, list_has_a_limit)
{
	char text[SIZE_MIX_TEXT_MAX];
	struct size_mix mix;
	struct error error;

	list_write(text, sizeof(text), SIZE_MIX_ENTRIES_MAX);
	cr_assert_eq(parsed(text).count, SIZE_MIX_ENTRIES_MAX);
	list_write(text, sizeof(text), SIZE_MIX_ENTRIES_MAX + 1);
	cr_assert_eq(size_mix_parse(text, &mix, &error), -EINVAL);
	cr_assert_str_eq(error.text, "33 sizes are too many (32 at most)");
}

Test(size_mix, text_has_a_limit)
{
	char text[SIZE_MIX_TEXT_MAX + 1];
	struct size_mix mix;
	struct error error;
	uint32_t answer;
	bool given;

	memset(text, '0', SIZE_MIX_TEXT_MAX);
	text[SIZE_MIX_TEXT_MAX] = '\0';
	cr_assert_eq(size_mix_parse(text, &mix, &error), -EINVAL);
	cr_assert(strstr(error.text, "has 256 characters"), "%s", error.text);
	cr_assert_eq(size_pair_parse(text, &mix, &answer, &given, &error), -EINVAL);
	cr_assert(strstr(error.text, "has 256 characters"), "%s", error.text);
	text[SIZE_MIX_TEXT_MAX - 1] = '\0';
	cr_assert_eq(size_mix_parse(text, &mix, &error), 0);
}

Test(size_mix, sentence_may_be_left_out)
{
	struct size_mix mix;

	cr_assert_eq(size_mix_parse("many", &mix, NULL), -EINVAL);
}

static const struct {
	const char *text, *request;
	uint32_t answer; /* 42: none */
} pairs[] = {
	{ "64", "64", 42 },
	{ "64,1k", "64", 1000 },
	{ "64,0", "64", 0 },
	{ "64:70,1k:25", "64:70,1k:25", 42 },
	{ "64:70,1k:25,128", "64:70,1k:25", 128 },
	{ "exp:1k", "exp:1k", 42 },
	{ "exp:1k,64", "exp:1k", 64 },
	{ "pareto:256:1.5:1M,2Ki", "pareto:256:1.5:1M", 2048 },
	{ "64-1500,9", "64-1500", 9 },
};

Test(size_pair, size_of_the_answer_is_the_last_part_without_a_colon)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct size_mix mix;
		struct error error = { "" };
		uint32_t answer = 42;
		bool given = pairs[i].answer == 42;

		cr_expect_eq(size_pair_parse(pairs[i].text, &mix, &answer, &given, &error), 0,
			     "%s: %s", pairs[i].text, error.text);
		cr_expect_str_eq(mix.text, pairs[i].request);
		cr_expect_eq(answer, pairs[i].answer, "%s: %u", pairs[i].text, answer);
		cr_expect_eq(given, pairs[i].answer != 42, "%s", pairs[i].text);
	}
}

static const struct {
	const char *text, *sentence;
} refused_pairs[] = {
	{ "64,", "no size follows the last comma of '64,'" },
	{ ",64", "a size is missing" },
	{ "64,many", "'many' is not a size" },
	{ "64,3G", "3G is too large" },
	{ "64,10-20", "'10-20' is not a size" },
	{ "64,128,256", "'64' has no weight" },
	{ "64,1k:5", "'64' has no weight" },
	{ "64:70,128,1k:30", "'128' has no weight" },
};

Test(size_pair, malformed_pair_is_refused_and_nothing_is_touched)
{
	for (size_t i = 0; i < sizeof(refused_pairs) / sizeof(refused_pairs[0]); i++) {
		struct size_mix mix = { .count = 77 };
		struct error error = { "" };
		uint32_t answer = 42;
		bool given = true;

		cr_expect_eq(size_pair_parse(refused_pairs[i].text, &mix, &answer, &given, &error),
			     -EINVAL, "%s", refused_pairs[i].text);
		cr_expect(strstr(error.text, refused_pairs[i].sentence), "%s: %s",
			  refused_pairs[i].text, error.text);
		cr_expect(mix.count == 77 && answer == 42 && given);
	}
}
