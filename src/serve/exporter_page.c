#include "exporter_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accept_header.h"
#include "base/array.h"
#include "base/clock.h"
#include "metrics.h"

/* How long threads may take to say what they did, or that they serve. */
#define ANSWER_LIMIT_NS NS_PER_S

#define TYPE_PLAIN "text/plain; charset=utf-8"
#define TYPE_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
#define TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* A page under way. */
struct page {
	FILE *stream;
	unsigned int status;
	const char *type;
	bool openmetrics; /* asked for */
};

static void write_metrics(struct exporter_page *source, struct page *page)
{
	const struct metric_text text = { page->stream, page->openmetrics };
	const struct metrics metrics = {
		.stats = &source->stats,
		.files = &source->files,
		.files_max = source->files_max,
		.kernel = source->system.release,
		.draining = atomic_load(&source->draining),
	};

	stats_collect(&source->stats, ANSWER_LIMIT_NS);
	page->type = page->openmetrics ? TYPE_OPENMETRICS : TYPE_PROMETHEUS;
	metrics_print(&metrics, &text);
}

static void write_health(struct exporter_page *source, struct page *page)
{
	static const char *const names[] = {
		[PULSE_BEATS] = "ok",
		[PULSE_SILENT] = "does not answer",
		[PULSE_ENDED] = "has ended",
	};
	bool good = true;

	if (atomic_load(&source->draining)) {
		page->status = MHD_HTTP_SERVICE_UNAVAILABLE;
		(void)fputs("draining\n", page->stream);
		return;
	}
	(void)pulse_check(source->pulse, ANSWER_LIMIT_NS, source->states);
	for (uint32_t i = 0; i < source->stats.worker_count; i++)
		good &= source->states[i] == PULSE_BEATS;
	(void)fprintf(page->stream, "%s\n", good ? "ok" : "failed");
	for (uint32_t i = 0; i < source->stats.worker_count; i++)
		(void)fprintf(page->stream, "worker %u %s\n", i, names[source->states[i]]);
	if (!good)
		page->status = MHD_HTTP_SERVICE_UNAVAILABLE;
}

static const struct route {
	const char *path;
	void (*write)(struct exporter_page *source, struct page *page);
} routes[] = {
	{ "/metrics", write_metrics },
	{ "/healthz", write_health },
};

static void write_none(struct page *page)
{
	page->status = MHD_HTTP_NOT_FOUND;
	(void)fputs("there are:\n", page->stream);
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
		(void)fprintf(page->stream, "%s\n", routes[i].path);
}

static void write_page(struct exporter_page *source, const char *path, const char *method,
		       struct page *page)
{
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		page->status = MHD_HTTP_METHOD_NOT_ALLOWED;
		(void)fputs("GET and HEAD\n", page->stream);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		if (strcmp(routes[i].path, path) != 0)
			continue;
		routes[i].write(source, page);
		return;
	}
	write_none(page);
}

/* A connection is for one answer, so that nobody keeps the few places that there are. */
static enum MHD_Result reply(struct MHD_Connection *connection, const struct page *page, char *body,
			     size_t length)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(length, body,
									MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!response) {
		free(body);
		return MHD_NO;
	}
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, page->type);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (page->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, page->status, response);
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result exporter_answer(void *context, struct MHD_Connection *connection, const char *url,
				const char *method, const char *version, const char *upload,
				size_t *upload_size, void **request_context)
{
	const char *wanted = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_ACCEPT);
	struct page page = {
		.status = MHD_HTTP_OK,
		.type = TYPE_PLAIN,
		.openmetrics = accept_openmetrics(wanted),
	};
	char *body = NULL;
	size_t length = 0;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)request_context;
	page.stream = open_memstream(&body, &length);
	if (!page.stream)
		return MHD_NO;
	write_page(context, url, method, &page);
	if (fclose(page.stream) == EOF) {
		free(body);
		return MHD_NO;
	}
	return reply(connection, &page, body, length);
}
