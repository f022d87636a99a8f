/*
 * NAME=value lines as of netperf -k, with netperf's names and units where it has them: latencies in
 * microseconds, service demand (SD) in microseconds of CPU a transaction.
 */
#include <ctype.h>

#include "base/array.h"
#include "output/formats.h"

static const struct {
	const char *name;
	const char *path;
	const char *per;
	double factor;
} numbers[] = {
	{ .name = "ELAPSED_TIME", .path = "duration_ns", .factor = 1e-9 },
	{ .name = "THROUGHPUT", .path = "requests_per_s" },
	{ .name = "TRANSACTION_RATE", .path = "requests_per_s" },
	{ .name = "RT_LATENCY", .path = "latency_ns/mean", .factor = 1e-3 },
	{ .name = "MIN_LATENCY", .path = "latency_ns/min", .factor = 1e-3 },
	{ .name = "MEAN_LATENCY", .path = "latency_ns/mean", .factor = 1e-3 },
	{ .name = "P50_LATENCY", .path = "latency_ns/p50", .factor = 1e-3 },
	{ .name = "P90_LATENCY", .path = "latency_ns/p90", .factor = 1e-3 },
	{ .name = "P99_LATENCY", .path = "latency_ns/p99", .factor = 1e-3 },
	{ .name = "MAX_LATENCY", .path = "latency_ns/max", .factor = 1e-3 },
	{ .name = "LOCAL_CPU_UTIL", .path = "host_cpu/busy_share", .factor = 100 },
	{ .name = "LOCAL_SD", .path = "cpu_ns", .per = "requests", .factor = 1e-3 },
	{ .name = "REMOTE_SD", .path = "server/cpu_ns", .per = "requests", .factor = 1e-3 },
	{ .name = "LOCAL_TRANSPORT_RETRANS", .path = "network/tcp_retransmissions" },
};

/* A value is a word or, in quotes, the rest of its line. */
static void text_print(const char *name, const char *text, FILE *file)
{
	if (!text)
		return;
	(void)fprintf(file, "%s=\"", name);
	for (; *text; text++)
		(void)fputc(iscntrl((unsigned char)*text) || *text == '"' ? ' ' : *text, file);
	(void)fputs("\"\n", file);
}

static void number_print(size_t index, const json_t *root, FILE *file)
{
	double factor = numbers[index].factor > 0 ? numbers[index].factor : 1;
	double value, divisor = 1;

	if (!member_number(root, numbers[index].path, &value))
		return;
	if (numbers[index].per &&
	    (!member_number(root, numbers[index].per, &divisor) || divisor <= 0))
		return;
	(void)fprintf(file, "%s=%.12g\n", numbers[index].name, value / divisor * factor);
}

/* How far the latencies lie apart is in the histogram alone. */
static void deviation_print(const json_t *root, FILE *file)
{
	struct histogram *latency;

	if (member_histogram(root, "latency_ns", &latency) != 0)
		return;
	(void)fprintf(file, "STDDEV_LATENCY=%.12g\n", histogram_stddev(latency) / 1e3);
	histogram_close(latency);
}

static void protocol_print(const struct document *document, FILE *file)
{
	struct document_name configuration = document_configuration(document);
	const char *at = configuration.text + sizeof("/proto=") - 1;

	if (!configuration.text[0])
		return;
	(void)fputs("PROTOCOL=", file);
	for (; *at && *at != '/'; at++)
		(void)fputc(toupper((unsigned char)*at), file);
	(void)fputc('\n', file);
}

int keyval_write(const struct document *document, FILE *file)
{
	const json_t *root = document->root;

	protocol_print(document, file);
	(void)fputs("DIRECTION=Send|Recv\nTHROUGHPUT_UNITS=Trans/s\nSD_UNITS=usec/Tran\n", file);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (member_count(root, "requests") > 0 || i == 0)
			number_print(i, root, file);
	deviation_print(root, file);
	text_print("TEST_ID", document_name(document).text, file);
	text_print("VERSION", member_string(root, "version"), file);
	return 0;
}
