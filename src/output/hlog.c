/*
 * HdrHistogram's log, format version 1.3: begin and length in seconds, the maximum in milliseconds
 * as the Java writer has it, and the histogram of latencies in nanoseconds; a row for each run that
 * has one.
 */
#include <time.h>

#include "base/clock.h"
#include "output/formats.h"

#define S_PER_NS 1e-9

static void head_print(const struct document *document, FILE *file)
{
	json_int_t started_ns = json_integer_value(member(document->root, "started_unix_ns"));
	time_t seconds = (time_t)(started_ns / (json_int_t)NS_PER_S);
	struct tm calendar;
	char date[64] = "";

	if (gmtime_r(&seconds, &calendar))
		(void)strftime(date, sizeof(date), "%a %b %d %H:%M:%S UTC %Y", &calendar);
	(void)fputs("#[Latencies in ns, written by ringside]\n"
		    "#[Histogram log format version 1.3]\n",
		    file);
	(void)fprintf(file, "#[StartTime: %.3f (seconds since epoch), %s]\n",
		      (double)started_ns * S_PER_NS, date);
	(void)fputs("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
		    "\"Interval_Compressed_Histogram\"\n",
		    file);
}

static void row_print(const json_t *run, FILE *file)
{
	const char *histogram = member_string(run, "latency_ns/histogram");

	if (histogram)
		(void)fprintf(file, "%.3f,%.3f,%.3f,%s\n",
			      member_count(run, "started_unix_ns") * S_PER_NS,
			      member_count(run, "duration_ns") * S_PER_NS,
			      member_count(run, "latency_ns/max") / (double)NS_PER_MS, histogram);
}

int hlog_write(const struct document *document, FILE *file)
{
	head_print(document, file);
	for (size_t i = 0; i < document_run_count(document); i++)
		row_print(document_run(document, i), file);
	return 0;
}
