/* What becomes of the results of each program that we read, and of damaged ones. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sample/sample.h"

static struct sample_set set;
static struct error reason;

static void finish(void)
{
	sample_set_finish(&set);
}

TestSuite(sample, .fini = finish);

static void read_text(const char *text)
{
	cr_assert_eq(sample_set_parse(text, strlen(text), "a.json", &set, &reason), 0, "%s",
		     reason.text);
}

static void assert_refused(const char *text, const char *says)
{
	cr_assert_eq(sample_set_parse(text, strlen(text), "a.json", &set, &reason), -EINVAL, "%s",
		     text);
	cr_expect(strstr(reason.text, says), "'%s' is not in '%s'", says, reason.text);
	cr_expect(strstr(reason.text, "a.json"), "%s", reason.text);
	cr_expect_eq(set.count, 0);
}

static const struct sample *sample_of(const char *benchmark, const char *metric)
{
	const struct sample *sample = sample_set_find(&set, benchmark, metric);

	cr_assert_not_null(sample, "there is no %s of %s", metric, benchmark);
	return sample;
}

static void assert_sample(const char *benchmark, const char *metric, const char *unit, double whole,
			  uint32_t count, const double *values)
{
	const struct sample *sample = sample_of(benchmark, metric);

	cr_expect_str_eq(sample->unit, unit);
	cr_expect_eq(sample->count, count, "%s: %u values", metric, sample->count);
	cr_expect_float_eq(sample->whole, whole, 1e-9, "%s: %g", metric, sample->whole);
	for (uint32_t i = 0; i < count && i < sample->count; i++)
		cr_expect_float_eq(sample->values[i], values[i], 1e-9, "%s: %g", metric,
				   sample->values[i]);
}

#define VALUES(...)                                                      \
	(sizeof((double[]){ __VA_ARGS__ }) / sizeof(double)), (double[]) \
	{                                                                \
		__VA_ARGS__                                              \
	}

/* Two runs of a second; the server's own account is of both together. */
#define RUN(START, RATE, P50)                                                                 \
	"{\"started_unix_ns\": " #START ", \"duration_ns\": 1000000000, \"sent\": 100,"       \
	" \"lost\": 0, \"requests\": 100, \"requests_per_s\": " #RATE ", \"cpu_ns\": 100000," \
	" \"latency_ns\": {\"mean\": 10, \"p50\": " #P50 "}, \"server\": null}"
#define LOAD(RUNS)                                                                        \
	"{\"schema\": \"ringside-load/1\", \"version\": \"0.1.0\", \"target\":"           \
	" \"echo+tcp://127.0.0.1:7\", \"label\": null, \"host\": {\"kernel\": \"6.1.0\"," \
	" \"name\": \"alpha\"}, \"options\": {\"connections\": 4}, \"sent\": 200,"        \
	" \"lost\": 1, \"requests\": 200, \"requests_per_s\": 150, \"cpu_ns\": 300000,"   \
	" \"latency_ns\": {\"mean\": 12, \"p50\": 11}, \"server\": null,"                 \
	" \"server_stats\": {\"system_calls\": 400, \"messages\": 200}, \"runs\": [" RUNS "]}"

#define SEQUENTIAL RUN(1000000000000000000, 100, 10) "," RUN(1000000001000000000, 200, 12)
#define CONCURRENT RUN(1000000000000000000, 100, 10) "," RUN(1000000000000000100, 200, 12)

#define LOAD_NAME "echo/proto=tcp/conns=4"

Test(sample, load_has_a_value_for_each_run)
{
	read_text(LOAD(SEQUENTIAL));
	cr_expect_str_eq(set.source, "ringside load");
	assert_sample(LOAD_NAME, "requests_per_s", "1/s", 150, VALUES(100, 200));
	assert_sample(LOAD_NAME, "latency_p50_ns", "ns", 11, VALUES(10, 12));
	assert_sample(LOAD_NAME, "cpu_ns_per_request", "ns", 1500, VALUES(1000, 1000));
	assert_sample(LOAD_NAME, "lost_percent", "%", 0.5, VALUES(0, 0));
	cr_expect(sample_of(LOAD_NAME, "requests_per_s")->more_is_better);
	cr_expect_not(sample_of(LOAD_NAME, "latency_p50_ns")->more_is_better);
	cr_expect_str_eq(sample_set_setting_find(&set, "kernel"), "6.1.0");
	cr_expect_str_eq(sample_set_setting_find(&set, "target"), "echo+tcp://127.0.0.1:7");
}

