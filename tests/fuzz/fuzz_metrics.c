/* What scrapers send, and what of ours goes into the metrics: first byte: which; the rest: the
 * value of an Accept header, an address to listen at, or the value of a label. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "serve/accept_header.h"
#include "serve/exporter.h"
#include "serve/metric_text.h"

#define LABELS_SIZE 64

/* Whoever does not name it does not get it. */
static void check_accept(const char *text)
{
	if (accept_openmetrics(text))
		assert(strcasestr(text, "application/openmetrics-text"));
	assert(!accept_openmetrics(NULL));
}

static void check_address(const char *text)
{
	struct url url = { .transport = TRANSPORT_COUNT };
	struct error error = { "" };

	if (exporter_parse(text, &url, &error) == 0)
		assert(url.transport == TRANSPORT_TCP || url.transport == TRANSPORT_UNIX);
	else
		fuzz_check_sentence(&error);
}

/* A label is on one line, and ends where its quotes do. */
static void check_label(const char *text)
{
	char labels[LABELS_SIZE] = "";
	const struct metric_text out = { fuzz_nowhere(), true };
	bool escaped = false, added = metric_label(labels, sizeof(labels), "name", text);
	size_t length = strlen(labels), quotes = 0;

	assert(length < sizeof(labels) && (added || length == 0));
	for (size_t i = 0; i < length; i++) {
		assert(labels[i] != '\n');
		quotes += labels[i] == '"' && !escaped;
		escaped = labels[i] == '\\' && !escaped;
	}
	assert(quotes == (added ? 2 : 0));
	metric_sample(&out, "fuzz", METRIC_GAUGE, labels, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	uint32_t which = fuzz_below(&input, 3);
	char *text = fuzz_text(input.at, input.left);

	if (which == 0)
		check_accept(text);
	else if (which == 1)
		check_address(text);
	else
		check_label(text);
	free(text);
	return 0;
}
