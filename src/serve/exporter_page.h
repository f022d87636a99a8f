/* What the HTTP server of --metrics answers. Private to exporter.c. */
#ifndef SERVE_EXPORTER_PAGE_H
#define SERVE_EXPORTER_PAGE_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <sys/utsname.h>

#include "process_files.h"
#include "pulse.h"
#include "stats.h"

/* What pages are made of; used by one thread, but for draining. */
struct exporter_page {
	struct stats stats; /* its own, so that the main thread's lines stay as they are */
	struct process_files files;
	uint64_t files_max;
	struct utsname system;
	struct pulse *pulse;
	enum pulse_state *states; /* one a worker */
	atomic_bool draining;
};

/* The handler of requests that MHD_start_daemon() takes; context: a struct exporter_page. */
enum MHD_Result exporter_answer(void *context, struct MHD_Connection *connection, const char *url,
				const char *method, const char *version, const char *upload,
				size_t *upload_size, void **request_context);

#endif
