#include "output.h"

#include <unistd.h>

#include "report.h"

int output_open(struct output *ret_output, const struct load_options *options,
		struct error *ret_error)
{
	bool shows = options->shows_intervals || isatty(STDOUT_FILENO) == 1;
	struct output output = { .is_silent = load_options_claim_output(options) };
	int error = events_open(&output.events, options->json_stream, ret_error);

	if (error)
		return error;
	output.is_live = shows && !output.is_silent;
	page_init(&output.page, stdout);
	*ret_output = output;
	return 0;
}

int output_close(struct output *output, struct error *ret_error)
{
	return events_close(&output->events, ret_error);
}

static void on_run(void *context, uint32_t index)
{
	struct output *output = context;

	events_run(&output->events, output->session, index);
	if (output->is_live)
		live_run(&output->live, index);
}

static void on_interval(void *context, const struct interval *interval)
{
	struct output *output = context;

	events_interval(&output->events, interval);
	if (output->is_live)
		live_interval(&output->live, interval);
}

const struct observer *output_begin(struct output *output, const struct session *session)
{
	output->session = session;
	output->live = (struct live){ .page = &output->page, .session = session };
	output->observer = (struct observer){
		.context = output,
		.run = on_run,
		.interval = on_interval,
	};
	events_start(&output->events, session);
	return &output->observer;
}

void output_report(struct output *output)
{
	if (output->is_silent)
		return;
	if (output->is_live)
		page_space(&output->page);
	report_print(output->session, &output->page);
}
