/* Command lines: what is given reaches the struct, and what is wrong is told in one sentence. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/option.h"

enum colour { RED, GREEN, BLUE };

struct dish {
	bool hot;
	uint32_t eggs;
	uint64_t grains;
	uint64_t weight_bytes;
	uint32_t small_bytes;
	uint64_t cooking_ns;
	uint64_t rest_ns;
	const char *name;
	enum colour colour;
	struct string_list spices;
	int parity;
	struct string_list guests;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

/* Even numbers only. */
static int parity_parse(const char *text, void *ret_value, struct error *ret_error)
{
	long value = strtol(text, NULL, 10);

	if (value % 2)
		return error_set(ret_error, -EINVAL, "'%s' is odd", text);
	*(int *)ret_value = (int)value;
	return 0;
}

static json_t *parity_to_json(const void *value)
{
	return json_integer(*(const int *)value);
}

static const struct option_row rows[] = {
	{ .name = "hot",
	  .key = 't',
	  .type = OPTION_FLAG,
	  .at = OPTION_AT(struct dish, hot),
	  .group = "Taste:",
	  .help = "serve it hot" },
	{ .name = "eggs",
	  .key = 'e',
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = OPTION_AT(struct dish, eggs),
	  .standard = "3",
	  .min = 1,
	  .max = 1000,
	  .help = "how many eggs" },
	{ .name = "grains",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = OPTION_AT(struct dish, grains),
	  .help = "how many grains" },
	{ .name = "weight",
	  .argument = "SIZE",
	  .type = OPTION_SIZE,
	  .at = OPTION_AT(struct dish, weight_bytes),
	  .standard = "64Ki",
	  .min = 1024,
	  .help = "how heavy" },
	{ .name = "small-size",
	  .argument = "SIZE",
	  .type = OPTION_SIZE,
	  .at = OPTION_AT(struct dish, small_bytes),
	  .help = "how small" },
	{ .name = "cooking-time",
	  .key = 'd',
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = OPTION_AT(struct dish, cooking_ns),
	  .standard = "10s",
	  .group = "Time:",
	  .help = "how long to cook" },
	{ .name = "rest",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = OPTION_AT(struct dish, rest_ns),
	  .standard = "auto",
	  .max = 1000000000,
	  .word = "auto",
	  .word_value = UINT64_MAX,
	  .help = "how long to rest" },
	{ .name = "name",
	  .argument = "TEXT",
	  .type = OPTION_STRING,
	  .at = OPTION_AT(struct dish, name),
	  .help = "what to call it" },
	{ .name = "colour",
	  .argument = "COLOUR",
	  .type = OPTION_CHOICE,
	  .choices = colours,
	  .at = OPTION_AT(struct dish, colour),
	  .standard = "green",
	  .help = "its colour" },
	{ .name = "spice",
	  .argument = "NAME",
	  .type = OPTION_LIST,
	  .at = OPTION_AT(struct dish, spices),
	  .help = "add a spice" },
	{ .name = "parity",
	  .argument = "N",
	  .type = OPTION_CUSTOM,
	  .parse = parity_parse,
	  .to_json = parity_to_json,
	  .at = OPTION_AT(struct dish, parity),
	  .standard = "4",
	  .help = "an even number" },
	{ .name = NULL },
};

static void details_print(FILE *stream)
{
	(void)fputs("Spices:\n  pepper  hot\n", stream);
}

static const struct option_table table = {
	.arguments = "GUEST...",
	.arguments_at = OPTION_AT(struct dish, guests),
	.arguments_max = 2,
	.summary = "Cook a dish.",
	.details = "All of it is eaten.",
	.print_details = details_print,
	.rows = rows,
};

static struct dish dish;
static struct error problem;

#define PARSE(...) parse((const char *[]){ "kitchen cook", __VA_ARGS__, NULL })

static int parse(const char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	options_finish(&table, &dish);
	return options_parse(&table, argc, (char **)argv, &dish, &problem);
}

static void finish(void)
{
	options_finish(&table, &dish);
}

TestSuite(option, .fini = finish);

#define ASSERT_REFUSED(sentence, ...)                      \
	do {                                               \
		cr_assert_eq(PARSE(__VA_ARGS__), -EINVAL); \
		cr_assert_str_eq(problem.text, sentence);  \
	} while (0)

