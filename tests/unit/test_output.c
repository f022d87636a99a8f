/* What each format makes of a document, and how -o FORMAT=FILE is read. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "measure/histogram.h"
#include "output/output.h"

#define TEXT_MAX 65536

static char folder[] = "/tmp/ringside-output-XXXXXX";
static char path[64];
static char text[TEXT_MAX];
static json_t *document;

/* 99 answers of 1 ms and one of 5 ms, in one second. */
static json_t *latency_of(int count)
{
	struct histogram *histogram;
	json_t *json;

	cr_assert_eq(histogram_open(&histogram), 0);
	for (int i = 0; i < count; i++)
		histogram_record(histogram, i > 0 ? 1000000 : 5000000);
	json = histogram_to_json(histogram, NULL, true);
	histogram_close(histogram);
	return json;
}

static json_t *document_of(int count)
{
	return json_pack(
		"{s:s, s:s, s:n, s:s, s:{s:i, s:i, s:i, s:s, s:i}, s:{s:s}, s:I, s:I,"
		"s:i, s:i, s:f, s:i, s:i, s:i, s:i, s:i, s:o, s:{s:i, s:i}}",
		"schema", DOCUMENT_SCHEMA, "version", "0.1.0", "label", "target",
		"echo+udp://[::1]:7", "options", "connections", 8, "threads", 2, "depth", 4, "size",
		"64:9,1k:1", "rate", 5000, "backend", "effective", "epoll", "started_unix_ns",
		(json_int_t)1764000000500000000, "duration_ns", (json_int_t)1000000000, "sent",
		count + 1, "requests", count, "requests_per_s", (double)count, "lost", 1, "cpu_ns",
		2000 * count, "user_ns", 500 * count, "system_ns", 1500 * count, "system_calls",
		3 * count, "latency_ns", latency_of(count), "errors", "total", 0, "reset", 0);
}

static void make_document(void)
{
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/out", folder);
	document = document_of(100);
	cr_assert_not_null(document);
}

static void remove_document(void)
{
	json_decref(document);
	(void)unlink(path);
	cr_expect_eq(rmdir(folder), 0, "something was left behind");
}

TestSuite(output, .init = make_document, .fini = remove_document);

static void save_as(const char *format)
{
	struct output_list outputs = { 0 };
	struct error reason = { "" };
	char option[128];
	FILE *file;

	(void)snprintf(option, sizeof(option), "%s=%s", format, path);
	cr_assert_eq(output_parse(option, &outputs, &reason), 0, "%s", reason.text);
	cr_assert_eq(outputs_try(&outputs, &reason), 0, "%s", reason.text);
	cr_assert_eq(outputs_save(&outputs, document, &reason), 0, "%s", reason.text);
	file = fopen(path, "re");
	cr_assert_not_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	(void)fclose(file);
}

/* A key of JSON must be UTF-8, whatever is left of a name that does not fit. */
Test(output, a_long_label_is_cut_between_characters)
{
	char label[601];

	for (size_t i = 0; i < sizeof(label) - 1; i++)
		label[i] = i % 2 ? '\xa9' : '\xc3';
	label[sizeof(label) - 1] = '\0';
	cr_assert_eq(json_put_string(document, "label", label), 0);
	save_as("bmf");
	cr_expect(strstr(text, "\xc3\xa9\":"), "%.20s", text);
}

static void assert_says(const char *what)
{
	cr_assert_not_null(strstr(text, what), "'%s' is not in:\n%s", what, text);
}

static void assert_silent_on(const char *what)
{
	cr_assert_null(strstr(text, what), "'%s' is in:\n%s", what, text);
}

#define NAME "echo/proto=udp/conns=8/depth=4/size=64:9,1k:1/rate=5000/backend=epoll"

Test(output, gobench)
{
	save_as("gobench");
	assert_says("\nBenchmarkEcho/proto=udp/conns=8/depth=4/size=64:9,1k:1/rate=5000/"
		    "backend=epoll-2\t100\t10000000 ns/op\t100 req/s\t1040000 mean-ns\t");
	assert_says("\t2000 cpu-ns/op\t3 syscalls/op\t");
	assert_says("Unit req/s better=higher\n");
}

Test(output, bmf)
{
	json_t *json, *metrics;

	save_as("bmf");
	json = json_loads(text, 0, NULL);
	metrics = json_object_get(json, NAME);
	cr_assert_eq(json_number_value(member(metrics, "throughput/value")), 100);
	cr_assert_eq(json_number_value(member(metrics, "latency/value")), 1040000);
	cr_assert_eq(json_number_value(member(metrics, "latency-max/value")), 5000000);
	cr_assert_null(member(metrics, "latency/lower_value"));
	json_decref(json);
}

Test(output, gha_is_what_should_be_smaller)
{
	save_as("gha");
	assert_says(NAME " - largest latency");
	assert_says("\"value\": 5000000");
	assert_silent_on("1/s");
	save_as("gha-bigger");
	assert_says("\"unit\": \"1/s\"");
	assert_silent_on("latency");
}

