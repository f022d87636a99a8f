/* Lines from a pipe, read by a thread that wakes the engine. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "talk/reader.h"

static struct engine *engine;
static struct reader *reader;
static int ends[2];
static const char *line;
static size_t length;

static void read_from(int fd)
{
	cr_assert_eq(reader_open(fd, engine, &reader), 0);
}

static void open_reader(void)
{
	struct engine_config config;

	engine_config_init(&config);
	config.connection_max = 1;
	cr_assert_eq(engine_open(backend_find("epoll"), &config, &engine), 0);
	cr_assert_eq(pipe(ends), 0);
	read_from(ends[0]);
}

static void close_reader(void)
{
	reader_close(reader);
	engine_close(engine);
}

TestSuite(reader, .init = open_reader, .fini = close_reader, .timeout = 60);

static void put(const char *text)
{
	cr_assert_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
}

/* As a program waits: until a line wakes the engine. */
static enum reader_event wait_event(void)
{
	struct message *batch;
	enum reader_event event;

	while ((event = reader_look(reader, &line, &length)) == READER_NOTHING)
		cr_assert_eq(engine_turn(engine, ENGINE_WAIT_FOREVER, &batch), 0);
	return event;
}

static void expect_line(const char *expected)
{
	cr_assert_eq(wait_event(), READER_LINE);
	cr_assert_eq(length, strlen(expected));
	cr_assert_arr_eq(line, expected, length);
	reader_next(reader);
}

Test(reader, lines_come_one_by_one_without_newline)
{
	put("first\nsecond\n");
	expect_line("first");
	expect_line("second");
}

Test(reader, empty_line_is_a_line)
{
	put("\nx\n");
	expect_line("");
	expect_line("x");
}

Test(reader, line_may_come_in_parts)
{
	put("fir");
	put("st\nse");
	expect_line("first");
	put("cond\n");
	expect_line("second");
}

Test(reader, last_line_needs_no_newline)
{
	put("first\nlast");
	(void)close(ends[1]);
	expect_line("first");
	expect_line("last");
	cr_assert_eq(wait_event(), READER_END);
}

Test(reader, end_of_file_is_told)
{
	(void)close(ends[1]);
	cr_assert_eq(wait_event(), READER_END);
}

Test(reader, long_lines_and_zero_bytes_are_kept)
{
	static char text[50000];

	memset(text, 'x', sizeof(text));
	text[10] = '\0';
	for (int i = 0; i < 4; i++) {
		text[sizeof(text) - 1] = i == 3 ? '\n' : 'x';
		cr_assert_eq(write(ends[1], text, sizeof(text)), (ssize_t)sizeof(text));
		if (i == 3)
			cr_assert_eq(wait_event(), READER_LINE);
	}
	cr_assert_eq(length, 4 * sizeof(text) - 1);
	cr_assert_eq(line[10], '\0');
	cr_assert_eq(line[sizeof(text) + 10], '\0');
}

Test(reader, it_is_closed_in_the_middle_of_a_read)
{
	put("no newline yet");
}

Test(reader, it_is_closed_with_a_line_that_nobody_took)
{
	put("first\nsecond\n");
	cr_assert_eq(wait_event(), READER_LINE);
}

/* Of a file with a line of so many zero bytes, and another line. */
static void read_long_line(size_t size)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(pwrite(fd, "\nnext\n", 6, (off_t)size), 6);
	reader_close(reader);
	read_from(fd);
}

Test(reader, the_longest_line_is_a_line)
{
	read_long_line(READER_LINE_MAX);
	cr_assert_eq(wait_event(), READER_LINE);
	cr_assert_eq(length, READER_LINE_MAX);
	reader_next(reader);
	expect_line("next");
}

Test(reader, a_longer_line_is_told_and_nothing_comes_after_it)
{
	read_long_line(READER_LINE_MAX + 1);
	cr_assert_eq(wait_event(), READER_LONG);
}

Test(reader, nothing_to_close_is_fine)
{
	reader_close(NULL);
}
