#include "both_ends.h"

#include <errno.h>
#include <stdbool.h>

#include "base/array.h"
#include "base/json.h"
#include "measure/delays.h"
#include "measure/split.h"

/* Of which parts a member is: of none, null, or more than that. */
enum presence { PRESENT_NOWHERE, PRESENT_AS_NULL, PRESENT };

static enum presence presence_of(const struct part_list *parts, const char *key)
{
	enum presence presence = PRESENT_NOWHERE;

	for (size_t i = 0; i < parts->count; i++) {
		const json_t *value = json_object_get(parts->items[i].root, key);

		if (value && !json_is_null(value))
			return PRESENT;
		if (value)
			presence = PRESENT_AS_NULL;
	}
	return presence;
}

static int refuse(const struct part *part, const char *key, int error, const struct error *why,
		  struct error *ret_error)
{
	if (error != -EINVAL)
		return error;
	return error_set(ret_error, error, "%s: %s %s", part->path, key, why->text);
}

/* What the clocks of all parts are together. */
struct clocks {
	struct clock_pair pair;
	bool same_host; /* in every part */
	bool one;	/* do one-way delays mean what they say in all of them? */
};

static struct clocks clocks_of(const struct part_list *parts)
{
	struct clocks clocks = { .same_host = true, .one = true };

	for (size_t i = 0; i < parts->count; i++) {
		const json_t *delays = json_object_get(parts->items[i].root, "delays");
		struct clock_pair pair;
		bool same_host;

		if (!json_is_object(delays))
			continue;
		clock_pair_from_json(json_object_get(delays, "clocks"), &pair, &same_host);
		clock_pair_merge(&clocks.pair, &pair);
		clocks.same_host &= same_host;
		clocks.one &= clock_pair_is_one(&pair, same_host);
	}
	clocks.one &= clock_pair_is_one(&clocks.pair, clocks.same_host);
	return clocks;
}

static int delays_add(const struct part *part, const struct clocks *clocks, struct delays *total,
		      struct error *ret_error)
{
	const json_t *json = json_object_get(part->root, "delays");
	struct error why = { "" };
	struct delays delays;
	bool same_host;
	int error;

	if (!json || json_is_null(json))
		return 0;
	error = delays_from_json(json, &delays, &same_host, &why);
	if (error)
		return refuse(part, "delays", error, &why, ret_error);
	if (!clocks->one)
		delays_make_relative(&delays);
	delays_merge(total, &delays);
	delays_finish(&delays);
	return 0;
}

static int delays_put(const struct part_list *parts, const struct percentile_list *percentiles,
		      json_t *document, struct error *ret_error)
{
	struct clocks clocks = clocks_of(parts);
	struct delays total;
	int error = delays_init(&total);

	if (error)
		return error;
	for (size_t i = 0; i < parts->count && !error; i++)
		error = delays_add(&parts->items[i], &clocks, &total, ret_error);
	total.clocks = clocks.pair;
	if (!error)
		error = json_put_value(document, "delays",
				       delays_to_json(&total, percentiles, clocks.same_host));
	delays_finish(&total);
	return error;
}

/* Neither of them has divided a round trip at points that the other has not: add. What has divided
 * none has no points of its own, whatever it asked for. */
static bool splits_add(struct split *total, struct split *split)
{
	struct split empty = *total;

	if (split_count(split) > 0 && split_count(total) > 0 && split->points != total->points)
		return false;
	if (split_count(total) == 0) {
		*total = *split;
		*split = empty;
	}
	split_merge(total, split);
	return true;
}

/* first: the part whose points total has; NULL: total has none yet. */
static int split_add(const struct part *part, const struct part **first, struct split *total,
		     struct error *ret_error)
{
	const json_t *json = json_object_get(part->root, "split");
	struct error why = { "" };
	struct split split;
	int error;

	if (!json || json_is_null(json))
		return 0;
	error = split_from_json(json, &split, &why);
	if (error)
		return refuse(part, "split", error, &why, ret_error);
	if (!*first || split_count(total) == 0)
		*first = part;
	if (!splits_add(total, &split))
		error = error_set(ret_error, -EINVAL,
				  "%s and %s divide round trips at different points, so their "
				  "parts are not the same",
				  (*first)->path, part->path);
	split_finish(&split);
	return error;
}

static int split_put(const struct part_list *parts, const struct percentile_list *percentiles,
		     json_t *document, struct error *ret_error)
{
	const struct part *first = NULL;
	struct split total = { 0 };
	int error = 0;

	for (size_t i = 0; i < parts->count && !error; i++)
		error = split_add(&parts->items[i], &first, &total, ret_error);
	if (!error)
		error = json_put_value(document, "split", split_to_json(&total, percentiles));
	split_finish(&total);
	return error;
}

int both_ends_put(const struct part_list *parts, const struct percentile_list *percentiles,
		  json_t *document, struct error *ret_error)
{
	static const struct {
		const char *key;
		int (*put)(const struct part_list *parts, const struct percentile_list *percentiles,
			   json_t *document, struct error *ret_error);
	} members[] = { { "delays", delays_put }, { "split", split_put } };
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(members) && !error; i++) {
		enum presence presence = presence_of(parts, members[i].key);

		if (presence == PRESENT)
			error = members[i].put(parts, percentiles, document, ret_error);
		else if (presence == PRESENT_AS_NULL)
			error = json_put_value(document, members[i].key, json_null());
	}
	return error;
}
