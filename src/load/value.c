#include "value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/unit.h"
#include "measure/steady.h"

#define SHARE_MAX 10000
/* As of other durations. */
#define THINK_NS_MAX (24 * 86400 * NS_PER_S)

void size_value_set(struct size_pair *pair, uint32_t size)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", size);
	/* One number is always a size. */
	(void)size_pair_parse(text, &pair->request, &pair->answer, &pair->answer_given, NULL);
	pair->automatic = false;
}

int size_value_parse(const char *text, void *ret_pair, struct error *ret_error)
{
	struct size_pair pair = { .automatic = strcmp(text, "auto") == 0 };
	int error = pair.automatic ? 0
				   : size_pair_parse(text, &pair.request, &pair.answer,
						     &pair.answer_given, ret_error);

	if (error)
		return error;
	*(struct size_pair *)ret_pair = pair;
	return 0;
}

/* A number where it is one: most sizes are. */
json_t *size_value_to_json(const void *value)
{
	const struct size_pair *pair = value;
	const struct size_mix *mix = &pair->request;
	char text[SIZE_MIX_TEXT_MAX + sizeof(struct unit_text) + 1];

	if (pair->automatic)
		return json_string("auto");
	if (mix->min == mix->max && !pair->answer_given)
		return json_integer(mix->min);
	if (!pair->answer_given)
		return json_string(mix->text);
	(void)snprintf(text, sizeof(text), "%s,%s", mix->text, size_exact(pair->answer).text);
	return json_string(text);
}

int think_parse(const char *text, void *ret_think, struct error *ret_error)
{
	static const char spin[] = ":spin";
	size_t length = strlen(text), tail = sizeof(spin) - 1;
	struct think think = { .spin = length > tail && strcmp(text + length - tail, spin) == 0 };
	char duration[64];

	(void)snprintf(duration, sizeof(duration), "%.*s",
		       (int)(think.spin ? length - tail : length), text);
	if (length >= sizeof(duration) || duration_parse(duration, &think.ns) != 0 ||
	    think.ns > THINK_NS_MAX)
		return error_set(ret_error, -EINVAL,
				 "'%s' is not a pause: a duration (24d at most), and :spin to poll "
				 "for its end: 1ms, 20us:spin",
				 text);
	*(struct think *)ret_think = think;
	return 0;
}

json_t *think_to_json(const void *value)
{
	const struct think *think = value;

	return json_pack("{s:I, s:b}", "ns", (json_int_t)think->ns, "spin", think->spin);
}

int share_parse(const char *text, void *ret_share, struct error *ret_error)
{
	struct share share;
	char rest;

	if (sscanf(text, "%5" SCNu32 "/%5" SCNu32 "%c", &share.index, &share.count, &rest) != 2 ||
	    share.index < 1 || share.index > share.count || share.count > SHARE_MAX ||
	    strpbrk(text, "+- \t"))
		return error_set(ret_error, -EINVAL,
				 "'%s' is not a share: i/n with 1 <= i <= n <= %d: 1/3", text,
				 SHARE_MAX);
	*(struct share *)ret_share = share;
	return 0;
}

json_t *share_to_json(const void *value)
{
	const struct share *share = value;
	char text[32];

	if (share->count == 0)
		return json_null();
	(void)snprintf(text, sizeof(text), "%" PRIu32 "/%" PRIu32, share->index, share->count);
	return json_string(text);
}

/* A bare number of seconds, no unit: that is what date +%s.%N prints. */
int unix_time_parse(const char *text, void *ret_ns, struct error *ret_error)
{
	size_t digits = strspn(text, "0123456789");
	const char *fraction = text[digits] == '.' ? text + digits + 1 : text + digits;
	size_t decimals = strspn(fraction, "0123456789");
	uint64_t seconds, ns = 0;

	if (digits < 1 || digits > 10 || decimals > 9 || fraction[decimals] != '\0' ||
	    sscanf(text, "%10" SCNu64, &seconds) != 1 || seconds >= INT64_MAX / NS_PER_S)
		return error_set(ret_error, -EINVAL,
				 "'%s' is not a moment: seconds since 1970, with up to 9 decimals, "
				 "as date +%%s.%%N prints",
				 text);
	for (size_t i = 0; i < 9; i++)
		ns = ns * 10 + (i < decimals ? (uint64_t)(fraction[i] - '0') : 0);
	*(uint64_t *)ret_ns = seconds * NS_PER_S + ns;
	return 0;
}

json_t *unix_time_to_json(const void *ns)
{
	uint64_t value = *(const uint64_t *)ns;

	return value > 0 ? json_pack("{s:I}", "unix_ns", (json_int_t)value) : json_null();
}

static const char *const abort_causes[ABORT_CAUSE_COUNT] = {
	[ABORT_ERROR] = "error",
	[ABORT_LOSS] = "loss",
	[ABORT_SLIP] = "slip",
};

static int abort_cause_find(const char *word, size_t length)
{
	for (int i = 0; i < ABORT_CAUSE_COUNT; i++)
		if (strlen(abort_causes[i]) == length && memcmp(abort_causes[i], word, length) == 0)
			return i;
	return -EINVAL;
}

/* Given twice, both hold. */
int abort_on_parse(const char *text, void *ret_bits, struct error *ret_error)
{
	unsigned int bits = *(unsigned int *)ret_bits;

	for (const char *word = text;; word++) {
		size_t length = strcspn(word, ",");
		int cause = abort_cause_find(word, length);

		if (cause < 0)
			return error_set(ret_error, -EINVAL,
					 "'%.*s' is not one of error, loss or slip", (int)length,
					 word);
		bits |= 1u << cause;
		word += length;
		if (*word == '\0')
			break;
	}
	*(unsigned int *)ret_bits = bits;
	return 0;
}

json_t *abort_on_to_json(const void *value)
{
	unsigned int bits = *(const unsigned int *)value;
	json_t *array = json_array();
	int error = 0;

	for (int i = 0; i < ABORT_CAUSE_COUNT; i++)
		if (bits & 1u << i)
			error |= json_append(array, json_text(abort_causes[i]));
	return json_complete(array, error);
}

int steady_value_parse(const char *text, void *ret_rule, struct error *ret_error)
{
	return steady_rule_parse(text, ret_rule, ret_error);
}

json_t *steady_value_to_json(const void *value)
{
	const struct steady_rule *rule = value;

	if (rule->window_ns == 0)
		return json_null();
	return json_pack("{s:f, s:I}", "change", rule->change, "window_ns",
			 (json_int_t)rule->window_ns);
}

int threshold_add(const char *text, void *ret_list, struct error *ret_error)
{
	struct threshold_list *list = ret_list;

	if (list->count == THRESHOLDS_MAX)
		return error_set(ret_error, -EINVAL, "'%s' is one too many, %d are the most", text,
				 THRESHOLDS_MAX);
	if (threshold_parse(text, &list->items[list->count], ret_error) != 0)
		return -EINVAL;
	list->count++;
	return 0;
}

json_t *thresholds_to_json(const void *value)
{
	const struct threshold_list *list = value;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array, json_text(list->items[i].text));
	return json_complete(array, error);
}
