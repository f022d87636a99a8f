#include "reader.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536u

struct reader {
	int fd;
	struct engine *engine;
	pthread_t thread;
	sem_t wanted;	  /* posted for each line that may be read */
	atomic_int event; /* enum reader_event: who sees READER_LINE owns what follows */
	char *bytes;
	size_t size;
	size_t start, length; /* of the line */
	size_t end;	      /* of what has been read */
};

/* Room for READ_SIZE more bytes, at the cost of the lines that are gone. */
static bool make_room(struct reader *reader)
{
	size_t used = reader->end - reader->start;
	size_t size = reader->size;
	char *bytes;

	memmove(reader->bytes, reader->bytes + reader->start, used);
	reader->start = 0;
	reader->end = used;
	while (size - used < READ_SIZE)
		size *= 2;
	bytes = size == reader->size ? reader->bytes : realloc(reader->bytes, size);
	if (!bytes)
		return false;
	reader->bytes = bytes;
	reader->size = size;
	return true;
}

/* One read; how many bytes came, 0 at the end or when reading fails. */
static size_t read_some(struct reader *reader)
{
	struct pollfd input = { .fd = reader->fd, .events = POLLIN };
	ssize_t got;

	do {
		got = read(reader->fd, reader->bytes + reader->end, reader->size - reader->end);
	} while (got < 0 && errno == EAGAIN && poll(&input, 1, -1) > 0);
	return got > 0 ? (size_t)got : 0;
}

/* The next line. What stands before the end of file without a newline is one too. */
static enum reader_event line_read(struct reader *reader)
{
	size_t searched = reader->start;

	for (;;) {
		char *newline = memchr(reader->bytes + searched, '\n', reader->end - searched);
		size_t got;

		reader->length = (newline ? (size_t)(newline - reader->bytes) : reader->end) -
				 reader->start;
		if (reader->length > READER_LINE_MAX || (!newline && !make_room(reader)))
			return READER_LONG;
		if (newline)
			return READER_LINE;
		got = read_some(reader);
		if (got == 0)
			return reader->length > 0 ? READER_LINE : READER_END;
		searched = reader->end;
		reader->end += got;
	}
}

/* Both sem_wait() and read() are points at which reader_close() may cancel the thread. */
static void *lines_read(void *argument)
{
	struct reader *reader = argument;
	enum reader_event event;

	do {
		while (sem_wait(&reader->wanted) < 0)
			continue;
		event = line_read(reader);
		atomic_store_explicit(&reader->event, event, memory_order_release);
		engine_wake(reader->engine);
	} while (event == READER_LINE);
	return NULL;
}

int reader_open(int fd, struct engine *engine, struct reader **ret_reader)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	int error;

	if (!reader)
		return -ENOMEM;
	*reader = (struct reader){ .fd = fd, .engine = engine, .size = 2 * READ_SIZE };
	reader->bytes = malloc(reader->size);
	(void)sem_init(&reader->wanted, 0, 1);
	error = reader->bytes ? -pthread_create(&reader->thread, NULL, lines_read, reader)
			      : -ENOMEM;
	if (error) {
		free(reader->bytes);
		free(reader);
		return error;
	}
	*ret_reader = reader;
	return 0;
}

enum reader_event reader_look(struct reader *reader, const char **ret_line, size_t *ret_length)
{
	enum reader_event event = atomic_load_explicit(&reader->event, memory_order_acquire);

	if (event == READER_LINE) {
		*ret_line = reader->bytes + reader->start;
		*ret_length = reader->length;
	}
	return event;
}

void reader_next(struct reader *reader)
{
	reader->start += reader->length;
	if (reader->start < reader->end)
		reader->start++; /* the newline */
	atomic_store_explicit(&reader->event, READER_NOTHING, memory_order_relaxed);
	(void)sem_post(&reader->wanted);
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	(void)pthread_cancel(reader->thread);
	(void)pthread_join(reader->thread, NULL);
	(void)sem_destroy(&reader->wanted);
	free(reader->bytes);
	free(reader);
}
