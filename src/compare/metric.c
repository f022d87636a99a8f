#include "metric.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/unit.h"
#include "output/figure.h"

#define CONFIDENCE_MIN 0.5
#define CONFIDENCE_MAX 0.9999

/* Metrics of others that are shown only: parts of one that is judged, or no measure of speed. */
static const char *const shown_only[] = {
	"user", "system", "memory", "memory_usage_byte", "exit_code",
};

static int share_parse(const char *text, double *ret_share)
{
	size_t length = strlen(text);
	char number[32];
	double percent;

	if (length < 2 || length >= sizeof(number) || text[length - 1] != '%')
		return -EINVAL;
	(void)snprintf(number, sizeof(number), "%.*s", (int)(length - 1), text);
	if (real_parse(number, &percent) < 0)
		return -EINVAL;
	*ret_share = percent / 100;
	return 0;
}

int metric_effect_parse(const char *text, void *ret_share, struct error *ret_error)
{
	double share = NAN;

	if (strcmp(text, "auto") != 0 && share_parse(text, &share) < 0)
		return error_set(ret_error, -EINVAL, "'%s' is not a percentage, as in 3%%", text);
	if (share >= 1)
		return error_set(ret_error, -EINVAL, "'%s' is not below 100%%", text);
	*(double *)ret_share = share;
	return 0;
}

json_t *metric_effect_to_json(const void *share)
{
	double value = *(const double *)share;

	return isfinite(value) ? json_real(value) : json_null();
}

int metric_confidence_parse(const char *text, void *ret_share, struct error *ret_error)
{
	double share;

	if (share_parse(text, &share) < 0)
		return error_set(ret_error, -EINVAL, "'%s' is not a percentage, as in 95%%", text);
	if (share < CONFIDENCE_MIN || share > CONFIDENCE_MAX)
		return error_set(ret_error, -EINVAL, "'%s' is not from %g%% to %g%%", text,
				 100 * CONFIDENCE_MIN, 100 * CONFIDENCE_MAX);
	*(double *)ret_share = share;
	return 0;
}

static int part_parse(const char *part, struct metric_wish *wish, struct error *ret_error)
{
	if (strcmp(part, "lower") == 0 || strcmp(part, "higher") == 0) {
		if (wish->direction != METRIC_AS_MEASURED)
			return error_set(ret_error, -EINVAL, "%s has two directions", wish->name);
		wish->direction = part[0] == 'l' ? METRIC_LOWER : METRIC_HIGHER;
		return 0;
	}
	if (isfinite(wish->least_effect))
		return error_set(ret_error, -EINVAL, "%s has two effects", wish->name);
	if (!strchr(part, '%'))
		return error_set(ret_error, -EINVAL,
				 "'%s' of %s is neither lower nor higher nor a percentage", part,
				 wish->name);
	return metric_effect_parse(part, &wish->least_effect, ret_error);
}

static int wish_parse(const char *text, struct metric_wish *ret_wish, struct error *ret_error)
{
	struct metric_wish wish = { .least_effect = NAN };
	char parts[METRIC_NAME_MAX + 32], *rest = parts;
	const char *part;

	if (strlen(text) >= sizeof(parts) || strcspn(text, ":") == 0 ||
	    strcspn(text, ":") >= sizeof(wish.name))
		return error_set(
			ret_error, -EINVAL,
			"'%.80s' is not NAME[:lower|:higher][:EFFECT], as in p99:lower:10%%", text);
	(void)snprintf(parts, sizeof(parts), "%s", text);
	(void)snprintf(wish.name, sizeof(wish.name), "%.*s", (int)strcspn(text, ":"), text);
	(void)strsep(&rest, ":");
	while ((part = strsep(&rest, ":")) != NULL)
		if (part_parse(part, &wish, ret_error) < 0)
			return -EINVAL;
	*ret_wish = wish;
	return 0;
}

/* The name that documents have for what a word on a command line means. */
static const char *key_of(const char *name)
{
	const struct figure *figure = figure_find(name);

	return figure ? figure->key : name;
}

