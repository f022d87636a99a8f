#include "inject_rule.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "base/unit.h"
#include "net/url.h"

#define RULE_TEXT_MAX 64

#define DATAGRAMS (1u << TRANSPORT_UDP | 1u << TRANSPORT_UNIXGRAM)
#define CONNECTED (1u << TRANSPORT_TCP | 1u << TRANSPORT_UNIX | 1u << TRANSPORT_UNIXPACKET)
#define ALL (DATAGRAMS | CONNECTED)

const struct inject_kind_row inject_kinds[INJECT_KIND_COUNT] = {
	[INJECT_SPIN] = { .name = "spin",
			  .transports = ALL,
			  .time_ns_max = NS_PER_S,
			  .summary = "TIME: burn the CPU for so long, before each message" },
	[INJECT_DROP] = { .name = "drop",
			  .transports = DATAGRAMS,
			  .misfit = "only datagrams get lost, and a stream cannot lose a part",
			  .summary = "give no answer (udp, unixgram)" },
	[INJECT_CLOSE] = { .name = "close",
			   .transports = CONNECTED,
			   .misfit = "datagrams have no connection that could be closed",
			   .summary = "hang up instead of an answer (tcp, unix, unixpacket)" },
	[INJECT_CORRUPT] = { .name = "corrupt",
			     .transports = ALL,
			     .summary = "flip a byte in the second half of the answer" },
	[INJECT_DELAY] = { .name = "delay",
			   .transports = ALL,
			   .time_ns_max = 60 * NS_PER_S,
			   .summary = "TIME: the answer, and what is behind it, leaves later" },
	[INJECT_DUPLICATE] = { .name = "duplicate",
			       .transports = DATAGRAMS,
			       .misfit = "only datagrams come twice, and a stream has each byte "
					 "once",
			       .summary = "answer twice (udp, unixgram)" },
	[INJECT_REORDER] = { .name = "reorder",
			     .transports = DATAGRAMS,
			     .misfit = "only datagrams overtake, and a stream keeps its order",
			     .summary = "answer after the next answer of the socket (udp, "
					"unixgram)" },
};

/* One rule under way: errors quote the whole of it. */
struct rule_text {
	char text[RULE_TEXT_MAX];
	struct error *ret_error;
};

#define REFUSE(rule_text, format, ...) \
	error_set((rule_text)->ret_error, -EINVAL, "'%s': " format, (rule_text)->text, __VA_ARGS__)

static int kind_parse(const struct rule_text *whole, const char *name, struct inject_rule *rule)
{
	struct text_guess guess = { .word = name };

	for (int kind = 0; kind < INJECT_KIND_COUNT; kind++) {
		if (strcmp(inject_kinds[kind].name, name) == 0) {
			*rule = (struct inject_rule){ .kind = (enum inject_kind)kind,
						      .share = 1,
						      .transports = inject_kinds[kind].transports };
			return 0;
		}
		text_guess_offer(&guess, inject_kinds[kind].name);
	}
	if (guess.best)
		return REFUSE(whole, "there is no fault '%s'; did you mean %s?", name, guess.best);
	return REFUSE(
		whole,
		"there is no fault '%s', but spin, drop, close, corrupt, delay, duplicate and "
		"reorder",
		name);
}

static int share_parse(const struct rule_text *whole, const char *text, struct inject_rule *rule)
{
	size_t digits = strcspn(text, "%");
	char number[RULE_TEXT_MAX] = "";
	double percent;

	memcpy(number, text, digits);
	if (strcmp(text + digits, "%") != 0 || real_parse(number, &percent) != 0)
		return REFUSE(whole, "'%s' is no share, such as 10%% or 0.5%%", text);
	if (percent <= 0 || percent > 100)
		return REFUSE(whole, "a share is more than 0%% and at most 100%%, not %s", text);
	rule->share = percent / 100;
	return 0;
}

static int transport_find(const char *name)
{
	for (int i = 0; i < TRANSPORT_COUNT; i++)
		if (strcmp(transports[i].name, name) == 0)
			return i;
	return -1;
}

static int transport_parse(const struct rule_text *whole, int transport, struct inject_rule *rule)
{
	const struct inject_kind_row *kind = &inject_kinds[rule->kind];

	rule->transports = 1u << transport;
	if (kind->transports & rule->transports)
		return 0;
	return REFUSE(whole, "%s is not for %s: %s", kind->name, transports[transport].name,
		      kind->misfit);
}

static int time_parse(const struct rule_text *whole, const char *text, struct inject_rule *rule)
{
	const struct inject_kind_row *kind = &inject_kinds[rule->kind];

	if (kind->time_ns_max == 0)
		return REFUSE(whole,
			      "'%s' is neither a share, such as 10%%, nor a transport; %s takes no "
			      "more",
			      text, kind->name);
	if (duration_parse(text, &rule->time_ns) < 0 || rule->time_ns == 0 ||
	    rule->time_ns > kind->time_ns_max)
		return REFUSE(whole,
			      "'%s' is no time from 1ns to %s, such as 150us, and no share "
			      "or transport",
			      text, duration_exact(kind->time_ns_max).text);
	return 0;
}

