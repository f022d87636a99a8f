/*
 * Values of options that are more than a number: the first byte of a line says whose, the rest is
 * the text. A value that is refused leaves what was there alone and has a sentence; one that is
 * taken is the same each time it is read.
 */
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cpu.h"
#include "compare/metric.h"
#include "engine/choice.h"
#include "experiment/list.h"
#include "fuzz.h"
#include "load/value.h"
#include "measure/percentile.h"
#include "measure/size_mix.h"
#include "measure/steady.h"
#include "net/sockopt.h"
#include "output/output.h"
#include "serve/admission.h"
#include "serve/inject_rule.h"
#include "serve/port_list.h"
#include "serve/rate_option.h"

#define DRAWS 16

struct value_kind {
	size_t size;
	int (*parse)(const char *text, void *ret_value, struct error *ret_error);
	json_t *(*to_json)(const void *value);
	void (*check)(const void *value); /* what else must be true of it; or NULL */
};

static void check_size_mix(const struct size_mix *mix)
{
	double mean = size_mix_mean(mix);
	uint64_t random = 1;

	assert(mix->min <= mix->max && mix->max <= SIZE_MIX_SIZE_MAX);
	for (int i = 0; i < DRAWS; i++) {
		uint32_t size = size_mix_draw(mix, &random);

		assert(size >= mix->min && size <= mix->max);
	}
	assert(isfinite(mean) && mean > mix->min * 0.98 - 1 && mean < mix->max * 1.02 + 1);
}

static void check_size(const void *value)
{
	const struct size_pair *pair = value;
	struct size_mix again;
	struct error error;

	if (pair->automatic)
		return;
	check_size_mix(&pair->request);
	assert(size_mix_parse(pair->request.text, &again, &error) == 0);
	assert(memcmp(&again, &pair->request, sizeof(again)) == 0);
}

static void check_inject(const void *value)
{
	const struct inject_rules *rules = value;
	struct inject_text text = inject_rules_format(rules);
	struct error error;

	assert(rules->count > 0 && rules->count <= INJECT_RULE_MAX);
	for (uint32_t i = 0; i < rules->count; i++)
		assert(rules->items[i].share > 0 && rules->items[i].share <= 1 &&
		       rules->items[i].transports != 0);
	assert(strlen(text.text) < sizeof(text.text));
	for (int i = 0; i < TRANSPORT_COUNT; i++)
		if (inject_rules_check(rules, 1u << i, &error) != 0)
			fuzz_check_sentence(&error);
}

static void check_cpus(const void *value)
{
	const struct cpu_list *list = value;
	struct error error;
	bool seen[CPU_COUNT_MAX] = { 0 };

	assert(list->count > 0 && list->count <= CPU_COUNT_MAX);
	assert(cpu_thread_count(list) == list->count);
	if (cpu_list_check(list, &error) != 0)
		fuzz_check_sentence(&error);
	for (uint32_t i = 0; i < list->count; i++) {
		assert(list->cpus[i] < CPU_COUNT_MAX && !seen[list->cpus[i]]);
		seen[list->cpus[i]] = true;
	}
}

static void check_features(const void *value)
{
	const struct feature_request *request = value;

	assert((request->on & request->off) == 0);
	assert(((request->on | request->off) >> FEATURE_COUNT) == 0);
}

/* The kernel may refuse a value, but not for how it was put. */
static void check_socket(const struct sockopt_list *list, enum transport transport, int family)
{
	int fd = socket(family, transports[transport].socket_type | SOCK_CLOEXEC, 0);
	struct error error = { "" };
	int result;

	if (fd < 0)
		return;
	result = sockopt_apply(list, fd, transport, &error);
	if (result != 0)
		fuzz_check_sentence(&error);
	assert(result != -EFAULT && result != -EBADF);
	(void)close(fd);
}

