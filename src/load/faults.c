#include "faults.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "base/unit.h"
#include "ending.h"
#include "phrase.h"

static enum style style_of(uint64_t count)
{
	return count > 0 ? STYLE_BAD : STYLE_PLAIN;
}

static void add_share(struct phrase *phrase, uint64_t count, uint64_t of)
{
	if (count > 0 && of > 0)
		phrase_add(phrase, " (%.3g %%)", 100 * (double)count / (double)of);
}

/* Datagrams may be lost without anybody's fault, so each fate has its count. */
static void print_datagrams(const struct result *result, const struct page *page)
{
	uint64_t corrupt = result->errors[RESULT_CORRUPT];
	struct phrase phrase = { .used = 0 };

	phrase_add(&phrase, "%" PRIu64 " lost of %" PRIu64, result->lost, result->sent);
	add_share(&phrase, result->lost, result->sent);
	phrase_add(&phrase,
		   ", %" PRIu64 " late, %" PRIu64 " duplicated, %" PRIu64 " reordered, %" PRIu64
		   " corrupt",
		   result->late, result->duplicated, result->reordered, corrupt);
	page_row(page, style_of(result->lost + corrupt), "datagrams", "%s", phrase.text);
}

static void print_unanswered(const struct result *result, const struct page *page)
{
	struct phrase phrase = { .used = 0 };

	if (result->lost == 0)
		return;
	phrase_add(&phrase, "%" PRIu64 " of %" PRIu64 " requests", result->lost, result->sent);
	add_share(&phrase, result->lost, result->sent);
	page_row(page, STYLE_BAD, "unanswered", "%s", phrase.text);
}

static void print_errors(const struct result *result, const struct page *page)
{
	if (result_errors_total(result) == 0)
		page_row(page, STYLE_PLAIN, "errors", "none");
	for (int kind = 0; kind < RESULT_ERROR_COUNT; kind++) {
		int cause = -result->causes[kind];

		if (result->errors[kind] > 0)
			page_row(page, STYLE_BAD, "errors", "%" PRIu64 " %s%s%s%s",
				 result->errors[kind], result_errors[kind].meaning,
				 cause ? " (" : "", cause ? strerror(cause) : "", cause ? ")" : "");
	}
}

/* What the kernel dropped, at our sockets and in this network namespace: also for others. */
static void print_drops(const struct outcome *outcome, bool datagrams, const struct page *page)
{
	const struct network_usage *network = &outcome->usage.network;
	const struct {
		uint64_t count;
		const char *meaning;
	} drops[] = {
		{ outcome->kernel_drops, "answers dropped at our sockets" },
		{ network->udp_receive_buffer_errors, "UDP receive buffer errors" },
		{ network->udp_send_buffer_errors, "UDP send buffer errors" },
		{ network->udp_in_errors, "UDP input errors" },
		{ network->udp_no_ports, "datagrams to no port" },
		{ network->tcp_retransmissions, "TCP retransmissions" },
		{ network->tcp_listen_overflows, "listen queue overflows" },
		{ network->tcp_listen_drops, "listen queue drops" },
	};
	struct phrase phrase = { .used = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(drops); i++)
		if (drops[i].count > 0)
			phrase_add(&phrase, "%s%" PRIu64 " %s", phrase.used > 0 ? ", " : "",
				   drops[i].count, drops[i].meaning);
	if (phrase.used > 0)
		page_row(page, STYLE_BAD, "kernel", "%s (of this host, in this time)", phrase.text);
	else if (datagrams && outcome->usage.network_known)
		page_row(page, STYLE_PLAIN, "kernel", "dropped nothing");
}

static void print_early_end(const struct session *session, const struct page *page)
{
	if (session->interrupted)
		page_row(page, STYLE_BAD, "ended", "early, by a signal");
	else if (session->total.aborted)
		page_row(page, STYLE_BAD, "ended", "early, by %s",
			 session->options->abort_on ? "--abort-on" : "--slip abort");
	else if (session_has_run_dry(session))
		page_row(page, STYLE_BAD, "ended", "early: nobody was left who answered");
}

void faults_print(const struct session *session, const struct page *page)
{
	const struct outcome *outcome = &session->total;
	const struct result *result = &outcome->result;
	uint32_t wanted = session->options->connections;
	bool connected = transports[session->target->url.transport].connected;

	print_early_end(session, page);
	if (outcome->connected < wanted)
		page_row(page, STYLE_BAD, "connected", "%u of %u", outcome->connected, wanted);
	print_errors(result, page);
	if (!connected && session->target->answers == ANSWERS_NONE)
		page_row(page, STYLE_PLAIN, "datagrams",
			 "what was lost is not known: nothing is "
			 "answered");
	else if (!connected)
		print_datagrams(result, page);
	else
		print_unanswered(result, page);
	if (result->skipped > 0)
		page_row(page, STYLE_BAD, "skipped", "%" PRIu64 " requests, too late to be sent",
			 result->skipped);
	print_drops(outcome, !connected, page);
}
