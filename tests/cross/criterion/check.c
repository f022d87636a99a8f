/* The tests of a program, and what becomes of each: it ends its process with the verdict. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "criterion.h"
#include "redirect.h"
#include "verdict.h"

static struct {
	struct check_test *tests;
	struct check_test *suites;
	volatile bool failed; /* by an expectation, in this process */
	int written_fd;	      /* where standard output goes */
} state = { .written_fd = -1 };

void check_register(struct check_test *test)
{
	struct check_test **list = test->body ? &state.tests : &state.suites;

	while (*list)
		list = &(*list)->next;
	*list = test;
}

struct check_test *check_first(void)
{
	return state.tests;
}

static const struct check_options *suite_options(const char *name)
{
	static const struct check_options none;

	for (struct check_test *suite = state.suites; suite; suite = suite->next)
		if (strcmp(suite->suite, name) == 0)
			return &suite->options;
	return &none;
}

double check_timeout_s(const struct check_test *test)
{
	return test->options.timeout > 0 ? test->options.timeout
					 : suite_options(test->suite)->timeout;
}

static void tell(const char *file, int line, const char *what, const char *format, va_list words)
{
	state.failed = true;
	(void)fprintf(stderr, "%s:%d: %s does not hold:", file, line, what);
	(void)vfprintf(stderr, format, words);
	(void)fputc('\n', stderr);
}

void check_expect_failed(const char *file, int line, const char *what, const char *format, ...)
{
	va_list words;

	va_start(words, format);
	tell(file, line, what, format, words);
	va_end(words);
}

/* From whichever thread: the process is the test. */
_Noreturn void check_assert_failed(const char *file, int line, const char *what, const char *format,
				   ...)
{
	va_list words;

	va_start(words, format);
	tell(file, line, what, format, words);
	va_end(words);
	_exit(VERDICT_FAILED);
}

_Noreturn void check_skip(const char *format, ...)
{
	va_list words;

	va_start(words, format);
	(void)vfprintf(stderr, format, words);
	va_end(words);
	_exit(state.failed ? VERDICT_FAILED : VERDICT_SKIPPED);
}

static void call(void (*function)(void))
{
	if (function)
		function();
}

_Noreturn void check_run(const struct check_test *test)
{
	const struct check_options *suite = suite_options(test->suite);

	call(suite->init);
	call(test->options.init);
	test->body();
	call(test->options.fini);
	call(suite->fini);
	_exit(state.failed ? VERDICT_FAILED : VERDICT_PASSED);
}

void cr_redirect_stdout(void)
{
	state.written_fd = memfd_create("stdout", MFD_CLOEXEC);
	if (state.written_fd < 0 || dup2(state.written_fd, STDOUT_FILENO) < 0)
		cr_assert_fail("standard output cannot be redirected: %s", strerror(errno));
}

bool check_written(const char *text)
{
	char written[65536];
	ssize_t length;

	(void)fflush(stdout);
	length = pread(state.written_fd, written, sizeof(written), 0);
	return length == (ssize_t)strlen(text) && memcmp(written, text, (size_t)length) == 0;
}
