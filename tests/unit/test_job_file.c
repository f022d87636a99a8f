/* Job files: what is written is what is read, and what would be lost is refused with its line. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/job_file.h"

static char path[] = "/tmp/job-file-XXXXXX";
static struct job_file file;
static struct error problem;

static int read_bytes(const char *text, size_t length)
{
	FILE *stream = fopen(path, "w");

	cr_assert_not_null(stream);
	cr_assert_eq(fwrite(text, 1, length, stream), length);
	cr_assert_eq(fclose(stream), 0);
	job_file_finish(&file);
	return job_file_read(path, &file, &problem);
}

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void start(void)
{
	int descriptor = mkstemp(path);

	cr_assert_geq(descriptor, 0);
	(void)close(descriptor);
}

static void finish(void)
{
	job_file_finish(&file);
	(void)unlink(path);
}

TestSuite(job_file, .init = start, .fini = finish);

static void assert_refused(const char *text, const char *sentence)
{
	char whole[ERROR_TEXT_MAX];

	cr_assert_eq(read_text(text), -EINVAL, "taken: %s", text);
	(void)snprintf(whole, sizeof(whole), "%s:%s", path, sentence);
	cr_assert_str_eq(problem.text, whole);
}

static void assert_entry(const struct job_section *section, uint32_t index, const char *name,
			 const char *value, uint32_t line)
{
	const struct job_entry *entry = &section->entries[index];

	cr_assert_lt(index, section->entry_count);
	cr_assert_str_eq(entry->name, name);
	cr_assert_eq(entry->line, line);
	cr_assert_eq(!value, !entry->value, "%s", name);
	if (value)
		cr_assert_str_eq(entry->value, value);
}

Test(job_file, sections_and_entries_keep_their_order_and_lines)
{
	cr_assert_eq(read_text("; first\n[global]\nsize = 64\n\n# more\n[a]\n[b]\nsize=1k\nverify\n"
			       "size : 2k\n"),
		     0, "%s", problem.text);
	cr_assert_eq(file.section_count, 3);
	cr_assert_str_eq(file.sections[0].name, "global");
	assert_entry(&file.sections[0], 0, "size", "64", 3);
	cr_assert_str_eq(file.sections[1].name, "a");
	cr_assert_eq(file.sections[1].line, 6);
	cr_assert_eq(file.sections[1].entry_count, 0);
	assert_entry(&file.sections[2], 0, "size", "1k", 8);
	assert_entry(&file.sections[2], 1, "verify", NULL, 9);
	assert_entry(&file.sections[2], 2, "size", "2k", 10);
	cr_assert_eq(job_file_find(&file, "b"), &file.sections[2]);
	cr_assert_null(job_file_find(&file, "c"));
}

Test(job_file, signs_within_a_value_are_part_of_it)
{
	cr_assert_eq(read_text("[a]\nthreshold = p(99)<200us\nsockopt = rcvbuf=64Ki\n"
			       "url = tcp://[::1]:7777\njson = a;b#c.json\noutput=csv=x=y\n"
			       "json = \"a b\"\n"),
		     0, "%s", problem.text);
	assert_entry(&file.sections[0], 0, "threshold", "p(99)<200us", 2);
	assert_entry(&file.sections[0], 1, "sockopt", "rcvbuf=64Ki", 3);
	assert_entry(&file.sections[0], 2, "url", "tcp://[::1]:7777", 4);
	assert_entry(&file.sections[0], 3, "json", "a;b#c.json", 5);
	assert_entry(&file.sections[0], 4, "output", "csv=x=y", 6);
	assert_entry(&file.sections[0], 5, "json", "\"a b\"", 7);
}

Test(job_file, comments_end_an_entry_and_a_heading)
{
	cr_assert_eq(read_text("[a] ; the first\nsize = 64 ; # bytes = 64\nverify\t; all\n"
			       "seed = ; none\n"),
		     0, "%s", problem.text);
	cr_assert_str_eq(file.sections[0].name, "a");
	assert_entry(&file.sections[0], 0, "size", "64", 2);
	assert_entry(&file.sections[0], 1, "verify", NULL, 3);
	assert_entry(&file.sections[0], 2, "seed", "", 4);
}

Test(job_file, indentation_means_nothing)
{
	cr_assert_eq(read_text("  [a]\n\tsize = 64\n\t  depth = 4\n  ; x\n"), 0, "%s",
		     problem.text);
	assert_entry(&file.sections[0], 0, "size", "64", 2);
	assert_entry(&file.sections[0], 1, "depth", "4", 3);
}

Test(job_file, line_ends_of_other_systems_and_a_missing_one_are_taken)
{
	cr_assert_eq(read_text("\xef\xbb\xbf[a]\r\nsize = 64\r\nverify\r\n[b]\r\ndepth=4"), 0, "%s",
		     problem.text);
	assert_entry(&file.sections[0], 0, "size", "64", 2);
	assert_entry(&file.sections[0], 1, "verify", NULL, 3);
	assert_entry(&file.sections[1], 0, "depth", "4", 5);
}

Test(job_file, name_alone_ends_with_the_file)
{
	cr_assert_eq(read_text("[a]\nverify"), 0);
	assert_entry(&file.sections[0], 0, "verify", NULL, 2);
	cr_assert_eq(read_text("[a]"), 0);
	cr_assert_eq(file.section_count, 1);
}

Test(job_file, empty_file_has_no_section)
{
	cr_assert_eq(read_text(""), 0);
	cr_assert_eq(file.section_count, 0);
}

Test(job_file, line_of_the_longest_length_is_whole_and_a_longer_one_refused)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "[a]\njson = %0190d\n%0197d\nseed = 1\n", 5, 6);
	cr_assert_eq(read_text(text), 0, "%s", problem.text);
	cr_assert_eq(strlen(file.sections[0].entries[0].value), 190);
	cr_assert_eq(strlen(file.sections[0].entries[1].name), 197);
	assert_entry(&file.sections[0], 2, "seed", "1", 4);
	(void)snprintf(text, sizeof(text), "[a]\njson = %0191d", 5);
	assert_refused(text, "2: the line is too long; it may have 197 bytes");
}

Test(job_file, heading_is_whole_or_refused)
{
	char text[128], sentence[128];

	(void)snprintf(text, sizeof(text), "[%049d]\nseed=1\n", 7);
	cr_assert_eq(read_text(text), 0, "%s", problem.text);
	cr_assert_eq(strlen(file.sections[0].name), 49);
	(void)snprintf(text, sizeof(text), "[%050d]\n", 7);
	(void)snprintf(sentence, sizeof(sentence),
		       "1: the section's name has 50 bytes; it may have 49");
	assert_refused(text, sentence);
	assert_refused("[a\n", "1: a ] is missing; write [NAME]");
	assert_refused("[a] size = 64\n", "1: ' size = 64' stands behind the section's name; write "
					  "it into a line of its own");
	assert_refused("[]\n", "1: a section's name has a letter or more, and no blank or ';' in "
			       "it: [NAME]");
	assert_refused("[a b]\n", "1: a section's name has a letter or more, and no blank or ';' "
				  "in it: [NAME]");
}

Test(job_file, section_that_is_written_twice_is_refused)
{
	assert_refused("[a]\n[b]\n[a]\n", "3: there is a section [a] already, in line 1; give this "
					  "one another name");
}

Test(job_file, entry_outside_of_a_section_is_refused)
{
	assert_refused("\nsize = 64\n[a]\n",
		       "2: this stands in no section; begin with [global] or [NAME]");
}

Test(job_file, entry_without_a_name_is_refused)
{
	assert_refused("[a]\n= 64\n", "2: no name before the value; write NAME = VALUE");
}

Test(job_file, comment_of_another_kind_is_refused)
{
	assert_refused("[a]\njson = out.json # result\n",
		       "2: a # begins a comment only where a line begins; behind a value use ;");
}

Test(job_file, byte_of_zero_is_refused)
{
	char sentence[128];

	cr_assert_eq(read_bytes("[a]\nsize\0 = 64\n", 15), -EINVAL);
	(void)snprintf(sentence, sizeof(sentence), "%s:2: a byte of zero; a job file is text",
		       path);
	cr_assert_str_eq(problem.text, sentence);
}

Test(job_file, endless_file_is_refused)
{
	cr_assert_eq(job_file_read("/dev/zero", &file, &problem), -EINVAL);
	cr_assert_str_eq(problem.text, "/dev/zero:1: a byte of zero; a job file is text");
}

Test(job_file, too_many_lines_are_refused)
{
	static char text[100002];
	char sentence[128];

	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 2] = '\0';
	cr_assert_eq(read_text(text), 0);
	text[sizeof(text) - 2] = '\n';
	cr_assert_eq(read_text(text), -EINVAL);
	(void)snprintf(sentence, sizeof(sentence),
		       "%s:100001: this is a line too many; a job file has 100000 at most", path);
	cr_assert_str_eq(problem.text, sentence);
}

Test(job_file, unreadable_file_is_told)
{
	cr_assert_eq(job_file_read("/no/such/file", &file, &problem), -ENOENT);
	cr_assert_str_eq(problem.text, "/no/such/file: No such file or directory");
	cr_assert_eq(job_file_read("/", &file, &problem), -EISDIR);
	cr_assert_str_eq(problem.text, "/: Is a directory");
}