int metric_wish_parse(const char *text, void *ret_list, struct error *ret_error)
{
	struct metric_wish_list *list = ret_list;
	struct metric_wish wish;

	if (list->count == METRIC_WISHES_MAX)
		return error_set(ret_error, -EINVAL, "these are more than %d metrics",
				 METRIC_WISHES_MAX);
	if (wish_parse(text, &wish, ret_error) < 0)
		return -EINVAL;
	for (uint32_t i = 0; i < list->count; i++)
		if (strcmp(key_of(list->items[i].name), key_of(wish.name)) == 0)
			return error_set(ret_error, -EINVAL, "%s is there twice", wish.name);
	list->items[list->count++] = wish;
	return 0;
}

static json_t *wish_to_json(const struct metric_wish *wish)
{
	static const char *const directions[] = {
		[METRIC_AS_MEASURED] = NULL, [METRIC_LOWER] = "lower", [METRIC_HIGHER] = "higher"
	};
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "name", wish->name);
	error |= json_put_string(object, "better", directions[wish->direction]);
	error |= json_put_real(object, "least_effect", wish->least_effect);
	return json_complete(object, error);
}

json_t *metric_wishes_to_json(const void *list)
{
	const struct metric_wish_list *wishes = list;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < wishes->count; i++)
		error |= json_append(array, wish_to_json(&wishes->items[i]));
	return json_complete(array, error);
}

bool metric_is_meant(const struct metric_wish *wish, const char *metric)
{
	return strcmp(wish->name, metric) == 0 || strcmp(key_of(wish->name), metric) == 0;
}

static bool is_constant(const struct sample *sample)
{
	for (uint32_t i = 1; i < sample->count; i++)
		if (sample->values[i] < sample->values[0] || sample->values[i] > sample->values[0])
			return false;
	return sample->count > 0;
}

/* Our counters do not vary where the work is always the same: that one run does not differ from
 * itself says nothing. */
static bool is_exact(const struct sample *base, const struct sample *changed, bool ours)
{
	return base->exact && changed->exact && (!ours || (base->count > 1 && changed->count > 1));
}

static bool judged_by_itself(const struct figure *figure, const char *metric)
{
	if (figure)
		return figure->judged;
	for (size_t i = 0; i < ARRAY_SIZE(shown_only); i++)
		if (strcmp(metric, shown_only[i]) == 0)
			return false;
	return true;
}

struct metric_rule metric_rule_of(const struct sample *base, const struct sample *changed,
				  const struct metric_wish_list *wishes, double least_effect)
{
	const struct figure *figure = figure_find_key(base->metric);
	struct metric_rule rule = {
		.judged = wishes->count == 0 && judged_by_itself(figure, base->metric),
		.more_is_better = base->more_is_better,
		.exact = is_exact(base, changed, figure != NULL),
		.least_effect = figure && figure->least_effect > 0 ? figure->least_effect
								   : METRIC_LEAST_EFFECT,
	};

	/* Of what counts, one more is a change; but a counter that varies is mostly noise. */
	if (rule.exact && is_constant(base) && is_constant(changed))
		rule.least_effect = 0;
	else if (figure && rule.exact)
		rule.judged = false;
	if (isfinite(least_effect))
		rule.least_effect = least_effect;
	for (uint32_t i = 0; i < wishes->count; i++) {
		const struct metric_wish *wish = &wishes->items[i];

		if (!metric_is_meant(wish, base->metric))
			continue;
		rule.judged = true;
		if (wish->direction != METRIC_AS_MEASURED)
			rule.more_is_better = wish->direction == METRIC_HIGHER;
		if (isfinite(wish->least_effect))
			rule.least_effect = wish->least_effect;
	}
	return rule;
}

const char *metric_word(const char *metric)
{
	const struct figure *figure = figure_find_key(metric);

	return figure ? figure->word : metric;
}

const char *metric_title(const char *metric)
{
	const struct figure *figure = figure_find_key(metric);

	return figure ? figure->title : metric;
}
