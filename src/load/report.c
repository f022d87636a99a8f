#include "report.h"

#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "base/unit.h"
#include "cost.h"
#include "delay_table.h"
#include "ending.h"
#include "faults.h"
#include "header.h"
#include "ladder.h"
#include "phrase.h"
#include "run_list.h"
#include "split_table.h"

/* Before everything else, since it says that the figures are not what was asked for. */
static void print_rate_held(const struct session *session, const struct page *page)
{
	static const char *const whose[] = {
		[BOTTLENECK_NEITHER] = "whose fault is not known",
		[BOTTLENECK_GENERATOR] = "the generator's fault",
		[BOTTLENECK_SERVER] = "the server's fault",
	};
	const struct evidence *evidence = &session->verdict.evidence;
	double missing = 100 * (1 - evidence->rate_sent / evidence->rate_wanted);
	struct phrase phrase = { .used = 0 };

	if (session->verdict.rate_held)
		return;
	phrase_add(&phrase, "THE RATE WAS NOT HELD: %s/s of %s/s, ",
		   count_text(evidence->rate_sent).text, count_text(evidence->rate_wanted).text);
	if (missing >= 0.05)
		phrase_add(&phrase, "%.1f %% missing", missing);
	else
		phrase_add(&phrase, "%s skipped", count_text((double)evidence->skipped).text);
	page_line(page, STYLE_BAD, "%s: %s", phrase.text,
		  session_has_run_dry(session) ? "nobody was left"
					       : whose[session->verdict.bottleneck]);
}

static void print_requests(const struct session *session, const struct page *page)
{
	const struct result *result = &session->total.result;
	const char *label = session->target->answers == ANSWERS_ENDLESS ? "answers" : "requests";
	struct phrase phrase = { .used = 0 };

	if (result_duration_ns(result) == 0) {
		page_row(page, STYLE_BAD, label, "nothing was measured");
		return;
	}
	phrase_add(&phrase, "%s/s: %" PRIu64 " in %s",
		   count_text(result_requests_per_s(result)).text, result->requests,
		   duration_text((double)result_duration_ns(result)).text);
	if (session->target->answers == ANSWERS_NONE)
		phrase_add(&phrase, ", to which nothing is answered");
	if (result->answered_after > 0)
		phrase_add(&phrase, ", and %" PRIu64 " answered after it", result->answered_after);
	page_row(page, STYLE_TITLE, label, "%s", phrase.text);
}

/* Those that were made before the window are counted too, so the rate is that of the requests which
 * each of them has carried. */
static void print_connections(const struct session *session, const struct page *page)
{
	const struct result *result = &session->total.result;
	uint64_t each = session->options->reconnect_every;
	const struct histogram *connect = result->connect;

	if (each == 0 || histogram_count(connect) == 0)
		return;
	page_row(page, STYLE_TITLE, "connections",
		 "%s/s, of %s request%s each; with the warm-up %" PRIu64 " were made",
		 count_text(result_requests_per_s(result) / (double)each).text,
		 count_exact(each).text, plural(each), result->connects);
	page_row(page, STYLE_PLAIN, "connecting", "mean %s, p50 %s, p90 %s, p99 %s, max %s",
		 duration_text((double)histogram_mean(connect)).text,
		 duration_text((double)histogram_percentile(connect, 50)).text,
		 duration_text((double)histogram_percentile(connect, 90)).text,
		 duration_text((double)histogram_percentile(connect, 99)).text,
		 duration_text((double)histogram_max(connect)).text);
}

static void print_data(const struct result *result, const struct page *page)
{
	double seconds = (double)result_duration_ns(result) / (double)NS_PER_S;
	struct phrase phrase = { .used = 0 };

	if (seconds <= 0)
		return;
	/* What left after the window is in the sum, and would be in a rate. */
	if (result->bytes_sent > 0 && result->sent_after > 0)
		phrase_add(&phrase, "%s sent", size_text((double)result->bytes_sent).text);
	else if (result->bytes_sent > 0)
		phrase_add(&phrase, "%s/s sent (%s)",
			   size_text((double)result->bytes_sent / seconds).text,
			   size_text((double)result->bytes_sent).text);
	if (result->bytes > 0)
		phrase_add(&phrase, "%s%s/s received (%s)", phrase.used > 0 ? ", " : "",
			   size_text(result_bytes_per_s(result)).text,
			   size_text((double)result->bytes).text);
	if (phrase.used > 0)
		page_row(page, STYLE_PLAIN, "data", "%s", phrase.text);
}

