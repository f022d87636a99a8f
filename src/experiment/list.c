#include "experiment/list.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/unit.h"
#include "engine/choice.h"
#include "experiment/point.h"

#define ITEM_MAX 128

/* What the values of a list are. */
struct kind {
	const char *what; /* of one that is wrong */
	int (*parse)(const char *text, uint64_t *ret_value);
	uint64_t min, max;
};

static const struct kind counts = { "a number", count_parse, 1, 1000000 };
static const struct kind sizes = { "a size", size_parse, 1, 64 << 20 };
static const struct kind rates = { "a rate", count_parse, 0, 1000000000 };

/* A to B, each step times the factor, or plus the step. */
struct range {
	uint64_t first, last;
	uint64_t factor; /* 0: steps are added */
	uint64_t step;
};

static int value_parse(const struct kind *kind, const char *text, uint64_t *ret_value,
		       struct error *ret_error)
{
	uint64_t value = 0;

	if (kind->parse(text, &value) < 0)
		return error_set(ret_error, -EINVAL,
				 "'%s' is not %s; a list is 1,50,1000 or 1..1000, 1..1000*10, "
				 "10..50+10",
				 text, kind->what);
	if (value < kind->min || value > kind->max)
		return error_set(ret_error, -EINVAL, "%s goes from %s to %s, not %s", kind->what,
				 count_exact(kind->min).text, count_exact(kind->max).text, text);
	*ret_value = value;
	return 0;
}

static int value_add(struct number_list *list, uint64_t value, struct error *ret_error)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->values[i] == value)
			return 0;
	if (list->count == NUMBER_LIST_MAX)
		return error_set(ret_error, -EINVAL, "these are more than %d values",
				 NUMBER_LIST_MAX);
	list->values[list->count++] = value;
	return 0;
}

/* What stands behind B: "*F" or "+D"; nothing is "*2". Cuts it off. */
static int step_parse(char *last, struct range *range, struct error *ret_error)
{
	static const struct kind factors = { "a factor", count_parse, 2, 1000000 };
	static const struct kind steps = { "a step", count_parse, 1, 1000000000 };
	char *sign = strpbrk(last, "*+");
	bool is_factor = sign && *sign == '*';
	uint64_t value = 0;
	int error;

	range->factor = 2;
	if (!sign)
		return 0;
	*sign = '\0';
	error = value_parse(is_factor ? &factors : &steps, sign + 1, &value, ret_error);
	if (error)
		return error;
	range->factor = is_factor ? value : 0;
	range->step = value;
	return 0;
}

static int range_add(struct number_list *list, const struct range *range, struct error *ret_error)
{
	uint64_t value = range->first;
	int error = 0;

	while (!error && value < range->last) {
		error = value_add(list, value, ret_error);
		value = range->factor > 0 ? value * range->factor : value + range->step;
	}
	return error ? error : value_add(list, range->last, ret_error);
}

static int item_parse(const struct kind *kind, char *item, struct number_list *list,
		      struct error *ret_error)
{
	char *dots = strstr(item, "..");
	struct range range = { 0 };
	uint64_t value = 0;
	int error;

	if (!dots) {
		error = value_parse(kind, item, &value, ret_error);
		return error ? error : value_add(list, value, ret_error);
	}
	*dots = '\0';
	error = step_parse(dots + 2, &range, ret_error);
	if (!error)
		error = value_parse(kind, item, &range.first, ret_error);
	if (!error)
		error = value_parse(kind, dots + 2, &range.last, ret_error);
	if (!error && (range.first > range.last || (range.first == 0 && range.factor > 0)))
		error = error_set(ret_error, -EINVAL, "%s..%s is no range that grows by steps",
				  item, dots + 2);
	return error ? error : range_add(list, &range, ret_error);
}

/* The next item of a list that is parted by commas; false: it is too long. */
static bool item_take(const char **text, char *ret_item)
{
	size_t length = strcspn(*text, ",");

	if (length >= ITEM_MAX)
		return false;
	memcpy(ret_item, *text, length);
	ret_item[length] = '\0';
	*text += length + ((*text)[length] == ',');
	return true;
}

static int numbers_parse(const struct kind *kind, const char *text, struct number_list *ret_list,
			 struct error *ret_error)
{
	struct number_list list = { 0 };
	char item[ITEM_MAX];
	bool comma;
	int error;

	do {
		const char *start = text;

		if (!item_take(&text, item))
			return error_set(ret_error, -EINVAL, "'%.40s...' is no list of numbers",
					 start);
		comma = text > start && text[-1] == ',';
		error = item_parse(kind, item, &list, ret_error);
	} while (!error && comma);
	if (!error)
		*ret_list = list;
	return error;
}

int counts_parse(const char *text, void *ret_list, struct error *ret_error)
{
	return numbers_parse(&counts, text, ret_list, ret_error);
}

int sizes_parse(const char *text, void *ret_list, struct error *ret_error)
{
	return numbers_parse(&sizes, text, ret_list, ret_error);
}

int rates_parse(const char *text, void *ret_list, struct error *ret_error)
{
	return numbers_parse(&rates, text, ret_list, ret_error);
}

static int name_unknown(const char *const *names, const char *word, struct error *ret_error)
{
	char all[128] = "";

	for (size_t i = 0; names[i]; i++)
		text_enumerate(all, sizeof(all), names[i], names[i + 1] != NULL);
	return error_set(ret_error, -EINVAL, "'%s' is none of %s", word, all);
}

static int name_find(const char *const *names, const char *word, uint64_t *ret_index,
		     struct error *ret_error)
{
	for (uint64_t i = 0; names[i]; i++) {
		if (strcmp(names[i], word) == 0) {
			*ret_index = i;
			return 0;
		}
	}
	return name_unknown(names, word, ret_error);
}

static int names_parse(const char *const *names, const char *text, struct number_list *ret_list,
		       struct error *ret_error)
{
	struct number_list list = { 0 };
	char item[ITEM_MAX];
	uint64_t index = 0;
	bool comma;
	int error;

	do {
		const char *start = text;

		if (!item_take(&text, item))
			return error_set(ret_error, -EINVAL, "'%.40s...' is no list of names",
					 start);
		comma = text > start && text[-1] == ',';
		error = name_find(names, item, &index, ret_error);
		if (!error)
			error = value_add(&list, index, ret_error);
	} while (!error && comma);
	if (!error)
		*ret_list = list;
	return error;
}

int transports_parse(const char *text, void *ret_list, struct error *ret_error)
{
	return names_parse(transport_names, text, ret_list, ret_error);
}

int backends_parse(const char *text, void *ret_list, struct error *ret_error)
{
	/* The first choice, auto, is none here: what is measured has a name. */
	return names_parse(choice_backends + BACKEND_URING, text, ret_list, ret_error);
}

json_t *numbers_to_json(const void *list)
{
	const struct number_list *numbers = list;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < numbers->count; i++)
		error |= json_append(array, json_integer((json_int_t)numbers->values[i]));
	return json_complete(array, error);
}

static json_t *names_to_json(const char *const *names, const struct number_list *list)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array, json_text(names[list->values[i]]));
	return json_complete(array, error);
}

json_t *transports_to_json(const void *list)
{
	return names_to_json(transport_names, list);
}

json_t *backends_to_json(const void *list)
{
	return names_to_json(choice_backends + BACKEND_URING, list);
}
