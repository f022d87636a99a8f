#include "run_list.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/unit.h"
#include "measure/statistics.h"

/* More than that would not fit the screen; the document has them all. */
#define RUNS_SHOWN_MAX 10

static void print_run(const struct outcome *run, uint32_t index, const struct page *page)
{
	const struct result *result = &run->result;
	const struct histogram *latency = result->latency;
	bool timed = histogram_count(latency) > 0;
	uint64_t wrong = result_errors_total(result) + result->lost;
	char label[PAGE_LABEL_COLUMNS + 1];

	(void)snprintf(label, sizeof(label), "run %u", index + 1);
	page_row(page, wrong > 0 ? STYLE_BAD : STYLE_PLAIN, label,
		 "%9s/s   p50 %9s   p99 %9s   %" PRIu64 " errors or lost",
		 count_text(result_requests_per_s(result)).text,
		 timed ? duration_text((double)histogram_percentile(latency, 50)).text : "-",
		 timed ? duration_text((double)histogram_percentile(latency, 99)).text : "-",
		 wrong);
}

static void print_median(const double *rates, const struct estimate *estimate, uint32_t count,
			 const struct page *page)
{
	double spread = estimate->median > 0 ? (rates[count - 1] - rates[0]) / estimate->median : 0;

	page_row(page, STYLE_PLAIN, "median",
		 "%9s/s, between %s/s and %s/s (%.1f %% sure); spread %.1f %%",
		 count_text(estimate->median).text, count_text(estimate->low).text,
		 count_text(estimate->high).text, 100 * estimate->coverage, 100 * spread);
}

void run_list_print(const struct session *session, const struct page *page)
{
	uint32_t count = session->run_count;
	double *rates = reallocarray(NULL, count + 1, sizeof(*rates));
	struct estimate estimate;

	for (uint32_t i = 0; rates && i < count; i++)
		rates[i] = result_requests_per_s(&session->runs[i].result);
	for (uint32_t i = 0; count > 1 && i < count && i < RUNS_SHOWN_MAX; i++)
		print_run(&session->runs[i], i, page);
	if (count > RUNS_SHOWN_MAX)
		page_row(page, STYLE_PLAIN, "", "and %u more", count - RUNS_SHOWN_MAX);
	/* It leaves the rates sorted. */
	if (count > 1 && rates &&
	    statistics_estimate(rates, count, STATISTICS_CONFIDENCE, &estimate) == 0)
		print_median(rates, &estimate, count, page);
	free(rates);
}