/* What stands between two colons tells by its shape what it is; each may come once, in order. */
static int part_parse(const struct rule_text *whole, const char *text, int *place,
		      struct inject_rule *rule)
{
	enum { TIME = 1, SHARE, TRANSPORT };
	int transport = transport_find(text);
	int here = transport >= 0 ? TRANSPORT : strchr(text, '%') ? SHARE : TIME;

	if (here <= *place)
		return REFUSE(whole, "'%s' is not expected here: KIND=[TIME:]SHARE[:TRANSPORT]",
			      text);
	*place = here;
	if (here == TRANSPORT)
		return transport_parse(whole, transport, rule);
	return here == SHARE ? share_parse(whole, text, rule) : time_parse(whole, text, rule);
}

static int rule_parse(const struct rule_text *whole, struct inject_rule *ret_rule)
{
	char copy[RULE_TEXT_MAX];
	struct inject_rule rule = { 0 };
	char *rest = copy;
	int place = 0, error;

	memcpy(copy, whole->text, sizeof(copy));
	error = kind_parse(whole, strsep(&rest, "="), &rule);
	while (!error && rest)
		error = part_parse(whole, strsep(&rest, ":"), &place, &rule);
	if (error)
		return error;
	if (inject_kinds[rule.kind].time_ns_max > 0 && rule.time_ns == 0)
		return REFUSE(whole, "%s needs a time, such as %s=150us",
			      inject_kinds[rule.kind].name, inject_kinds[rule.kind].name);
	*ret_rule = rule;
	return 0;
}

int inject_rules_parse(const char *text, void *ret_rules, struct error *ret_error)
{
	struct inject_rules rules = *(struct inject_rules *)ret_rules;

	for (const char *at = text; at;) {
		size_t length = strcspn(at, ",");
		struct rule_text whole = { .ret_error = ret_error };
		int error;

		if (length >= sizeof(whole.text))
			return error_set(ret_error, -EINVAL, "'%.40s...' is too long for a rule",
					 at);
		if (rules.count == INJECT_RULE_MAX)
			return error_set(ret_error, -EINVAL, "there are more than %d rules",
					 INJECT_RULE_MAX);
		memcpy(whole.text, at, length);
		error = rule_parse(&whole, &rules.items[rules.count]);
		if (error)
			return error;
		rules.count++;
		at = at[length] ? at + length + 1 : NULL;
	}
	*(struct inject_rules *)ret_rules = rules;
	return 0;
}

static json_t *transports_to_json(uint32_t mask)
{
	json_t *array = json_array();
	int error = array ? 0 : -ENOMEM;

	for (int i = 0; i < TRANSPORT_COUNT; i++)
		if (mask & 1u << i)
			error |= json_append(array, json_text(transports[i].name));
	return json_complete(array, error);
}

static json_t *rule_to_json(const struct inject_rule *rule)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_string(object, "kind", inject_kinds[rule->kind].name);
	error |= rule->time_ns > 0 ? json_put_unsigned(object, "time_ns", rule->time_ns)
				   : json_put_value(object, "time_ns", json_null());
	error |= json_put_real(object, "share", rule->share);
	error |= json_put_value(object, "transports", transports_to_json(rule->transports));
	return json_complete(object, error);
}

json_t *inject_rules_to_json(const void *value)
{
	const struct inject_rules *rules = value;
	json_t *array = json_array();
	int error = array ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < rules->count; i++)
		error |= json_append(array, rule_to_json(&rules->items[i]));
	return json_complete(array, error);
}

static void rule_print(const struct inject_rule *rule, FILE *stream)
{
	(void)fprintf(stream, "%s=", inject_kinds[rule->kind].name);
	if (rule->time_ns > 0)
		(void)fprintf(stream, "%s:", duration_exact(rule->time_ns).text);
	(void)fprintf(stream, "%.10g%%", rule->share * 100);
	if (rule->transports == inject_kinds[rule->kind].transports)
		return;
	for (int i = 0; i < TRANSPORT_COUNT; i++)
		if (rule->transports & 1u << i)
			(void)fprintf(stream, ":%s", transports[i].name);
}

static struct inject_text text_of(const struct inject_rule *rules, uint32_t count)
{
	struct inject_text result = { "" };
	FILE *stream = fmemopen(result.text, sizeof(result.text), "w");

	for (uint32_t i = 0; i < count && stream; i++) {
		(void)fputs(i > 0 ? "," : "", stream);
		rule_print(&rules[i], stream);
	}
	if (stream)
		(void)fclose(stream);
	return result;
}

struct inject_text inject_rules_format(const struct inject_rules *rules)
{
	return text_of(rules->items, rules->count);
}

int inject_rules_check(const struct inject_rules *rules, uint32_t transports_used,
		       struct error *ret_error)
{
	for (uint32_t i = 0; i < rules->count; i++) {
		const struct inject_rule *rule = &rules->items[i];

		if (!(rule->transports & transports_used))
			return error_set(ret_error, -EINVAL,
					 "--inject '%s' can do nothing: no listener has such a "
					 "transport",
					 text_of(rule, 1).text);
	}
	return 0;
}

void inject_print(FILE *stream)
{
	for (int kind = 0; kind < INJECT_KIND_COUNT; kind++)
		(void)fprintf(stream, "  %-10s %s\n", inject_kinds[kind].name,
			      inject_kinds[kind].summary);
}
