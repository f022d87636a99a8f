#include "presentation.h"

#include <unistd.h>

#include "report.h"

int presentation_open(struct presentation *ret_presentation, const struct load_options *options,
		      struct error *ret_error)
{
	bool shows = options->shows_intervals || isatty(STDOUT_FILENO) == 1;
	struct presentation presentation = { .is_silent = load_options_claim_output(options) };
	struct error reason;
	int error = events_open(&presentation.events, options->json_stream, &reason);

	if (error)
		return error_set(ret_error, error, "--json-stream: %s", reason.text);
	error = trip_log_open(&presentation.trip_log, options->round_trips, &reason);
	if (error) {
		(void)events_close(&presentation.events, NULL);
		return error_set(ret_error, error, "--round-trips: %s", reason.text);
	}
	presentation.is_live = shows && !presentation.is_silent;
	page_init(&presentation.page, stdout);
	*ret_presentation = presentation;
	return 0;
}

int presentation_close(struct presentation *presentation, struct error *ret_error)
{
	struct error reason;
	int trips_error = trip_log_close(&presentation->trip_log, &reason), error;

	if (trips_error)
		(void)error_set(ret_error, trips_error, "--round-trips: %s", reason.text);
	error = events_close(&presentation->events, &reason);
	if (error)
		return error_set(ret_error, error, "--json-stream: %s", reason.text);
	return trips_error;
}

static void on_run(void *context, uint32_t index)
{
	struct presentation *presentation = context;

	presentation->trip_log.run = index + 1;
	events_run(&presentation->events, presentation->session, index);
	if (presentation->is_live)
		live_run(&presentation->live, index);
}

static void on_interval(void *context, const struct interval *interval)
{
	struct presentation *presentation = context;

	events_interval(&presentation->events, interval);
	if (presentation->is_live)
		live_interval(&presentation->live, interval);
}

const struct observer *presentation_begin(struct presentation *presentation,
					  const struct session *session)
{
	presentation->session = session;
	presentation->live = (struct live){ .page = &presentation->page, .session = session };
	presentation->observer = (struct observer){
		.context = presentation,
		.run = on_run,
		.interval = on_interval,
		.trip_log = &presentation->trip_log,
	};
	events_start(&presentation->events, session);
	return &presentation->observer;
}

void presentation_report(struct presentation *presentation)
{
	if (presentation->is_silent)
		return;
	if (presentation->is_live)
		page_space(&presentation->page);
	report_print(presentation->session, &presentation->page);
}