static void check_sockopts(const void *value)
{
	const struct sockopt_list *list = value;
	struct error error;

	assert(list->count == 1 && list->settings[0].option);
	for (int i = 0; i < TRANSPORT_COUNT; i++)
		if (sockopt_check(list, 1u << i, &error) != 0)
			fuzz_check_sentence(&error);
	check_socket(list, TRANSPORT_TCP, AF_INET6);
	check_socket(list, TRANSPORT_UDP, AF_INET);
	sockopt_print(fuzz_nowhere());
}

static void check_percentiles(const void *value)
{
	const struct percentile_list *list = value;

	assert(list->count > 0 && list->count <= PERCENTILES_MAX);
	for (uint32_t i = 0; i < list->count; i++)
		assert(list->percents[i] >= 0 && list->percents[i] <= 100);
}

static void check_share(const void *value)
{
	const struct share *share = value;

	assert(share->index >= 1 && share->index <= share->count);
}

static void check_steady(const void *value)
{
	const struct steady_rule *rule = value;
	struct steady steady;
	bool settled = false;

	steady_init(&steady, rule);
	assert(steady_period_ns(&steady) > 0);
	for (int i = 0; i < 2 * STEADY_SAMPLES; i++)
		settled = steady_add(&steady, 1000);
	assert(settled && fabs(steady_change(&steady)) < 1e-9);
	assert(!steady_add(&steady, 0) || steady_change(&steady) < 1);

	assert(rule->change > 0 && rule->change <= 1);
	assert(rule->window_ns >= STEADY_WINDOW_MIN_NS && rule->window_ns <= STEADY_WINDOW_MAX_NS);
}

/* A result that has some of all. */
static const struct result *some_result(void)
{
	static struct result result;

	if (result.latency)
		return &result;
	assert(result_init(&result) == 0);
	for (uint64_t i = 1; i <= 100; i++)
		histogram_record(result.latency, i * 1000);
	result.sent = 101;
	result.requests = 100;
	result.lost = 1;
	result.started_ns = 1;
	result.ended_ns = 1000000001;
	return &result;
}

static void check_threshold(const struct threshold *threshold)
{
	struct threshold_outcome outcome;

	(void)threshold_is_of_answers(threshold);
	threshold_check(threshold, some_result(), &outcome);
	assert(outcome.known && outcome.actual_text[0] != '\0' && outcome.actual >= 0);
	json_decref(threshold_to_json(threshold, &outcome));
}

static void check_thresholds(const void *value)
{
	const struct threshold_list *list = value;
	const struct threshold *threshold = &list->items[0];
	char text[64];

	assert(list->count == 1 && isfinite(threshold->value) && threshold->value >= 0);
	assert(threshold->percent >= 0 && threshold->percent <= 100);
	check_threshold(threshold);
	threshold_show(threshold, threshold->value, text, sizeof(text));
	assert(text[0] != '\0');
}

static void check_numbers(const void *value)
{
	const struct number_list *list = value;

	assert(list->count > 0 && list->count <= NUMBER_LIST_MAX);
}

static void check_positive(const void *value)
{
	const struct number_list *list = value;

	check_numbers(value);
	for (uint32_t i = 0; i < list->count; i++)
		assert(list->values[i] >= 1);
}

static void check_effect(const void *value)
{
	double share = *(const double *)value;

	assert(isnan(share) || (share >= 0 && share <= 1));
}

static void check_ports(const void *value)
{
	const struct port_list *list = value;

	assert(list->count > 0 && list->count <= PORT_RANGE_MAX);
	for (uint32_t i = 0; i < list->count; i++)
		assert(list->items[i].first <= list->items[i].last);
}

static void check_rate(const void *value)
{
	const struct rate_option *rate = value;

	if (rate->mode == RATE_GIVEN)
		assert(rate->per_second >= 1 && rate->per_second <= RATE_MAX);
}

static void check_loopback(void)
{
	const struct sockaddr_in v4 = { .sin_family = AF_INET,
					.sin_addr = { htonl(INADDR_LOOPBACK) } };
	const struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
					 .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct in6_addr address = prefix_address((const struct sockaddr *)&v4);

	assert(prefix_is_loopback(&address));
	address = prefix_address((const struct sockaddr *)&v6);
	assert(prefix_is_loopback(&address));
}