Test(option, defaults_are_those_of_the_table)
{
	cr_assert_eq(PARSE(NULL), 0);
	cr_assert_not(dish.hot);
	cr_assert_eq(dish.eggs, 3);
	cr_assert_eq(dish.grains, 0);
	cr_assert_eq(dish.weight_bytes, 65536);
	cr_assert_eq(dish.cooking_ns, 10000000000);
	cr_assert_eq(dish.rest_ns, UINT64_MAX);
	cr_assert_null(dish.name);
	cr_assert_eq(dish.colour, GREEN);
	cr_assert_eq(dish.spices.count, 0);
	cr_assert_eq(dish.parity, 4);
	cr_assert_eq(dish.guests.count, 0);
}

Test(option, values_reach_the_struct)
{
	cr_assert_eq(PARSE("-t", "-e", "7", "--grains=10M", "--weight", "1Mi", "--small-size=2k",
			   "-d1m", "--rest=5ms", "--name=soup", "--colour=blue", "--spice=salt",
			   "--spice", "pepper", "--parity=8"),
		     0, "%s", problem.text);
	cr_assert(dish.hot);
	cr_assert_eq(dish.eggs, 7);
	cr_assert_eq(dish.grains, 10000000);
	cr_assert_eq(dish.weight_bytes, 1048576);
	cr_assert_eq(dish.small_bytes, 2000);
	cr_assert_eq(dish.cooking_ns, 60000000000);
	cr_assert_eq(dish.rest_ns, 5000000);
	cr_assert_str_eq(dish.name, "soup");
	cr_assert_eq(dish.colour, BLUE);
	cr_assert_eq(dish.spices.count, 2);
	cr_assert_str_eq(dish.spices.items[1], "pepper");
	cr_assert_eq(dish.parity, 8);
}

Test(option, arguments_stand_anywhere)
{
	cr_assert_eq(PARSE("alice", "-e5", "--", "-bob"), 0);
	cr_assert_eq(dish.guests.count, 2);
	cr_assert_str_eq(dish.guests.items[0], "alice");
	cr_assert_str_eq(dish.guests.items[1], "-bob");
	cr_assert_eq(dish.eggs, 5);
}

Test(option, last_value_wins)
{
	cr_assert_eq(PARSE("--eggs=4", "-e5"), 0);
	cr_assert_eq(dish.eggs, 5);
}

Test(option, begun_name_is_enough)
{
	cr_assert_eq(PARSE("--egg=4"), 0);
	cr_assert_eq(dish.eggs, 4);
}

Test(option, malformed_value_is_explained)
{
	ASSERT_REFUSED("--weight: '12q' is not a size (bytes, or with k, M, Ki, Mi, ...: 64Ki)",
		       "--weight", "12q");
	ASSERT_REFUSED("--eggs: 'x' is not a number (whole, or with k, M, G: 10k)", "-ex");
	ASSERT_REFUSED("--cooking-time: '1x' is not a duration (seconds, or with ns, us, ms, s, m, "
		       "h, d: 10s)",
		       "-d", "1x");
	ASSERT_REFUSED("--rest: 'x' is not a duration (seconds, or with ns, us, ms, s, m, h, d: "
		       "10s; or auto)",
		       "--rest=x");
	ASSERT_REFUSED("--colour: 'pink' is not one of red, green or blue", "--colour=pink");
	ASSERT_REFUSED("--parity: '3' is odd", "--parity=3");
}

Test(option, value_out_of_range_names_the_range)
{
	ASSERT_REFUSED("--eggs: 0 is out of range (1 to 1k)", "--eggs=0");
	ASSERT_REFUSED("--eggs: 1001 is out of range (1 to 1k)", "--eggs=1001");
	ASSERT_REFUSED("--weight: 5 is out of range (1Ki or more)", "--weight=5");
	ASSERT_REFUSED("--small-size: 4Gi is too large (4294967295 at most)", "--small-size=4Gi");
	ASSERT_REFUSED("--rest: 2s is out of range (0 to 1s)", "--rest=2s");
	ASSERT_REFUSED("--cooking-time: 25d is out of range (0 to 24d)", "-d25d");
	ASSERT_REFUSED("--grains: 99999999999999999999 is too large (18446744073709551615 at most)",
		       "--grains=99999999999999999999");
}

