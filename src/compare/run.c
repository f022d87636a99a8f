#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/unit.h"
#include "experiment/child.h"
#include "experiment/interrupt.h"
#include "sample/sample.h"

/* So long a signal to us may wait. */
#define SLICE_NS (100 * NS_PER_MS)
/* So long a command may take to end when it is asked to. */
#define ENDING_NS (5 * NS_PER_S)

#define WORDS_MAX 256
#define BENCHMARK "command"

const char *const run_measure_names[] = { "auto", "result", "command", NULL };

/* The command with what its placeholders stand for; the caller frees it. NULL: no memory. */
static char *expand(const struct run_plan *plan)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	for (const char *at = plan->command; *at;) {
		if (strncmp(at, "{pair}", 6) == 0) {
			(void)fprintf(stream, "%u", plan->pair);
			at += 6;
		} else if (strncmp(at, "{side}", 6) == 0) {
			(void)fputs(plan->side, stream);
			at += 6;
		} else {
			(void)fputc(*at++, stream);
		}
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static int await(const struct run_plan *plan, struct child *child, struct error *ret_error)
{
	uint64_t deadline_ns = clock_now_ns() + plan->timeout_ns;

	for (;;) {
		uint64_t now_ns = clock_now_ns();
		uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
		int error = child_wait(child, left_ns < SLICE_NS ? left_ns : SLICE_NS);

		if (error != -ETIMEDOUT)
			return error ? error_set(ret_error, error, "cannot wait for it: %s",
						 strerror(-error))
				     : 0;
		if (interrupt_signal()) {
			(void)child_stop(child, ENDING_NS);
			return error_set(ret_error, -EINTR, "ended by a signal");
		}
		if (left_ns == 0) {
			(void)child_stop(child, ENDING_NS);
			return error_set(ret_error, -ETIMEDOUT,
					 "it took more than %s, the --timeout of a run",
					 duration_exact(plan->timeout_ns).text);
		}
	}
}

static int check_end(struct child *child, struct error *ret_error)
{
	char words[WORDS_MAX];
	const char *last = child_last_words(child, words, sizeof(words));
	const char *colon = last[0] ? ": " : "";

	/* What it could not print may be why it failed. */
	if (child->text_error == -EMSGSIZE)
		return error_set(ret_error, -EMSGSIZE,
				 "it printed more than %u MiB; >/dev/null behind it, if that is no "
				 "result",
				 CHILD_TEXT_MAX >> 20);
	if (WIFSIGNALED(child->status))
		return error_set(ret_error, -ECHILD, "it was ended by signal %d%s%s",
				 WTERMSIG(child->status), colon, last);
	if (WEXITSTATUS(child->status) != 0)
		return error_set(ret_error, -ECHILD, "it failed with exit code %d%s%s",
				 WEXITSTATUS(child->status), colon, last);
	return 0;
}

static int add(struct sample_set *set, const char *metric, const char *unit, double value)
{
	struct sample *sample = sample_set_take(set, BENCHMARK, metric);

	if (!sample || sample_unit(sample, unit) != 0)
		return -ENOMEM;
	return sample_add(sample, value);
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* As hyperfine has it, in its units. */
static int measure_itself(const struct child *child, uint64_t elapsed_ns, struct sample_set *set)
{
	const struct rusage *usage = &child->usage;
	int error = 0;

	error |= add(set, "time", "s", (double)elapsed_ns / 1e9);
	error |= add(set, "cpu", "s", seconds(usage->ru_utime) + seconds(usage->ru_stime));
	error |= add(set, "memory", "B", (double)usage->ru_maxrss * 1024);
	error |= sample_set_source(set, "command");
	return error;
}

static int take(const struct run_plan *plan, struct child *child, uint64_t elapsed_ns,
		struct sample_set *set, bool *ret_prints, struct error *ret_no_result,
		struct error *ret_error)
{
	const char *text;
	int error = child_read_rest(child, &text);

	if (error)
		return error_set(ret_error, error, "cannot read what it printed: %s",
				 strerror(-error));
	*ret_prints = false;
	if (plan->measure != RUN_MEASURE_COMMAND) {
		error = sample_set_parse(text, strlen(text), "its output", set, ret_no_result);
		if (!error)
			*ret_prints = true;
		if (!error || plan->measure == RUN_MEASURE_RESULT)
			return error ? error_set(ret_error, error, "%s", ret_no_result->text) : 0;
		sample_set_finish(set);
	}
	if (measure_itself(child, elapsed_ns, set) != 0)
		return error_set(ret_error, -ENOMEM, "out of memory");
	return 0;
}

/* One that is over at once leaves no time to see a signal while it runs. */
static int check_signal(struct error *ret_error)
{
	return interrupt_signal() ? error_set(ret_error, -EINTR, "ended by a signal") : 0;
}

static int start_and_take(const struct run_plan *plan, const char *text, struct child *child,
			  struct sample_set *set, bool *ret_prints, struct error *ret_no_result,
			  struct error *ret_error)
{
	const char *const argv[] = { "sh", "-c", text, NULL };
	const struct child_command command = { .path = "/bin/sh", .argv = argv };
	uint64_t started_ns = clock_now_ns(), elapsed_ns;
	int error = child_start(&command, child, ret_error);

	if (!error)
		error = await(plan, child, ret_error);
	elapsed_ns = clock_now_ns() - started_ns;
	if (!error)
		error = check_signal(ret_error);
	if (!error)
		error = check_end(child, ret_error);
	return error ? error
		     : take(plan, child, elapsed_ns, set, ret_prints, ret_no_result, ret_error);
}

int run_make(const struct run_plan *plan, struct sample_set *ret_set, bool *ret_prints,
	     struct error *ret_no_result, struct error *ret_error)
{
	struct sample_set set = { 0 };
	struct child child = CHILD_NONE;
	char *text = expand(plan);
	bool prints = false;
	int error;

	if (!text)
		return error_set(ret_error, -ENOMEM, "out of memory");
	error = start_and_take(plan, text, &child, &set, &prints, ret_no_result, ret_error);
	child_finish(&child);
	free(text);
	if (error) {
		sample_set_finish(&set);
		return error;
	}
	*ret_set = set;
	*ret_prints = prints;
	return 0;
}
