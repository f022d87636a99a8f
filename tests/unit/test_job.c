/* Jobs: what a section, [global] and the typed line make together, word for word. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/job.h"

struct meal {
	struct string_list urls;
	bool hot, no_hot;
	uint32_t eggs;
	const char *name;
	struct string_list spices;
};

#define AT(member) OPTION_AT(struct meal, member)

static const struct option_row rows[] = {
	{ .name = "hot", .key = 't', .type = OPTION_FLAG, .at = AT(hot), .help = "hot" },
	{ .name = "no-hot", .type = OPTION_FLAG, .at = AT(no_hot), .help = "cold" },
	{ .name = "eggs",
	  .key = 'e',
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(eggs),
	  .max = 9,
	  .help = "how many" },
	{ .name = "name",
	  .argument = "TEXT",
	  .type = OPTION_STRING,
	  .at = AT(name),
	  .help = "its name" },
	{ .name = "spice",
	  .argument = "NAME",
	  .type = OPTION_LIST,
	  .at = AT(spices),
	  .help = "add one" },
	JOB_ROWS("run jobs"),
	{ .name = NULL },
};

static const struct option_table table = {
	.arguments = "URL",
	.arguments_at = AT(urls),
	.arguments_min = 1,
	.arguments_max = 1,
	.summary = "Cook.",
	.rows = rows,
};

static struct job_entry entries[8];
static struct job_section sections[2];
static const struct job_file file = { "f.ini", sections, ARRAY_SIZE(sections) };
static struct command_line typed, line;
static struct error problem;
static char shown[1024];

/* Entries of [global], then those of [a]: names and values, NULL at the end of each. */
static void write_file(const char *const *words)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < ARRAY_SIZE(sections); i++) {
		sections[i] = (struct job_section){ .name = i ? (char *)"a" : (char *)"global",
						    .line = 10 * i,
						    .entries = &entries[used] };
		for (; *words; words += 2) {
			const char *value = words[1][0] ? words[1] : NULL;

			entries[used++] = (struct job_entry){ (char *)words[0], (char *)value,
							      10 * i + ++sections[i].entry_count };
		}
		words++;
	}
}

/* The command line of [a] as it is printed; NULL: it is refused. */
static const char *make(const char *const *argv)
{
	int argc = 0;
	FILE *stream;

	while (argv[argc])
		argc++;
	command_line_finish(&typed);
	command_line_finish(&line);
	cr_assert_eq(command_line_read(&table, argc, (char **)argv, &typed), 0);
	if (job_command_line(&table, &file, &sections[1], &typed, &line, &problem) != 0)
		return NULL;
	stream = fmemopen(shown, sizeof(shown), "w");
	cr_assert_not_null(stream);
	cr_assert_eq(command_line_print(&line, stream), 0);
	(void)fclose(stream);
	return shown;
}

#define FILE_OF(...) write_file((const char *const[]){ __VA_ARGS__ })
#define MAKE(...) make((const char *const[]){ "cook", __VA_ARGS__, NULL })

static void finish(void)
{
	command_line_finish(&typed);
	command_line_finish(&line);
}

TestSuite(job, .fini = finish);

static void assert_refused(const char *sentence)
{
	cr_assert_null(MAKE("--job=f.ini"));
	cr_assert_str_eq(problem.text, sentence);
}

Test(job, global_comes_first_then_the_section_then_what_was_typed)
{
	FILE_OF("eggs", "1", "name", "soup", NULL, "eggs", "2", "url", "x", NULL);
	cr_assert_str_eq(MAKE("--job", "f.ini", "-e3", "--section=a"),
			 "cook --name=soup --eggs=3 x\n");
	cr_assert_str_eq(MAKE("--job", "f.ini"), "cook --name=soup --eggs=2 x\n");
}

Test(job, typed_line_may_abbreviate_and_stand_in_any_order)
{
	FILE_OF(NULL, "url", "x", NULL);
	cr_assert_str_eq(MAKE("y", "-te", "3", "--jo", "f.ini", "--na", "a b", "--showcmd"),
			 "cook --hot --eggs=3 '--name=a b' y\n");
	cr_assert_str_eq(MAKE("--job=f.ini", "--", "-y"), "cook -- -y\n");
}

Test(job, lists_grow_and_the_argument_is_replaced)
{
	FILE_OF("spice", "salt", "url", "g", NULL, "spice", "dill", "spice", "mint", "url", "x",
		NULL);
	cr_assert_str_eq(MAKE("--spice=thyme"), "cook --spice=salt --spice=dill --spice=mint "
						"--spice=thyme x\n");
	cr_assert_str_eq(MAKE("y"), "cook --spice=salt --spice=dill --spice=mint y\n");
}

Test(job, flag_is_true_false_or_alone)
{
	FILE_OF("hot", "true", NULL, "url", "x", NULL);
	cr_assert_str_eq(MAKE("-e1"), "cook --hot --eggs=1 x\n");
	FILE_OF("hot", "", NULL, "hot", "false", "url", "x", NULL);
	cr_assert_str_eq(MAKE("-e1"), "cook --eggs=1 x\n");
	FILE_OF("url", "x", NULL, "hot", "yes", NULL);
	assert_refused("f.ini:11: 'hot' is true or false, not 'yes'");
}