Test(output, hyperfine_is_in_seconds)
{
	json_t *json, *result;

	save_as("hyperfine");
	json = json_loads(text, 0, NULL);
	result = json_array_get(json_object_get(json, "results"), 0);
	cr_assert_float_eq(json_real_value(member(result, "mean")), 1.04e-3, 1e-12);
	cr_assert_float_eq(json_real_value(member(result, "system")), 1.5e-6, 1e-12);
	cr_assert(json_is_null(member(result, "stddev")));
	cr_assert_eq(json_integer_value(json_array_get(member(result, "exit_codes"), 0)), 1);
	json_decref(json);
}

Test(output, junit_fails_for_a_lost_request)
{
	save_as("junit");
	assert_says("<testsuites tests=\"1\" failures=\"1\"");
	assert_says("message=\"0 errors, 1 of 101 requests lost\"");
	assert_says("<property name=\"latency_max_ns\" value=\"5000000\"/>");
}

Test(output, openmetrics_has_cumulative_buckets_and_an_end)
{
	save_as("openmetrics");
	assert_says("# TYPE ringside_latency_seconds histogram\n");
	assert_says("le=\"0.0005\"} 0\n");
	assert_says("le=\"0.002\"} 99\n");
	assert_says("le=\"+Inf\"} 100\n");
	assert_says("ringside_latency_seconds_sum{benchmark=\"" NAME "\"} 0.104\n");
	assert_says("ringside_errors_total{benchmark=\"" NAME "\",kind=\"reset\"} 0\n");
	cr_assert_str_eq(text + strlen(text) - 6, "# EOF\n");
}

Test(output, csv_quotes_what_has_commas)
{
	save_as("csv");
	cr_assert_eq(strncmp(text, "name,run,host,", 14), 0);
	assert_says("\n\"" NAME "\",,,1764000000500000000,1000000000,101,100,");
}

Test(output, keyval_has_names_and_units_of_netperf)
{
	save_as("keyval");
	assert_says("PROTOCOL=UDP\n");
	assert_says("THROUGHPUT=100\n");
	assert_says("MAX_LATENCY=5000\n");
	assert_says("LOCAL_SD=2\n");
	assert_silent_on("REMOTE_SD");
}

Test(output, hgrm_ends_with_the_maximum)
{
	save_as("hgrm");
	assert_says("    5000.000 1.000000000000        100            inf\n");
	assert_says("#[Mean    =     1040.000, StdDeviation   =      397.");
	assert_says("#[Buckets =           26, SubBuckets     =         2048]\n");
}

Test(output, hlog_has_begin_length_and_maximum)
{
	save_as("hlog");
	assert_says("#[StartTime: 1764000000.500 (seconds since epoch), Mon Nov 24 16:00:00 UTC");
	assert_says("\n1764000000.500,1.000,5.000,HISTFAAA");
}

Test(output, nothing_answered_is_no_figure)
{
	static const char *const formats[] = { "gobench", "hyperfine", "keyval", "bmf",	 "csv",
					       "gha",	  "hgrm",      "hlog",	 "junit" };

	json_decref(document);
	document = document_of(0);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		save_as(formats[i]);
		assert_silent_on("nan");
		assert_silent_on(" inf");
		assert_silent_on("HIST");
	}
	save_as("bmf");
	assert_silent_on("latency");
	assert_says("lost-percent");
}

static void assert_refused(const char *option, struct output_list *outputs, const char *says)
{
	struct error reason = { "" };

	cr_assert_eq(output_parse(option, outputs, &reason), -EINVAL);
	cr_assert_not_null(strstr(reason.text, says), "%s", reason.text);
}

Test(output, wrong_options_are_refused_with_what_is_right)
{
	struct output_list outputs = { 0 };
	struct error reason;

	assert_refused("csv", &outputs, "FORMAT=FILE");
	assert_refused("csv=", &outputs, "FORMAT=FILE");
	assert_refused("junti=x", &outputs, "did you mean 'junit'?");
	assert_refused("=x", &outputs, "bmf, csv, gha");
	cr_assert_eq(output_parse("csv=-", &outputs, &reason), 0);
	assert_refused("bmf=-", &outputs, "two formats cannot go to standard output");
	cr_assert(outputs_have(&outputs, "-"));
	cr_assert_eq(outputs.count, 1);
}

Test(output, list_is_told_as_it_was_written)
{
	struct output_list outputs = { 0 };
	struct error reason;
	json_t *json;

	cr_assert_eq(output_parse("csv=a=b", &outputs, &reason), 0);
	cr_assert_eq(output_parse("bmf=-", &outputs, &reason), 0);
	json = outputs_to_json(&outputs);
	cr_assert_str_eq(json_string_value(json_array_get(json, 0)), "csv=a=b");
	cr_assert_str_eq(json_string_value(json_array_get(json, 1)), "bmf=-");
	json_decref(json);
}

Test(output, one_that_fails_does_not_keep_the_others_back)
{
	struct output_list outputs = { 0 };
	struct error reason;
	char option[128];

	(void)snprintf(option, sizeof(option), "bmf=%s", path);
	cr_assert_eq(output_parse("csv=/dev/full", &outputs, &reason), 0);
	cr_assert_eq(output_parse(option, &outputs, &reason), 0);
	cr_assert_eq(outputs_save(&outputs, document, &reason), -ENOSPC);
	cr_assert_str_eq(reason.text, "cannot write /dev/full: No space left on device");
	cr_assert_eq(access(path, R_OK), 0);
}
