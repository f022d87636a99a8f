/* All that is told of a load but its files: text for people, and events for programs. */
#ifndef LOAD_OUTPUT_H
#define LOAD_OUTPUT_H

#include "base/error.h"
#include "events.h"
#include "live.h"
#include "monitor.h"
#include "page.h"
#include "session.h"

struct output {
	bool is_silent; /* standard output is a document's */
	bool is_live;	/* a line for each interval */
	struct page page;
	struct live live;
	struct events events;
	const struct session *session;
	struct observer observer; /* of its runs; points at this output */
};

/* Errors: those of events_open(). */
int output_open(struct output *ret_output, const struct load_options *options,
		struct error *ret_error);

/* Errors: those of events_close(). */
int output_close(struct output *output, struct error *ret_error);

/* What the runs of this session will be told by. */
const struct observer *output_begin(struct output *output, const struct session *session);

/* The text, of runs in which somebody was reached. */
void output_report(struct output *output);

#endif
