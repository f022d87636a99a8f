#include "presentation.h"

#include <unistd.h>

#include "report.h"

int presentation_open(struct presentation *ret_presentation, const struct load_options *options,
		      struct error *ret_error)
{
	bool shows = options->shows_intervals || isatty(STDOUT_FILENO) == 1;
	struct presentation presentation = { .is_silent = load_options_claim_output(options) };
	int error = events_open(&presentation.events, options->json_stream, ret_error);

	if (error)
		return error;
	presentation.is_live = shows && !presentation.is_silent;
	page_init(&presentation.page, stdout);
	*ret_presentation = presentation;
	return 0;
}

int presentation_close(struct presentation *presentation, struct error *ret_error)
{
	return events_close(&presentation->events, ret_error);
}

static void on_run(void *context, uint32_t index)
{
	struct presentation *presentation = context;

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