Test(sample, what_the_server_tells_of_all_runs_is_one_value)
{
	read_text(LOAD(SEQUENTIAL));
	assert_sample(LOAD_NAME, "server_system_calls_per_request", "1", 2, VALUES(2));
	cr_expect(sample_of(LOAD_NAME, "server_system_calls_per_request")->exact);
	cr_expect_null(sample_set_find(&set, LOAD_NAME, "server_cpu_ns_per_request"));
}

/* Hosts that load a server together have a part of the rate each: none of them is a run. */
Test(sample, runs_at_the_same_time_are_one)
{
	read_text(LOAD(CONCURRENT));
	assert_sample(LOAD_NAME, "requests_per_s", "1/s", 150, VALUES(150));
}

#define EXPERIMENT                                                                     \
	"{\"schema\": \"ringside-experiment/1\", \"version\": \"0.1.0\","              \
	" \"command\": \"sweep\", \"host\": {\"kernel\": \"6.1.0\", \"place\":"        \
	" {\"network\": \"loopback\", \"server_cpus\": [2, 3], \"load_cpus\": []}},"   \
	" \"series\": [{\"name\": \"tcp-50/uring\", \"error\": null, \"runs\": ["      \
	"{\"figures\": {\"requests_per_s\": 100, \"latency_p99_ns\": 7, \"new\": 1}}," \
	"{\"figures\": {\"requests_per_s\": 300, \"latency_p99_ns\": null}}]},"        \
	"{\"name\": \"tcp-50/epoll\", \"error\": \"it did not come up\", \"runs\": []}]}"

Test(sample, experiment_has_a_benchmark_for_each_series)
{
	read_text(EXPERIMENT);
	cr_expect_str_eq(set.source, "ringside sweep");
	cr_expect_eq(set.count, 2);
	assert_sample("tcp-50/uring", "requests_per_s", "1/s", 200, VALUES(100, 300));
	assert_sample("tcp-50/uring", "latency_p99_ns", "ns", 7, VALUES(7));
	cr_expect_eq(set.note_count, 1);
	cr_expect_str_eq(set.notes[0], "tcp-50/epoll: it did not come up");
	cr_expect_str_eq(sample_set_setting_find(&set, "network"), "loopback");
	cr_expect_str_eq(sample_set_setting_find(&set, "server_cpus"), "2,3");
	cr_expect_null(sample_set_setting_find(&set, "load_cpus"));
}

#define HYPERFINE                                                                              \
	"{\"results\": [{\"command\": \"sleep 1\", \"mean\": 1.5, \"stddev\": null, \"user\":" \
	" 0.25, \"system\": 0, \"times\": [1, 1.25, 2], \"exit_codes\": [0, 1, null],"         \
	" \"memory_usage_byte\": [4096, 8192, 4096], \"parameters\": {\"n\": \"3\"}},"         \
	"{\"command\": \"true\", \"mean\": 0.001, \"exit_codes\": [0]}]}"

Test(sample, hyperfine_has_a_time_for_each_run)
{
	read_text(HYPERFINE);
	cr_expect_str_eq(set.source, "hyperfine");
	assert_sample("sleep 1/n=3", "time", "s", 1.25, VALUES(1, 1.25, 2));
	assert_sample("sleep 1/n=3", "user", "s", 0.25, VALUES(0.25));
	assert_sample("sleep 1/n=3", "system", "s", 0, VALUES(0));
	assert_sample("sleep 1/n=3", "memory_usage_byte", "B", 4096, VALUES(4096, 8192, 4096));
	assert_sample("true", "time", "s", 0.001, VALUES(0.001));
}

Test(sample, runs_that_failed_are_noted)
{
	read_text(HYPERFINE);
	assert_sample("sleep 1/n=3", "exit_code", "1", 0, VALUES(0, 1, -1));
	cr_expect_null(sample_set_find(&set, "true", "exit_code"));
	cr_expect_eq(set.note_count, 1);
	cr_expect_str_eq(set.notes[0], "sleep 1/n=3: 2 of 3 runs failed");
}

