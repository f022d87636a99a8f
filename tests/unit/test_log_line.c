/* Lines of the log for programs, and how many of them are let through. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "base/log_limit.h"
#include "base/log_line.h"

static const char awkward[] = "a \"b\" \\c=d";

Test(log_line, json_is_read_back)
{
	struct log_line line;
	json_t *object;

	log_line_begin(&line, LOG_JSON);
	log_line_add_time(&line);
	log_line_add(&line, "text", awkward, false);
	log_line_add(&line, "number", "12", true);
	log_line_end(&line);
	object = json_loads(line.text, 0, NULL);
	cr_assert_not_null(object, "%s", line.text);
	cr_assert_str_eq(json_string_value(json_object_get(object, "text")), awkward);
	cr_assert_eq(json_integer_value(json_object_get(object, "number")), 12);
	cr_assert_eq(strlen(json_string_value(json_object_get(object, "time"))),
		     strlen("2026-11-26T15:04:05.123456Z"));
	json_decref(object);
}

Test(log_line, logfmt_quotes_what_could_be_taken_apart)
{
	struct log_line line;

	log_line_begin(&line, LOG_LOGFMT);
	log_line_add(&line, "a", "plain", false);
	log_line_add(&line, "b", "", false);
	log_line_add(&line, "c", awkward, false);
	log_line_add(&line, "d", "12", true);
	log_line_end(&line);
	cr_assert_str_eq(line.text, "a=plain b=\"\" c=\"a \\\"b\\\" \\\\c=d\" d=12");
}

Test(log_line, what_does_not_fit_is_left_out_whole)
{
	static char quotes[LOG_LINE_MAX / 4];
	struct log_line line;
	json_t *object;

	memset(quotes, '"', sizeof(quotes) - 1);
	log_line_begin(&line, LOG_JSON);
	for (int i = 0; i < 4; i++)
		log_line_add(&line, "value", quotes, false);
	log_line_add(&line, "last", "short", false);
	log_line_end(&line);
	object = json_loads(line.text, 0, NULL);
	cr_assert_not_null(object);
	cr_assert_str_eq(json_string_value(json_object_get(object, "last")), "short");
	json_decref(object);
}

Test(log_limit, without_a_limit_all_is_admitted)
{
	struct log_suppressed suppressed;

	for (int i = 0; i < 1000; i++)
		cr_assert(log_limit_admits("kind", "line", &suppressed));
	cr_assert_eq(suppressed.count, 0);
}

/* A second may begin in between: what is admitted and what is left out is all that came. */
Test(log_limit, each_line_is_admitted_or_counted)
{
	struct log_suppressed suppressed;
	uint64_t admitted = 0, left_out = 0;

	log_limit_start(10);
	for (int i = 0; i < 1000; i++) {
		if (!log_limit_admits("kind", "line", &suppressed))
			continue;
		admitted++;
		left_out += suppressed.count;
	}
	cr_assert(log_limit_admits("another", "line", &suppressed),
		  "kinds are limited by themselves");
	while (log_limit_take(&suppressed)) {
		cr_assert_str_eq(suppressed.last, "line");
		left_out += suppressed.count;
	}
	cr_assert_eq(admitted + left_out, 1000);
	cr_assert_geq(admitted, 10);
	cr_assert_gt(left_out, 0);
}
