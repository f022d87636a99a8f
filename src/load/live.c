#include "live.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/unit.h"
#include "phrase.h"
#include "plan.h"

#define SCRAP_DIVISOR 50

static void add_goal(struct phrase *phrase, const struct load_options *options)
{
	if (options->duration_ns > 0)
		phrase_add(phrase, "%s", duration_exact(options->duration_ns).text);
	else
		phrase_add(phrase, "%s requests", count_exact(plan_requests(options)).text);
}

void live_run(struct live *live, uint32_t index)
{
	const struct load_options *options = live->session->options;
	struct phrase phrase = { .used = 0 };

	live->requests = 0;
	if (options->runs > 1)
		phrase_add(&phrase, ", run %u of %u", index + 1, options->runs);
	phrase_add(&phrase, ": ");
	if (options->omit_ns > 0)
		phrase_add(&phrase, "%s of warm-up, then ", duration_exact(options->omit_ns).text);
	add_goal(&phrase, options);
	page_line(live->page, STYLE_TITLE, "%s%s", target_text(live->session->target).text,
		  phrase.text);
	page_line(live->page, STYLE_FAINT, "%9s %12s %11s %11s %9s %9s   %s", "time", "requests/s",
		  "p50", "p99", "errors", "lost", "done");
	(void)fflush(live->page->stream);
}

/* Of a run that is to end after a time, or else of one that is to end after so many requests. */
static double progress(const struct live *live, const struct interval *interval)
{
	const struct load_options *options = live->session->options;
	uint64_t elapsed_ns = interval->start_ns + interval->duration_ns;
	uint64_t requests = plan_requests(options);
	double by_requests = requests > 0 ? (double)live->requests / (double)requests : 0;
	double by_time = options->duration_ns > 0
				 ? (double)elapsed_ns / (double)options->duration_ns
				 : 0;
	double share = by_time > by_requests ? by_time : by_requests;

	return share < 1 ? share : 1;
}

/* Where nothing was answered there is no latency. */
static struct unit_text latency_text(const struct interval *interval, uint64_t latency_ns)
{
	if (interval->timed == 0)
		return (struct unit_text){ "-" };
	return duration_text((double)latency_ns);
}

/* What a run had to do after its last whole interval may be a single request, whose rate says
 * nothing. */
static bool is_scrap(const struct live *live, const struct interval *interval)
{
	return interval->start_ns > 0 &&
	       interval->duration_ns < live->session->options->interval_ns / SCRAP_DIVISOR;
}

void live_interval(struct live *live, const struct interval *interval)
{
	uint64_t wrong = interval->errors + interval->lost;

	live->requests += interval->requests;
	if (is_scrap(live, interval) && wrong == 0)
		return;
	page_line(live->page, wrong > 0 ? STYLE_BAD : STYLE_PLAIN,
		  "%9s %10s/s %11s %11s %9" PRIu64 " %9" PRIu64 "   %3.0f %%",
		  duration_text((double)(interval->start_ns + interval->duration_ns)).text,
		  count_text(interval_requests_per_s(interval)).text,
		  latency_text(interval, interval->p50_ns).text,
		  latency_text(interval, interval->p99_ns).text, interval->errors, interval->lost,
		  100 * progress(live, interval));
	(void)fflush(live->page->stream);
}