#define GOBENCH                                                                \
	"goos: linux\r\npkg: example.org/a\ncpu: A CPU: fast\n"                \
	"Unit steps assume=exact\nUnit score better=higher\n"                  \
	"BenchmarkFib/n=3-8 \t 100\t 12.5 ns/op\t3 steps\t 7 score\n"          \
	"BenchmarkFib/n=3-8\nBenchmarkFib/n=3-8 a log line\n"                  \
	"BenchmarkFib/n=3-8 \t 200\t 13.5 ns/op\t3 steps\t 9 score\n"          \
	"--- BENCH: BenchmarkOther-8\nBenchmarking is fun: 5 of 6\n"           \
	"BenchmarkEcho-2 1 5e3 req/s 30 p99-ns 10 MB/s 2 server-syscalls/op\n" \
	"PASS\nok  \texample.org/a\t1.2s\n"

Test(sample, gobench_has_a_line_for_each_run)
{
	read_text(GOBENCH);
	cr_expect_str_eq(set.source, "gobench");
	assert_sample("Fib/n=3-8", "ns/op", "ns/op", 13, VALUES(12.5, 13.5));
	assert_sample("Fib/n=3-8", "steps", "steps", 3, VALUES(3, 3));
	cr_expect(sample_of("Fib/n=3-8", "steps")->exact);
	cr_expect(sample_of("Fib/n=3-8", "score")->more_is_better);
	cr_expect_not(sample_of("Fib/n=3-8", "ns/op")->more_is_better);
	cr_expect_str_eq(sample_set_setting_find(&set, "cpu"), "A CPU: fast");
	cr_expect_str_eq(sample_set_setting_find(&set, "goos"), "linux");
	cr_expect_eq(set.setting_count, 3);
}

Test(sample, gobench_has_our_names_for_our_units)
{
	read_text(GOBENCH);
	assert_sample("Echo-2", "requests_per_s", "1/s", 5000, VALUES(5000));
	assert_sample("Echo-2", "latency_p99_ns", "ns", 30, VALUES(30));
	cr_expect(sample_of("Echo-2", "requests_per_s")->more_is_better);
	cr_expect(sample_of("Echo-2", "MB/s")->more_is_better);
	cr_expect(sample_of("Echo-2", "server_system_calls_per_request")->exact);
	cr_expect_eq(set.count, 7);
}

Test(sample, benchmarks_of_several_packages_are_told_apart)
{
	read_text("pkg: a/b\nBenchmarkX-8 1 2 ns/op\npkg: a/c\nBenchmarkX-8 1 3 ns/op\n");
	assert_sample("a/b.X-8", "ns/op", "ns/op", 2, VALUES(2));
	assert_sample("a/c.X-8", "ns/op", "ns/op", 3, VALUES(3));
	cr_expect_null(sample_set_setting_find(&set, "pkg"));
}

Test(sample, json_of_samples_is_read_back)
{
	struct sample_set again;
	char *text;
	json_t *json;

	read_text(HYPERFINE);
	json = sample_set_to_json(&set);
	text = json_dumps(json, 0);
	cr_assert_not_null(text);
	cr_assert_eq(sample_set_parse(text, strlen(text), "b", &again, &reason), 0, "%s",
		     reason.text);
	cr_expect_eq(again.count, set.count);
	for (uint32_t i = 0; i < set.count && i < again.count; i++) {
		const struct sample *a = &set.items[i], *b = &again.items[i];

		cr_expect_str_eq(a->benchmark, b->benchmark);
		cr_expect_str_eq(a->metric, b->metric);
		cr_expect_str_eq(a->unit, b->unit);
		cr_expect_eq(a->more_is_better, b->more_is_better);
		cr_expect_eq(a->exact, b->exact);
		cr_expect_eq(a->count, b->count);
		cr_expect_arr_eq(a->values, b->values, a->count * sizeof(*a->values));
	}
	cr_expect_str_eq(again.source, "hyperfine");
	cr_expect_str_eq(again.notes[0], set.notes[0]);
	free(text);
	json_decref(json);
	sample_set_finish(&again);
}

#define SAMPLE(BENCHMARK, METRIC, VALUES)                                                 \
	"{\"benchmark\": \"" BENCHMARK "\", \"metric\": \"" METRIC "\", \"unit\": \"s\"," \
	" \"better\": \"lower\", \"values\": " VALUES "}"
#define SAMPLES(...) "{\"schema\": \"ringside-samples/1\", \"samples\": [" __VA_ARGS__ "]}"

