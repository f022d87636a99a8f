/* All that is told of a load but its files: text for people, and events for programs. */
#ifndef LOAD_PRESENTATION_H
#define LOAD_PRESENTATION_H

#include "base/error.h"
#include "events.h"
#include "live.h"
#include "monitor.h"
#include "page.h"
#include "session.h"
#include "trip_log.h"

struct presentation {
	bool is_silent; /* standard output is a document's */
	bool is_live;	/* a line for each interval */
	struct page page;
	struct live live;
	struct events events;
	struct trip_log trip_log;
	const struct session *session;
	struct observer observer; /* of its runs; points at this presentation */
};

/* Errors: those of opening what --json-stream and --round-trips name, with the option. */
int presentation_open(struct presentation *ret_presentation, const struct load_options *options,
		      struct error *ret_error);

/* Errors: those of writing there. */
int presentation_close(struct presentation *presentation, struct error *ret_error);

/* What the runs of this session will be told by. */
const struct observer *presentation_begin(struct presentation *presentation,
					  const struct session *session);

/* The text, of runs in which somebody was reached. */
void presentation_report(struct presentation *presentation);

#endif
