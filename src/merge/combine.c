#include "combine.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "measure/verdict.h"
#include "output/document.h"

static json_t *integers_add(const json_t *a, const json_t *b)
{
	json_int_t sum;

	if (__builtin_add_overflow(json_integer_value(a), json_integer_value(b), &sum))
		sum = INT64_MAX;
	return json_integer(sum);
}

static json_t *two_combine(const json_t *a, const json_t *b, enum combine_how how);

static json_t *objects_combine(const json_t *a, const json_t *b, enum combine_how how)
{
	json_t *object = json_object(), *value;
	const char *key;
	int error = 0;

	json_object_foreach ((json_t *)a, key, value) {
		const json_t *other = json_object_get(b, key);

		error |= json_put_value(
			object, key, other ? two_combine(value, other, how) : json_incref(value));
	}
	json_object_foreach ((json_t *)b, key, value) {
		if (!json_object_get(a, key))
			error |= json_put_value(object, key, json_incref(value));
	}
	return json_complete(object, error);
}

static json_t *two_combine(const json_t *a, const json_t *b, enum combine_how how)
{
	if (how == COMBINE_ANY)
		return json_boolean(json_is_true(a) || json_is_true(b));
	if (how == COMBINE_ONLY)
		return json_null();
	if (json_is_object(a) && json_is_object(b))
		return objects_combine(a, b, how);
	if (how == COMBINE_ADD && json_is_integer(a) && json_is_integer(b))
		return integers_add(a, b);
	return json_equal(a, b) ? json_incref((json_t *)a) : json_null();
}

json_t *combine(const struct part_list *parts, const char *key, enum combine_how how)
{
	json_t *result = NULL;

	for (size_t i = 0; i < parts->count; i++) {
		json_t *value = json_object_get(parts->items[i].root, key), *combined;

		if (!value)
			continue;
		combined = result ? two_combine(result, value, how) : json_incref(value);
		json_decref(result);
		result = combined;
		if (!result)
			break;
	}
	return result;
}

static bool is_kept(const json_t *threshold)
{
	return json_is_true(json_object_get(threshold, "kept"));
}

/* Below a limit more is worse, and above one less. */
static bool is_worse(const json_t *threshold, const json_t *than)
{
	const char *expression = member_string(threshold, "expression");
	double actual, other;

	if (is_kept(threshold) != is_kept(than))
		return is_kept(than);
	if (!member_number(threshold, "actual", &actual) || !member_number(than, "actual", &other))
		return false;
	return expression && strchr(expression, '>') ? actual < other : actual > other;
}

/* Its row in the array, or where it would be. */
static size_t threshold_find(const json_t *array, const json_t *threshold)
{
	size_t i;

	for (i = 0; i < json_array_size(array); i++)
		if (json_equal(json_object_get(json_array_get(array, i), "expression"),
			       json_object_get(threshold, "expression")))
			break;
	return i;
}

json_t *combine_thresholds(const struct part_list *parts)
{
	json_t *array = json_array(), *threshold;
	size_t index;
	int error = 0;

	for (size_t i = 0; i < parts->count; i++) {
		json_array_foreach (json_object_get(parts->items[i].root, "thresholds"), index,
				    threshold) {
			size_t place = threshold_find(array, threshold);

			if (place == json_array_size(array))
				error |= json_append(array, json_incref(threshold));
			else if (is_worse(threshold, json_array_get(array, place)))
				error |= json_array_set(array, place, threshold);
		}
	}
	return json_complete(array, error);
}

static enum bottleneck bottleneck_of(const json_t *verdict)
{
	const char *name = member_string(verdict, "bottleneck");
	enum bottleneck found = BOTTLENECK_NEITHER;

	for (int i = 0; name && bottleneck_names[i]; i++)
		if (strcmp(bottleneck_names[i], name) == 0)
			found = (enum bottleneck)i;
	return found;
}

/* -1: it is none. */
static int gravity_of(const json_t *verdict)
{
	if (!json_is_object(verdict))
		return -1;
	return verdict_gravity(bottleneck_of(verdict),
			       !json_is_false(json_object_get(verdict, "rate_held")));
}

json_t *combine_verdicts(const struct part_list *parts)
{
	json_t *worst = NULL;

	for (size_t i = 0; i < parts->count; i++) {
		json_t *verdict = json_object_get(parts->items[i].root, "verdict");

		if (gravity_of(verdict) > gravity_of(worst))
			worst = verdict;
	}
	return worst ? json_incref(worst) : json_null();
}

/* Does an earlier part have the target too? */
static bool is_repeated(const struct part_list *parts, size_t index)
{
	const char *target = member_string(parts->items[index].root, "target");

	for (size_t i = 0; i < index; i++)
		if (strcmp(member_string(parts->items[i].root, "target"), target) == 0)
			return true;
	return false;
}

json_t *combine_targets(const struct part_list *parts)
{
	json_t *targets = json_incref(json_object_get(parts->items[0].root, "target"));

	for (size_t i = 1; i < parts->count && targets; i++) {
		json_t *more;

		if (is_repeated(parts, i))
			continue;
		more = json_sprintf("%s, %s", json_string_value(targets),
				    member_string(parts->items[i].root, "target"));
		json_decref(targets);
		targets = more;
	}
	return targets;
}