Test(job, later_flag_overrides_its_opposite)
{
	FILE_OF("hot", "", NULL, "no-hot", "", "url", "x", NULL);
	cr_assert_str_eq(MAKE("-e1"), "cook --no-hot --eggs=1 x\n");
	cr_assert_str_eq(MAKE("--hot"), "cook --hot x\n");
}

Test(job, unknown_name_is_told_with_its_line_and_neighbour)
{
	FILE_OF("egs", "1", NULL, NULL);
	assert_refused("f.ini:1: there is no option 'egs'; did you mean 'eggs'?");
	FILE_OF(NULL, "url", "x", "e", "1", NULL);
	assert_refused("f.ini:12: there is no option 'e'; did you mean 'eggs'?");
	FILE_OF(NULL, "--eggs", "1", NULL);
	assert_refused("f.ini:11: there is no option '--eggs'; did you mean 'eggs'?");
	FILE_OF(NULL, "uri", "x", NULL);
	assert_refused("f.ini:11: there is no option 'uri'; did you mean 'url'?");
	FILE_OF(NULL, "frobnicate", "x", NULL);
	assert_refused("f.ini:11: there is no option 'frobnicate'; write one by its long name, "
		       "without dashes");
}

Test(job, bad_value_is_told_with_its_line)
{
	FILE_OF(NULL, "eggs", "ten", NULL);
	assert_refused("f.ini:11: --eggs: 'ten' is not a number (whole, or with k, M, G: 10k)");
	FILE_OF("eggs", "10", NULL, NULL);
	assert_refused("f.ini:1: --eggs: 10 is out of range (0 to 9)");
	FILE_OF(NULL, "eggs", "", NULL);
	assert_refused("f.ini:11: 'eggs' needs a value: eggs = N");
	FILE_OF(NULL, "url", "", NULL);
	assert_refused("f.ini:11: 'url' needs a value: url = URL");
}

Test(job, what_belongs_on_the_command_line_is_refused)
{
	for (const char *const *name = (const char *const[]){ "job", "section", "showcmd", "help",
							      "usage", "version", NULL };
	     *name; name++) {
		char sentence[128];

		FILE_OF(NULL, *name, "x", NULL);
		(void)snprintf(sentence, sizeof(sentence),
			       "f.ini:11: '%s' belongs on the command line, not in a file", *name);
		assert_refused(sentence);
	}
}

Test(job, second_word_about_the_same_thing_is_refused)
{
	FILE_OF(NULL, "eggs", "1", "eggs", "2", NULL);
	assert_refused("f.ini:12: 'eggs' is settled by 'eggs' in line 11; keep one of them");
	FILE_OF(NULL, "hot", "", "no-hot", "", NULL);
	assert_refused("f.ini:12: 'no-hot' is settled by 'hot' in line 11; keep one of them");
	FILE_OF(NULL, "url", "x", "url", "y", NULL);
	assert_refused("f.ini:12: 'url' is settled by 'url' in line 11; keep one of them");
}

Test(job, missing_argument_is_told_with_the_section)
{
	FILE_OF(NULL, "eggs", "1", NULL);
	assert_refused("f.ini:10: the job a lacks a line: url = URL");
}

Test(job, words_are_those_that_main_would_get)
{
	int count;
	char **words;

	FILE_OF(NULL, "name", "a b", "hot", "", "url", "-x", NULL);
	cr_assert_not_null(MAKE("--job=f.ini"));
	words = command_line_words(&line, &count);
	cr_assert_eq(count, 5);
	cr_assert_str_eq(words[0], "cook");
	cr_assert_str_eq(words[1], "--name=a b");
	cr_assert_str_eq(words[2], "--hot");
	cr_assert_str_eq(words[3], "--");
	cr_assert_str_eq(words[4], "-x");
	cr_assert_null(words[5]);
	words_free(words);
}

Test(job, options_of_jobs_are_told_from_others)
{
	for (const struct option_row *row = rows; row->name; row++)
		cr_assert_eq(job_option_is(row), row >= &rows[5] && row <= &rows[7], "%s",
			     row->name);
}

Test(job, words_are_quoted_for_a_shell)
{
	FILE_OF(NULL, "name", "it's $HOME & <more> \"\\", "url", "tcp://[::1]:7", NULL);
	cr_assert_str_eq(MAKE("--job=f.ini"),
			 "cook '--name=it'\\''s $HOME & <more> \"\\' 'tcp://[::1]:7'\n");
}

Test(job, typed_line_that_cannot_be_taken_apart_is_left_to_its_parser)
{
	const char *const lines[][3] = { { "cook", "--egs=1" }, { "cook", "--eggs" },
					 { "cook", "--help" },	{ "cook", "-h" },
					 { "cook", "--vers" },	{ "cook", "-x" } };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		cr_assert_eq(command_line_read(&table, 2, (char **)lines[i], &typed), -EINVAL, "%s",
			     lines[i][1]);
		command_line_finish(&typed);
	}
}
