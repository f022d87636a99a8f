/*
 * Each test in a child, what it writes to standard error in a file, and a line of TAP for each.
 *
 * RINGSIDE_TEST_WITHOUT in the environment says what cannot be tested where this runs: lines of a
 * pattern for SUITE::NAME, a tab, and the reason. Those are skipped.
 */
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verdict.h"

/* What takes milliseconds on the machine itself may take much longer when it is emulated. */
#define TIMEOUT_FACTOR 10
#define TIMEOUT_STANDARD_S 400

struct outcome {
	int status;
	int errors_fd; /* what it wrote */
};

static _Noreturn void start(const struct check_test *test, int errors_fd)
{
	double limit_s = check_timeout_s(test) * TIMEOUT_FACTOR;

	(void)dup2(errors_fd, STDERR_FILENO);
	/* Its output would stand between the lines of TAP. */
	(void)dup2(errors_fd, STDOUT_FILENO);
	(void)alarm(limit_s > 0 ? (unsigned int)ceil(limit_s) : TIMEOUT_STANDARD_S);
	check_run(test);
}

static int run(const struct check_test *test, struct outcome *ret_outcome)
{
	struct outcome outcome = { .errors_fd = memfd_create("stderr", MFD_CLOEXEC) };
	pid_t child;

	if (outcome.errors_fd < 0)
		return -errno;
	(void)fflush(NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		start(test, outcome.errors_fd);
	while (waitpid(child, &outcome.status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_outcome = outcome;
	return 0;
}

/* What the test wrote, with something before each line of it. */
static void show(const struct outcome *outcome, const char *before)
{
	FILE *text = fdopen(dup(outcome->errors_fd), "r");
	char line[1024];

	if (!text)
		return;
	rewind(text);
	while (fgets(line, sizeof(line), text)) {
		line[strcspn(line, "\n")] = '\0';
		printf("%s%s", before, line);
	}
	(void)fclose(text);
}

/* Returns 1 if the test failed, else 0. */
static int report(const struct check_test *test, int number, const struct outcome *outcome)
{
	int code = WIFEXITED(outcome->status) ? WEXITSTATUS(outcome->status) : -1;
	bool good = code == VERDICT_PASSED || code == VERDICT_SKIPPED;

	if (!good) {
		if (WIFSIGNALED(outcome->status))
			printf("# ended by signal %d (%s)", WTERMSIG(outcome->status),
			       strsignal(WTERMSIG(outcome->status)));
		show(outcome, "\n# ");
		printf("\n");
	}
	printf("%sok %d - %s::%s", good ? "" : "not ", number, test->suite, test->name);
	if (code == VERDICT_SKIPPED)
		show(outcome, " # SKIP ");
	printf("\n");
	return !good;
}

/* Of the line that means the test, as much as is the reason; NULL if it is to be run. */
static const char *without(const struct check_test *test, size_t *ret_length)
{
	const char *line = getenv("RINGSIDE_TEST_WITHOUT");
	char name[256], pattern[256];

	(void)snprintf(name, sizeof(name), "%s::%s", test->suite, test->name);
	for (; line && *line; line += *line == '\n') {
		size_t length = strcspn(line, "\t\n");

		(void)snprintf(pattern, sizeof(pattern), "%.*s", (int)length, line);
		line += length + (line[length] == '\t');
		*ret_length = strcspn(line, "\n");
		if (fnmatch(pattern, name, 0) == 0)
			return line;
		line += *ret_length;
	}
	return NULL;
}

struct criterion_test_set *criterion_initialize(void)
{
	return NULL;
}

int criterion_handle_args(int count, char **arguments, bool handle_unknown)
{
	(void)arguments;
	(void)handle_unknown;
	return count > 0;
}

int criterion_run_all_tests(struct criterion_test_set *tests)
{
	struct outcome outcome;
	int count = 0, failed = 0, error;
	const char *reason;
	size_t length;

	(void)tests;
	for (const struct check_test *test = check_first(); test; test = test->next) {
		reason = without(test, &length);
		if (reason) {
			printf("ok %d - %s::%s # SKIP %.*s\n", ++count, test->suite, test->name,
			       (int)length, reason);
			continue;
		}
		error = run(test, &outcome);
		if (error) {
			printf("Bail out! a test cannot be started: %s\n", strerror(-error));
			return 0;
		}
		failed += report(test, ++count, &outcome);
		(void)close(outcome.errors_fd);
	}
	printf("1..%d\n", count);
	return failed == 0;
}

void criterion_finalize(struct criterion_test_set *tests)
{
	(void)tests;
}
