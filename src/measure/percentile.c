#include "measure/percentile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/unit.h"

#define TEXT_MAX 24

const double percentiles_standard[PERCENTILES_STANDARD] = { 50, 90, 99, 99.9 };

/* Fifteen digits give back what was written with no more of them, and no noise after it. */
struct percentile_name percentile_key(double percent)
{
	struct percentile_name name;

	(void)snprintf(name.text, sizeof(name.text), "p%.15g", percent);
	return name;
}

static int item_parse(const char *text, int length, struct percentile_list *list,
		      struct error *ret_error)
{
	char item[TEXT_MAX] = "";
	double percent;

	if (length < TEXT_MAX)
		memcpy(item, text, (size_t)length);
	if (real_parse(item, &percent) != 0 || percent > 100)
		return error_set(ret_error, -EINVAL,
				 "'%.*s' is not a percentile (0 to 100, as in 50,99,99.99)", length,
				 text);
	for (uint32_t i = 0; i < list->count; i++)
		if (list->percents[i] == percent)
			return 0;
	if (list->count == PERCENTILES_MAX)
		return error_set(ret_error, -EINVAL, "these are more than %d percentiles",
				 PERCENTILES_MAX);
	list->percents[list->count++] = percent;
	return 0;
}

int percentiles_parse(const char *text, void *ret_percentiles, struct error *ret_error)
{
	struct percentile_list list = { 0 };
	const char *end;
	int error;

	do {
		end = strchrnul(text, ',');
		error = item_parse(text, (int)(end - text), &list, ret_error);
		text = end + 1;
	} while (!error && *end);
	if (!error)
		*(struct percentile_list *)ret_percentiles = list;
	return error;
}

json_t *percentiles_to_json(const void *percentiles)
{
	const struct percentile_list *list = percentiles;
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array, json_real(list->percents[i]));
	return json_complete(array, error);
}
