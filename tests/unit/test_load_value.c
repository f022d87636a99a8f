/* Values that only options of a load have: what they mean, and what is not one. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "load/value.h"
#include "measure/steady.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

typedef int parse_function(const char *text, void *ret_value, struct error *ret_error);

/* None of them is taken; each is quoted in the sentence; and the value stays as it was. */
static void refuse(parse_function *parse, const char *const *texts, size_t count, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		static uint8_t value[sizeof(struct threshold_list)], before[sizeof(value)];
		struct error error = { 0 };

		memset(value, 0, sizeof(value));
		memcpy(before, value, sizeof(value));
		cr_expect_lt(parse(texts[i], value, &error), 0, "'%s'", texts[i]);
		cr_expect_gt(strlen(error.text), 0, "'%s'", texts[i]);
		cr_expect(memcmp(value, before, size) == 0, "'%s' has left something", texts[i]);
	}
}

Test(load_value, pauses)
{
	static const char *const wrong[] = {
		"",	":spin", "1ms:",     "1ms:poll", "1ms:spin:spin", "1 parsec", "-1ms",
		"1ms ", "spin",	 "1ms,spin", "25d"
	};
	struct think think;
	struct error error;

	cr_assert_eq(think_parse("1ms", &think, &error), 0);
	cr_assert(think.ns == NS_PER_MS && !think.spin);
	cr_assert_eq(think_parse("20us:spin", &think, &error), 0);
	cr_assert(think.ns == 20 * NS_PER_US && think.spin);
	refuse(think_parse, wrong, COUNT_OF(wrong), sizeof(think));
}

Test(load_value, shares)
{
	static const char *const wrong[] = { "",     "1",	"/",	 "1/",		 "/3",
					     "0/3",  "4/3",	"1/0",	 "-1/3",	 "1/-3",
					     "+1/3", "1 /3",	"1/3 ",	 "1/3x",	 "1/3/5",
					     "a/b",  "1/10001", "1.0/3", "100000/100000" };
	struct share share;
	struct error error;

	cr_assert_eq(share_parse("2/3", &share, &error), 0);
	cr_assert(share.index == 2 && share.count == 3);
	cr_assert_eq(share_parse("10000/10000", &share, &error), 0);
	refuse(share_parse, wrong, COUNT_OF(wrong), sizeof(share));
}

Test(load_value, moments)
{
	static const char *const wrong[] = { "",      ".",   ".5",	     "now",  "-1",
					     "1e9",   "1 ",  "1.0000000001", "0x10", "12345678901",
					     "1.5.5", "1,5", "+1",	     " 1" };
	uint64_t ns;
	struct error error;

	cr_assert_eq(unix_time_parse("1764000000", &ns, &error), 0);
	cr_assert_eq(ns, 1764000000 * NS_PER_S);
	cr_assert_eq(unix_time_parse("1764000000.25", &ns, &error), 0);
	cr_assert_eq(ns, 1764000000 * NS_PER_S + NS_PER_S / 4);
	cr_assert_eq(unix_time_parse("1764000000.000000001", &ns, &error), 0);
	cr_assert_eq(ns, 1764000000 * NS_PER_S + 1);
	cr_assert_eq(unix_time_parse("1764000000.", &ns, &error), 0);
	refuse(unix_time_parse, wrong, COUNT_OF(wrong), sizeof(ns));
}

Test(load_value, causes_to_abort)
{
	static const char *const wrong[] = { "",       ",",	      "errors", "error,",
					     ",error", "error,,loss", "Error",	"error loss" };
	unsigned int bits = 0;
	struct error error;

	cr_assert_eq(abort_on_parse("loss", &bits, &error), 0);
	cr_assert_eq(bits, 1u << ABORT_LOSS);
	cr_assert_eq(abort_on_parse("error,slip", &bits, &error), 0);
	cr_assert_eq(bits, 1u << ABORT_LOSS | 1u << ABORT_ERROR | 1u << ABORT_SLIP);
	refuse(abort_on_parse, wrong, COUNT_OF(wrong), sizeof(bits));
}

Test(load_value, sizes)
{
	static const char *const wrong[] = { "",      ",",	    "64,",     ",64",
					     "64,x",  "64:x,1k:1",  "1500-64", "exp:",
					     "exp:0", "pareto:8:0", "64-",     "-64",
					     "64:0",  "64:-1,1k:1", "5Gi" };
	struct size_pair pair;
	struct error error;

	cr_assert_eq(size_value_parse("64:70,1k:30,128", &pair, &error), 0);
	cr_assert(pair.request.count == 2 && pair.answer_given && pair.answer == 128);
	cr_assert_eq(size_value_parse("64:70,1k:30", &pair, &error), 0);
	cr_assert_not(pair.answer_given);
	refuse(size_value_parse, wrong, COUNT_OF(wrong), sizeof(pair));
}

Test(load_value, rules_of_settling)
{
	static const char *const wrong[] = { "",
					     "slope",
					     "slope:",
					     "slope:1/5s",
					     "slope:1%",
					     "slope:1%/",
					     "slope:0%/5s",
					     "slope:101%/5s",
					     "slope:-1%/5s",
					     "slope:1%/0s",
					     "slope:1%/5 s",
					     "1%/5s" };
	struct steady_rule rule;
	struct error error;

	cr_assert_eq(steady_value_parse("slope:1%/5s", &rule, &error), 0);
	cr_assert_float_eq(rule.change, 0.01, 1e-12);
	cr_assert_eq(rule.window_ns, 5 * NS_PER_S);
	refuse(steady_value_parse, wrong, COUNT_OF(wrong), sizeof(rule));
}

Test(load_value, thresholds_add_up_to_a_limit)
{
	static struct threshold_list list;
	struct error error;

	for (int i = 0; i < THRESHOLDS_MAX; i++)
		cr_assert_eq(threshold_add("p(99)<1ms", &list, &error), 0);
	cr_assert_lt(threshold_add("max<1s", &list, &error), 0);
	cr_assert(strstr(error.text, "one too many"), "%s", error.text);
	cr_assert_eq(list.count, THRESHOLDS_MAX);
}

/* What is written of a value in a document. */
static void check_json(json_t *json, const char *expected)
{
	char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);

	cr_expect_str_eq(text, expected);
	free(text);
	json_decref(json);
}

Test(load_value, what_a_document_has_of_them)
{
	const unsigned int bits = 1u << ABORT_ERROR | 1u << ABORT_SLIP;
	const uint64_t never = 0, then = 17;
	struct size_pair pair;
	struct error error;

	check_json(share_to_json(&(struct share){ 0 }), "null");
	check_json(share_to_json(&(struct share){ 2, 3 }), "\"2/3\"");
	check_json(unix_time_to_json(&never), "null");
	check_json(unix_time_to_json(&then), "{\"unix_ns\":17}");
	check_json(abort_on_to_json(&bits), "[\"error\",\"slip\"]");
	cr_assert_eq(size_value_parse("64", &pair, &error), 0);
	check_json(size_value_to_json(&pair), "64");
	cr_assert_eq(size_value_parse("1-64", &pair, &error), 0);
	check_json(size_value_to_json(&pair), "\"1-64\"");
	cr_assert_eq(size_value_parse("64,128", &pair, &error), 0);
	check_json(size_value_to_json(&pair), "\"64,128\"");
}
