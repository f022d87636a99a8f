#include "trip_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/save.h"
#include "base/text.h"
#include "plan.h"
#include "trips.h"
#include "worker.h"

#define LINES_SIZE 65536u
/* The longest line has some 700 characters. */
#define LINE_MAX_LENGTH 1024u

int trip_log_open(struct trip_log *ret_log, const char *path, struct error *ret_error)
{
	struct trip_log log = { .path = path };

	if (path)
		log.stream = save_is_standard_output(path) ? stdout : fopen(path, "we");
	if (path && !log.stream)
		return save_failed(path, -errno, ret_error);
	(void)pthread_mutex_init(&log.lock, NULL);
	*ret_log = log;
	return 0;
}

int trip_log_close(struct trip_log *log, struct error *ret_error)
{
	int error = log->error;

	errno = 0;
	if (log->stream && !error && fflush(log->stream) == EOF)
		error = errno ? -errno : -EIO;
	if (log->stream && log->stream != stdout && fclose(log->stream) == EOF && !error)
		error = -errno;
	log->stream = NULL;
	(void)pthread_mutex_destroy(&log->lock);
	return error ? save_failed(log->path, error, ret_error) : 0;
}

int trip_lines_init(struct trip_lines *ret_lines, const struct trip_log *log)
{
	*ret_lines = (struct trip_lines){ .text = NULL };
	if (!log || !log->stream)
		return 0;
	ret_lines->text = malloc(LINES_SIZE);
	return ret_lines->text ? 0 : -ENOMEM;
}

void trip_lines_finish(struct trip_lines *lines)
{
	free(lines->text);
	lines->text = NULL;
}

/* Standard output is locked by its lock, a line in pieces would be no line. */
static void log_write(struct trip_log *log, const char *text, size_t length)
{
	(void)pthread_mutex_lock(&log->lock);
	errno = 0;
	if (!log->error && fwrite(text, 1, length, log->stream) != length)
		log->error = errno ? -errno : -EIO;
	(void)pthread_mutex_unlock(&log->lock);
}

void trip_log_flush(struct worker *worker)
{
	struct trip_lines *lines = &worker->lines;

	if (lines->length > 0)
		log_write(worker->plan->trip_log, lines->text, lines->length);
	lines->length = 0;
}

static void add_points(char *line, const struct trip *trip, bool lost)
{
	struct split_times times;
	bool first = true;

	trip_points(trip, &times);
	text_append(line, LINE_MAX_LENGTH, ", \"points\": {");
	for (int point = 0; point < SPLIT_POINT_COUNT; point++) {
		bool known = (times.known & 1u << point) != 0;

		if (!known || (lost && point > SPLIT_CLIENT_KERNEL_SEND))
			continue;
		text_append(line, LINE_MAX_LENGTH, "%s\"%s\": %" PRId64, first ? "" : ", ",
			    split_points[point].key, times.at_ns[point]);
		first = false;
	}
	text_append(line, LINE_MAX_LENGTH, "}");
}

static void add_signed(char *line, const char *key, bool known, int64_t value)
{
	if (known)
		text_append(line, LINE_MAX_LENGTH, ", \"%s\": %" PRId64, key, value);
	else
		text_append(line, LINE_MAX_LENGTH, ", \"%s\": null", key);
}

static void add_times(char *line, const struct trip *trip, bool lost)
{
	const struct round_trip times = trip_times(trip);
	bool told = trip->answer.told && !lost;

	add_signed(line, "sent_ns", true, times.sent_ns);
	add_signed(line, "received_ns", told, times.received_ns);
	add_signed(line, "replied_ns", told, times.replied_ns);
	add_signed(line, "returned_ns", !lost, times.returned_ns);
}

static void add_unsigned(char *line, const char *key, bool known, uint64_t value)
{
	add_signed(line, key, known, (int64_t)value);
}

static const char *flags_of(const struct trip *trip)
{
	if (trip->state == TRIP_LOST)
		return "\"lost\"";
	if (trip->state == TRIP_UNSTAMPED)
		return trip->overtaken ? "\"unstamped\", \"overtaken\"" : "\"unstamped\"";
	return trip->overtaken ? "\"overtaken\"" : "";
}

void trip_log_add(struct worker *worker, const struct client *client, const struct trip *trip)
{
	const struct trip_answer *answer = &trip->answer;
	struct trip_lines *lines = &worker->lines;
	bool lost = trip->state == TRIP_LOST;
	char *line;

	if (!lines->text)
		return;
	line = lines->text + lines->length;
	line[0] = '\0';
	text_append(line, LINE_MAX_LENGTH,
		    "{\"run\": %" PRIu32 ", \"client\": %" PRIu64 ", \"sequence\": %" PRIu32
		    ", \"flags\": [%s]",
		    worker->plan->trip_log->run,
		    (uint64_t)worker->first_client + (uint64_t)(client - worker->clients),
		    trip->number, flags_of(trip));
	add_times(line, trip, lost);
	add_points(line, trip, lost);
	add_unsigned(line, "round_trip_ns", !lost, trip->took_ns);
	add_unsigned(line, "peer_sequence", !lost && answer->told, answer->peer_number);
	add_unsigned(line, "hop_limit", trip->hop_limit > 0, trip->hop_limit);
	add_unsigned(line, "peer_hop_limit", answer->peer_hop_limit > 0, answer->peer_hop_limit);
	text_append(line, LINE_MAX_LENGTH, "}\n");
	lines->length += strlen(line);
	if (LINES_SIZE - lines->length < LINE_MAX_LENGTH)
		trip_log_flush(worker);
}