Test(option, unknown_option_is_named_with_its_neighbour)
{
	ASSERT_REFUSED("there is no option '--egs'; did you mean --eggs?", "--egs=4");
	ASSERT_REFUSED("there is no option '--frobnicate'", "alice", "--frobnicate");
	ASSERT_REFUSED("there is no option '-x'", "-x");
	ASSERT_REFUSED("there is no option '-x'", "-txe4", "alice");
}

Test(option, missing_or_needless_value_is_told)
{
	ASSERT_REFUSED("--eggs needs a value: --eggs N", "--eggs");
	ASSERT_REFUSED("-e needs a value: -e N", "-te");
	ASSERT_REFUSED("--hot takes no value", "--hot=yes");
}

Test(option, begun_name_of_several_is_told)
{
	ASSERT_REFUSED("'--s' may be --small-size or --spice", "--s");
}

Test(option, too_many_arguments_are_refused)
{
	ASSERT_REFUSED("'carol' is one argument too many (GUEST...)", "alice", "bob", "carol");
}

Test(option, missing_argument_is_told)
{
	struct option_table strict = table;
	const char *argv[] = { "kitchen cook", NULL };

	strict.arguments_min = 1;
	cr_assert_eq(options_parse(&strict, 1, (char **)argv, &dish, &problem), -EINVAL);
	cr_assert_str_eq(problem.text, "an argument is missing: GUEST...");
}

Test(option, arguments_where_none_are_taken_are_refused)
{
	struct option_table strict = table;
	const char *argv[] = { "kitchen cook", "alice", NULL };

	strict.arguments = NULL;
	cr_assert_eq(options_parse(&strict, 2, (char **)argv, &dish, &problem), -EINVAL);
	cr_assert_str_eq(problem.text, "'alice' is one argument too many: none is taken");
}

Test(option, configuration_is_the_effective_one)
{
	json_t *found, *expected;

	cr_assert_eq(PARSE("--weight=1Mi", "--spice=salt", "alice"), 0);
	found = options_to_json(&table, &dish);
	expected = json_pack("{s:[s], s:b, s:i, s:i, s:i, s:i, s:I, s:s, s:n, s:s, s:[s], s:i}",
			     "arguments", "alice", "hot", 0, "eggs", 3, "grains", 0, "weight",
			     1048576, "small_size", 0, "cooking_time_ns", (json_int_t)10000000000,
			     "rest_ns", "auto", "name", "colour", "green", "spice", "salt",
			     "parity", 4);
	cr_assert_not_null(expected);
	cr_assert(json_equal(found, expected));
	json_decref(found);
	json_decref(expected);
}

/* glibc's; where it is lacking there is no leak check either. */
int on_exit(void (*function)(int status, void *unused), void *unused) __attribute__((weak));

/* A leak check would find a fork of a test runner with threads confusing. */
static void leave_at_once(int status, void *unused)
{
	(void)fflush(stdout);
	_exit(status);
}

/* What --help prints, by a child, since it exits. */
static const char *help_text(const char *option)
{
	static char text[8192];
	const char *argv[] = { "kitchen cook", option, NULL };
	int ends[2], status;
	size_t used = 0;
	ssize_t got;
	pid_t child;

	cr_assert_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		if (on_exit)
			(void)on_exit(leave_at_once, NULL);
		(void)options_parse(&table, 2, (char **)argv, &dish, &problem);
		_exit(99);
	}
	(void)close(ends[1]);
	while ((got = read(ends[0], text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return text;
}

Test(option, help_shows_groups_defaults_and_details)
{
	const char *text = help_text("--help");

	cr_assert_not_null(strstr(text, "Usage: kitchen cook [OPTION...] GUEST..."));
	cr_assert_not_null(strstr(text, "Cook a dish."));
	cr_assert_not_null(strstr(text, " Taste:"));
	cr_assert_not_null(strstr(text, "-e, --eggs=N "));
	cr_assert_not_null(strstr(text, "how many eggs (default: 3)"));
	cr_assert_not_null(strstr(text, "how many grains\n"));
	cr_assert_not_null(strstr(text, "All of it is eaten."));
	cr_assert_not_null(strstr(text, "  pepper  hot"));
	cr_assert_lt((void *)strstr(text, "Taste:"), (void *)strstr(text, "Time:"));
}

Test(option, usage_lists_the_options)
{
	cr_assert_not_null(strstr(help_text("--usage"), "[--cooking-time=TIME]"));
}