Test(sample, samples_of_a_benchmark_stand_together)
{
	read_text(SAMPLES(SAMPLE("b", "x", "[3, 1]") "," SAMPLE("a", "x", "[5]") "," SAMPLE(
		"b", "y", "[7, 8, 10]")));
	cr_assert_eq(set.count, 3);
	cr_expect_str_eq(set.items[0].benchmark, "b");
	cr_expect_str_eq(set.items[1].metric, "y");
	cr_expect_str_eq(set.items[2].benchmark, "a");
	cr_expect_eq(sample_set_benchmark_end(&set, 0), 2);
	cr_expect_eq(sample_set_benchmark_end(&set, 2), 3);
	cr_expect_eq(sample_set_run_count(&set, 0, 2), 3);
	assert_sample("b", "x", "s", 2, VALUES(3, 1));
	assert_sample("b", "y", "s", 8, VALUES(7, 8, 10));
	assert_sample("a", "x", "s", 5, VALUES(5));
}

static int join_text(const char *text)
{
	struct sample_set other;
	int error = sample_set_parse(text, strlen(text), "b", &other, &reason);

	cr_assert_eq(error, 0, "%s", reason.text);
	error = sample_set_join(&set, &other, "b", &reason);
	sample_set_finish(&other);
	return error;
}

Test(sample, joined_sets_have_the_runs_of_both)
{
	read_text(SAMPLES(SAMPLE("a", "x", "[3, 1]") "," SAMPLE("b", "x", "[5]")));
	cr_assert_eq(join_text(SAMPLES(SAMPLE("a", "x", "[9]") "," SAMPLE("a", "y", "[4]"))), 0,
		     "%s", reason.text);
	assert_sample("a", "x", "s", 3, VALUES(3, 1, 9));
	assert_sample("a", "y", "s", 4, VALUES(4));
	cr_expect_eq(sample_set_benchmark_end(&set, 0), 2);
}

Test(sample, what_is_not_the_same_is_not_joined)
{
	read_text("os: a\nhost: b\nBenchmarkA 1 2 x\n");
	cr_expect_eq(join_text("os: c\nBenchmarkA 1 3 x\n"), -EINVAL);
	cr_expect(strstr(reason.text, "os 'c'"), "%s", reason.text);
	assert_sample("A", "x", "x", 2, VALUES(2));
	cr_expect_eq(join_text("os: c\nhost: b\nBenchmarkB 1 3 x\n"), 0);
	cr_expect_null(sample_set_setting_find(&set, "os"));
	cr_expect_str_eq(sample_set_setting_find(&set, "host"), "b");
}

Test(sample, what_is_none_of_them_is_refused)
{
	assert_refused("", "is empty");
	assert_refused(" \n", "is empty");
	assert_refused("hello\n", "is not a document of ringside load");
	assert_refused("{", "is not JSON: line 1");
	assert_refused("[]", "is JSON, but not");
	assert_refused("{\"schema\": 5}", "is JSON, but not");
	assert_refused("{\"schema\": \"ringside-load/9\"}", "'ringside-load/9'");
	cr_expect_eq(sample_set_parse("Bench\0mark", 10, "a", &set, &reason), -EINVAL);
	cr_expect(strstr(reason.text, "a is no text"), "%s", reason.text);
}

Test(sample, damaged_documents_are_refused)
{
	assert_refused("{\"schema\": \"ringside-load/1\"}", "no target");
	assert_refused("{\"schema\": \"ringside-load/1\", \"target\": \"tcp:x:1\"}",
		       "nothing was measured");
	assert_refused(LOAD("5"), "run 1 is not an object");
	assert_refused("{\"schema\": \"ringside-experiment/1\"}", "no series");
	assert_refused("{\"schema\": \"ringside-experiment/1\", \"series\": [3]}",
		       "series without a name");
	assert_refused("{\"schema\": \"ringside-experiment/1\", \"series\": [{\"name\": \"a\","
		       " \"runs\": [{}]}]}",
		       "run 1 of a has no figures");
	assert_refused("{\"schema\": \"ringside-experiment/1\", \"series\": [{\"name\": \"a\","
		       " \"error\": \"it is gone\"}]}",
		       "nothing was measured in a.json: a: it is gone");
	assert_refused("{\"schema\": \"ringside-samples/1\", \"samples\": [{}]}", "sample 1");
	assert_refused("{\"schema\": \"ringside-samples/1\", \"samples\": 1}",
		       "nothing was measured");
}

