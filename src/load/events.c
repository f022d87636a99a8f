#include "events.h"

#include <errno.h>

#include "base/json.h"
#include "base/save.h"
#include "document.h"

int events_open(struct events *ret_events, const char *path, struct error *ret_error)
{
	struct events events = { .path = path };

	if (path)
		events.stream = save_is_standard_output(path) ? stdout : fopen(path, "we");
	if (path && !events.stream)
		return save_failed(path, -errno, ret_error);
	*ret_events = events;
	return 0;
}

int events_close(struct events *events, struct error *ret_error)
{
	int error = events->error;

	if (events->stream && events->stream != stdout && fclose(events->stream) == EOF && !error)
		error = -errno;
	events->stream = NULL;
	return error ? save_failed(events->path, error, ret_error) : 0;
}

/* A whole line, seen at once by who reads it. */
static int line_write(FILE *stream, const json_t *line)
{
	errno = 0;
	if (json_dumpf(line, stream, JSON_COMPACT | JSON_PRESERVE_ORDER) < 0 ||
	    fputc('\n', stream) == EOF || fflush(stream) == EOF)
		return errno ? -errno : -EIO;
	return 0;
}

/* Takes data over. */
static void event_write(struct events *events, const char *name, json_t *data)
{
	json_t *line = json_object();
	int error = json_put_string(line, "event", name);

	error |= json_put_value(line, "data", data);
	events->error = error ? -ENOMEM : line_write(events->stream, line);
	json_decref(line);
}

static bool is_wanted(const struct events *events)
{
	return events->stream && !events->error;
}

void events_start(struct events *events, const struct session *session)
{
	if (is_wanted(events))
		event_write(events, "start", session_head_to_json(session));
}

void events_run(struct events *events, const struct session *session, uint32_t index)
{
	json_t *data;
	int error = 0;

	events->run = index + 1;
	if (!is_wanted(events))
		return;
	data = json_object();
	error |= json_put_unsigned(data, "index", events->run);
	error |= json_put_unsigned(data, "of", session->options->runs);
	event_write(events, "run", json_complete(data, error));
}

void events_interval(struct events *events, const struct interval *interval)
{
	json_t *data;
	int error;

	if (!is_wanted(events))
		return;
	data = interval_to_json(interval);
	error = json_put_unsigned(data, "run", events->run);
	event_write(events, "interval", json_complete(data, error));
}

void events_error(struct events *events, const char *message, int exit_code)
{
	json_t *data;
	int error = 0;

	if (!is_wanted(events))
		return;
	data = json_object();
	error |= json_put_string(data, "message", message);
	error |= json_put_integer(data, "exit_code", exit_code);
	event_write(events, "error", json_complete(data, error));
}

void events_end(struct events *events, const struct session *session)
{
	if (is_wanted(events))
		event_write(events, "end", session_to_json(session));
}
