/* The server's own account of a run, from two readings of its document. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "fake_root.h"
#include "load/server_stats.h"

static char path[64];
static struct error error;

static void make(void)
{
	fake_root_make();
	(void)snprintf(path, sizeof(path), "%s/stats.json", fake_root);
}

TestSuite(server_stats, .init = make, .fini = fake_root_remove);

static int read_text(const char *text, struct server_stats *ret_stats)
{
	fake_root_put("/stats.json", text);
	return server_stats_read(path, ret_stats, &error);
}

/* A document with some numbers that count up with the messages. */
static struct server_stats reading(uint64_t started, uint64_t elapsed_ns, uint64_t messages,
				   const char *more)
{
	struct server_stats stats;
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "{\"schema\": \"ringside-serve/1\", \"started_unix_ns\": %llu,"
		       " \"elapsed_ns\": %llu, \"cpu_ns\": %llu, \"kernel_drops\": %llu,"
		       " \"counters\": {\"messages_in\": %llu, \"system_calls\": %llu,"
		       " \"completions\": %llu}, \"spin\": {\"spent_ns\": %llu}%s}",
		       (unsigned long long)started, (unsigned long long)elapsed_ns,
		       (unsigned long long)messages * 500, (unsigned long long)messages / 10,
		       (unsigned long long)messages, (unsigned long long)messages / 4,
		       (unsigned long long)messages * 2, (unsigned long long)messages * 3, more);
	cr_assert_eq(read_text(text, &stats), 0, "%s", error.text);
	return stats;
}

static void expect_member(const json_t *object, const char *name, json_int_t value)
{
	const json_t *member = json_object_get(object, name);

	cr_assert(json_is_integer(member), "no %s", name);
	cr_expect_eq(json_integer_value(member), value, "%s", name);
}

Test(server_stats, hostile_counters_do_no_harm)
{
	static const char most[] =
		", \"listeners\": [{\"injected\": {\"drop\": 9223372036854775807}},"
		" {\"injected\": {\"drop\": 9223372036854775807}}]";
	static const char least[] =
		", \"listeners\": [{\"injected\": {\"drop\": -9223372036854775808}}]";
	struct server_stats before = reading(1, 1000, 300, most);
	struct server_stats after = reading(1, 4000, 100, least);
	struct server_stats difference;
	json_t *object;

	cr_assert_eq(server_stats_difference(path, &after, &before, &difference, &error), 0);
	object = server_stats_to_json(&difference);
	expect_member(object, "messages", 0);
	expect_member(object, "cpu_ns", 0);
	expect_member(difference.injected, "drop", 0);
	json_decref(object);
	server_stats_finish(&difference);
	server_stats_finish(&after);
	server_stats_finish(&before);
}

Test(server_stats, the_difference_is_what_the_span_has_cost)
{
	struct server_stats before = reading(1, 1000, 100,
					     ", \"listeners\": [{\"injected\": null}, "
					     "{\"injected\": {\"dropped\": 5}}]");
	struct server_stats after = reading(1, 4000, 300,
					    ", \"listeners\": [{\"injected\": {\"dropped\": 2}}, "
					    "{\"injected\": {\"dropped\": 10, \"delayed\": 3}}]");
	struct server_stats difference;
	json_t *object;

	cr_assert_eq(server_stats_difference(path, &after, &before, &difference, &error), 0);
	object = server_stats_to_json(&difference);
	expect_member(object, "span_ns", 3000);
	expect_member(object, "messages", 200);
	expect_member(object, "cpu_ns", 100000);
	expect_member(object, "cpu_ns_per_message", 500);
	expect_member(object, "spin_ns", 600);
	expect_member(object, "system_calls", 50);
	expect_member(object, "completions", 400);
	expect_member(object, "kernel_drops", 20);
	expect_member(json_object_get(object, "injected"), "dropped", 7);
	expect_member(json_object_get(object, "injected"), "delayed", 3);
	cr_expect_null(json_object_get(object, "started_unix_ns"));
	json_decref(object);
	server_stats_finish(&difference);
	server_stats_finish(&after);
	server_stats_finish(&before);
}

Test(server_stats, without_messages_there_is_no_cost_of_one)
{
	struct server_stats before = reading(1, 1000, 100, ""), after = reading(1, 2000, 100, "");
	struct server_stats difference;
	json_t *object;

	cr_assert_eq(server_stats_difference(path, &after, &before, &difference, &error), 0);
	object = server_stats_to_json(&difference);
	cr_expect(json_is_null(json_object_get(object, "cpu_ns_per_message")));
	cr_expect(json_is_null(json_object_get(object, "injected")));
	json_decref(object);
	server_stats_finish(&difference);
}

Test(server_stats, another_server_is_not_compared)
{
	struct server_stats before = reading(1, 1000, 100, ""), after = reading(2, 2000, 300, "");
	struct server_stats difference;

	cr_expect_eq(server_stats_difference(path, &after, &before, &difference, &error), -EINVAL);
	cr_expect_not_null(strstr(error.text, "started anew"), "%s", error.text);
}

Test(server_stats, a_file_that_was_not_written_meanwhile_says_nothing)
{
	struct server_stats before = reading(1, 1000, 100, ""), after = reading(1, 1000, 100, "");
	struct server_stats difference;

	cr_expect_eq(server_stats_difference(path, &after, &before, &difference, &error), -EAGAIN);
	cr_expect_not_null(strstr(error.text, "--stats-interval"), "%s", error.text);
}

Test(server_stats, what_is_no_such_document_is_refused)
{
	struct server_stats stats = { .messages = 7 };

	cr_expect_eq(server_stats_read("/nowhere/stats.json", &stats, &error), -ENOENT);
	cr_expect_not_null(strstr(error.text, "/nowhere/stats.json"), "%s", error.text);
	cr_expect_eq(read_text("{\n\"schema\": ", &stats), -EINVAL);
	cr_expect_not_null(strstr(error.text, ":2: no JSON"), "%s", error.text);
	cr_expect_eq(read_text("[]", &stats), -EINVAL);
	cr_expect_eq(read_text("{\"schema\": \"ringside-load/1\"}", &stats), -EINVAL);
	cr_expect_not_null(strstr(error.text, "its schema is ringside-load/1"), "%s", error.text);
	cr_expect_eq(read_text("{\"schema\": \"ringside-serve/1\", \"started_unix_ns\": 1,"
			       "\"elapsed_ns\": 1, \"counters\": {\"messages_in\": -1}}",
			       &stats),
		     -EINVAL);
	cr_expect_not_null(strstr(error.text, "counters.messages_in"), "%s", error.text);
	cr_expect_eq(stats.messages, 7);
}