static void print_rates(const struct session *session, const struct page *page)
{
	const struct result *result = &session->total.result;

	print_requests(session, page);
	print_connections(session, page);
	print_data(result, page);
}

static void print_latency(const struct session *session, const struct page *page)
{
	const struct histogram *latency = session->total.result.latency;
	struct ladder ladder;

	if (histogram_count(latency) == 0)
		return;
	page_row(page, STYLE_TITLE, "latency", "mean %s, deviation %s, since %s; bars logarithmic",
		 duration_text((double)histogram_mean(latency)).text,
		 duration_text(histogram_stddev(latency)).text,
		 session->options->rate > 0 ? "due" : "sent");
	ladder_make(latency, &session->options->percentiles, &ladder);
	ladder_print(&ladder, page);
}

/* How late an open loop's requests left, what of that was our own doing, and what it took. */
static void print_slip(const struct session *session, const struct page *page)
{
	const struct result *result = &session->total.result;
	const struct histogram *slip = result->slip;

	if (histogram_count(slip) == 0)
		return;
	page_row(page, STYLE_PLAIN, "sent late", "p50 %s, p99 %s, max %s; own fault p99 %s",
		 duration_text((double)histogram_percentile(slip, 50)).text,
		 duration_text((double)histogram_percentile(slip, 99)).text,
		 duration_text((double)histogram_max(slip)).text,
		 duration_text((double)histogram_percentile(result->timer_error, 99)).text);
}

static void print_steady(const struct session *session, const struct page *page)
{
	const struct steady_rule *rule = &session->options->steady;
	const struct settling *settling = &session->total.settling;

	if (rule->window_ns == 0)
		return;
	if (settling->reached)
		page_row(page, STYLE_GOOD, "steady", "after %s: the rate changed by %.2g %% in %s",
			 duration_text((double)settling->after_ns).text, 100 * settling->change,
			 duration_exact(rule->window_ns).text);
	else if (fabs(settling->change) <= rule->change)
		page_row(page, STYLE_BAD, "steady", "NEVER: it ended before %s were looked at",
			 duration_exact(rule->window_ns).text);
	else
		page_row(page, STYLE_BAD, "steady",
			 "NEVER: at the end the rate changed by %.2g %% in %s, more than %.3g %%",
			 100 * settling->change, duration_exact(rule->window_ns).text,
			 100 * rule->change);
}

static void print_thresholds(const struct session *session, const struct page *page)
{
	const struct threshold_list *list = &session->options->thresholds;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct threshold_outcome *outcome = &session->thresholds[i];

		page_row(page, outcome->kept ? STYLE_GOOD : STYLE_BAD, "threshold", "%s %s: %s",
			 list->items[i].text, outcome->kept ? "kept" : "BROKEN",
			 outcome->actual_text);
	}
}

void report_print(const struct session *session, const struct page *page)
{
	const struct verdict *verdict = &session->verdict;

	print_rate_held(session, page);
	header_print(session, page);
	page_space(page);
	print_rates(session, page);
	print_latency(session, page);
	print_slip(session, page);
	delay_table_print(session, page);
	split_table_print(session, page);
	faults_print(session, page);
	page_space(page);
	cost_print(session, page);
	run_list_print(session, page);
	print_steady(session, page);
	print_thresholds(session, page);
	page_row(page, verdict->bottleneck == BOTTLENECK_GENERATOR ? STYLE_BAD : STYLE_TITLE,
		 "bottleneck", "%s: %s", bottleneck_names[verdict->bottleneck], verdict->reason);
}