Test(sample, damaged_results_of_others_are_refused)
{
	assert_refused("{\"results\": 1}", "'results' is no array");
	assert_refused("{\"results\": []}", "nothing was measured");
	assert_refused("{\"results\": [{}]}", "result 1 has no command");
	assert_refused("{\"results\": [{\"command\": \"a\"}]}", "'a' has no times");
	assert_refused("{\"results\": [{\"command\": \"a\", \"times\": [1, \"x\"]}]}",
		       "value 2 of 'times' of 'a' is no number");
	assert_refused("{\"results\": [{\"command\": \"a\", \"mean\": 1, \"user\": \"x\"}]}",
		       "'user' of 'a' is no number");
	assert_refused("BenchmarkA 1 x ns/op\n", "line 1: 'x' is not a number");
	assert_refused("\nBenchmarkA 1 inf ns/op\n", "line 2: 'inf' is not a number");
	assert_refused("BenchmarkA 1 5\n", "line 1: '5' has no unit");
	assert_refused("BenchmarkA\n", "nothing was measured");
	assert_refused("commit: 1\nBenchmarkA 1 5 x\ncommit: 2\nBenchmarkA 1 5 x\n",
		       "line 3: commit is '2' here, and '1' above");
}

/* Whatever a text lacks at its end, it is read or refused with a sentence. */
/* Found by fuzzing: writing such names as JSON failed, and was taken for a lack of memory. */
Test(sample, names_that_are_no_utf8_are_refused)
{
	assert_refused("BenchmarkA\xc9-8 1 2 ns/op\n", "line 1: 'BenchmarkA\xc9-8' is not text");
	assert_refused("BenchmarkA-8 1 2 ns\xff/op\n", "is not text in UTF-8");
	assert_refused("pkg\xc9: a\nBenchmarkA-8 1 2 ns/op\n", "line 1: 'pkg\xc9' is not text");
	read_text("\xff\xfe: a log\nBenchmarkA-8 1 2 ns/op\n");
}

/* So was this: a quotient beyond all numbers. */
Test(sample, a_figure_that_is_no_number_is_none)
{
	assert_refused("{\"schema\": \"ringside-load/1\", \"target\": \"echo+tcp://a:1\", "
		       "\"requests\": 1e-300, \"cpu_ns\": 1e300}",
		       "nothing was measured");
	read_text("{\"schema\": \"ringside-load/1\", \"target\": \"echo+tcp://a:1\", "
		  "\"requests\": 1e-300, \"cpu_ns\": 1e300, \"requests_per_s\": 5}");
	cr_expect_eq(set.count, 1);
}

Test(sample, no_cut_text_does_harm)
{
	static const char *const texts[] = { LOAD(SEQUENTIAL), EXPERIMENT, HYPERFINE, GOBENCH };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		for (size_t length = 0; length <= strlen(texts[i]); length++) {
			int error;

			reason.text[0] = '\0';
			error = sample_set_parse(texts[i], length, "a", &set, &reason);
			cr_expect_eq(error != 0, reason.text[0] != '\0', "%d: %s", error,
				     reason.text);
			cr_expect(error == 0 || error == -EINVAL);
			sample_set_finish(&set);
		}
	}
}

/* Nor does it if a byte of it is another. */
Test(sample, no_changed_byte_does_harm)
{
	static const char *const texts[] = { LOAD(SEQUENTIAL), EXPERIMENT, HYPERFINE, GOBENCH };
	static const char changes[] = { '\0', '"', '[', '{', '9', '-', '\n', '\x80' };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		size_t length = strlen(texts[i]);
		char *copy = strdup(texts[i]);

		for (size_t at = 0; at < length * sizeof(changes); at++) {
			char *byte = &copy[at / sizeof(changes)], before = *byte;

			*byte = changes[at % sizeof(changes)];
			(void)sample_set_parse(copy, length, "a", &set, &reason);
			sample_set_finish(&set);
			*byte = before;
		}
		free(copy);
	}
}

Test(sample, files_are_read)
{
	char path[] = "/tmp/ringside-sample-XXXXXX";
	int file = mkstemp(path);

	cr_assert(file >= 0);
	cr_assert_eq(write(file, HYPERFINE, strlen(HYPERFINE)), (ssize_t)strlen(HYPERFINE));
	cr_expect_eq(sample_set_read(path, &set, &reason), 0, "%s", reason.text);
	cr_expect_eq(unlink(path), 0);
	sample_set_finish(&set);
	cr_expect_eq(sample_set_read(path, &set, &reason), -ENOENT);
	cr_expect(strstr(reason.text, path), "%s", reason.text);
	cr_expect_eq(sample_set_read("/", &set, &reason), -EISDIR, "%s", reason.text);
	(void)close(file);
}