/* A prefix is written as it is read, and has its own address. */
static void check_trust(const void *value)
{
	const struct trust_list *list = value;
	struct prefix again;
	struct error error;

	assert(list->count > 0 && list->count <= TRUST_MAX);
	check_loopback();
	for (uint32_t i = 0; i < list->count; i++) {
		const struct prefix *prefix = &list->items[i];

		assert(prefix->bits <= 128 && prefix_has(prefix, &prefix->address));
		assert(prefix_parse(prefix_format(prefix).text, &again, &error) == 0);
		assert(again.bits == prefix->bits);
		assert(memcmp(&again.address, &prefix->address, sizeof(again.address)) == 0);
	}
}

static const struct value_kind kinds[] = {
	{ sizeof(struct size_pair), size_value_parse, size_value_to_json, check_size },
	{ sizeof(struct think), think_parse, think_to_json, NULL },
	{ sizeof(struct share), share_parse, share_to_json, check_share },
	{ sizeof(uint64_t), unix_time_parse, unix_time_to_json, NULL },
	{ sizeof(unsigned int), abort_on_parse, abort_on_to_json, NULL },
	{ sizeof(struct steady_rule), steady_value_parse, steady_value_to_json, check_steady },
	{ sizeof(struct threshold_list), threshold_add, thresholds_to_json, check_thresholds },
	{ sizeof(struct inject_rules), inject_rules_parse, inject_rules_to_json, check_inject },
	{ sizeof(struct cpu_list), cpus_parse, cpus_to_json, check_cpus },
	{ sizeof(struct feature_request), features_parse, features_to_json, check_features },
	{ sizeof(struct sockopt_list), sockopt_parse, sockopt_to_json, check_sockopts },
	{ sizeof(struct percentile_list), percentiles_parse, percentiles_to_json,
	  check_percentiles },
	{ sizeof(struct output_list), output_parse, outputs_to_json, NULL },
	{ sizeof(struct number_list), counts_parse, numbers_to_json, check_positive },
	{ sizeof(struct number_list), sizes_parse, numbers_to_json, check_positive },
	{ sizeof(struct number_list), rates_parse, numbers_to_json, check_numbers },
	{ sizeof(struct number_list), transports_parse, transports_to_json, check_numbers },
	{ sizeof(struct number_list), backends_parse, backends_to_json, check_numbers },
	{ sizeof(struct metric_wish_list), metric_wish_parse, metric_wishes_to_json, NULL },
	{ sizeof(double), metric_effect_parse, metric_effect_to_json, check_effect },
	{ sizeof(double), metric_confidence_parse, metric_effect_to_json, check_effect },
	{ sizeof(struct port_list), port_list_parse, port_list_to_json, check_ports },
	{ sizeof(struct rate_option), rate_limit_parse, rate_to_json, check_rate },
	{ sizeof(struct rate_option), rate_ceiling_parse, rate_to_json, check_rate },
	{ sizeof(struct trust_list), trust_parse, trust_to_json, check_trust },
	{ sizeof(struct uid_list), uid_list_parse, uid_list_to_json, NULL },
	{ sizeof(mode_t), unix_mode_parse, unix_mode_to_json, NULL },
};

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void check_value(const struct value_kind *kind, const char *text)
{
	void *value = calloc(1, kind->size), *again = calloc(1, kind->size);
	struct error error = { "" };

	assert(value && again);
	if (kind->parse(text, value, &error) == 0) {
		if (kind->check)
			kind->check(value);
		assert(kind->parse(text, again, NULL) == 0);
		fuzz_check_equal(kind->to_json(value), kind->to_json(again));
	} else {
		fuzz_check_sentence(&error);
		assert(is_zero(value, kind->size));
	}
	free(value);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };

	while (input.left > 0) {
		const struct value_kind *kind = &kinds[fuzz_below(&input, ARRAY_SIZE(kinds))];
		char *text = fuzz_line(&input);

		check_value(kind, text);
		free(text);
	}
	return 0;
}
