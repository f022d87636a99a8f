/*
 * Lines of standard input, read by a thread of their own, so that the engine's thread hears the
 * server while the user thinks. The thread reads one line ahead and wakes the engine for it.
 *
 * Life of a line:	read -> READER_LINE -> reader_next() -> gone.
 */
#ifndef TALK_READER_H
#define TALK_READER_H

#include <stddef.h>

#include <ringside/engine.h>

#define READER_LINE_MAX (64u << 20)

enum reader_event {
	READER_NOTHING, /* no line yet */
	READER_LINE,
	READER_END,  /* end of file */
	READER_LONG, /* a line beyond READER_LINE_MAX; nothing comes after it */
};

struct reader;

/* Start reading fd. The engine must outlive the reader. Errors: ENOMEM, EAGAIN (no thread). */
int reader_open(int fd, struct engine *engine, struct reader **ret_reader);

/* What there is now, without waiting. A line has no newline and stays until reader_next(). */
enum reader_event reader_look(struct reader *reader, const char **ret_line, size_t *ret_length);

/* Let go of the line, and read the next one. */
void reader_next(struct reader *reader);

/* End the thread, also in the middle of a read. NULL is fine. */
void reader_close(struct reader *reader);

#endif
