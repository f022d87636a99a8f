#include "rate_option.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/unit.h"

static const char *const mode_names[] = {
	[RATE_AUTO] = "auto",
	[RATE_OFF] = "off",
	[RATE_GIVEN] = "given",
};

/* A number from 1 to RATE_MAX of length characters. */
static int number_parse(const char *text, size_t length, uint32_t *ret_number)
{
	char copy[32] = "";
	uint64_t number;

	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length);
	if (count_parse(copy, &number) < 0 || number < 1 || number > RATE_MAX)
		return -EINVAL;
	*ret_number = (uint32_t)number;
	return 0;
}

static int rate_refuse(const char *text, const char *form, struct error *ret_error)
{
	return error_set(ret_error, -EINVAL,
			 "'%s' is not auto, off, or %s, answers a second from 1 to %s", text, form,
			 count_exact(RATE_MAX).text);
}

static bool word_parse(const char *text, struct rate_option *rate)
{
	for (enum rate_mode mode = RATE_AUTO; mode < RATE_GIVEN; mode++) {
		if (strcmp(text, mode_names[mode]) != 0)
			continue;
		*rate = (struct rate_option){ .mode = mode };
		return true;
	}
	return false;
}

int rate_limit_parse(const char *text, void *ret_rate, struct error *ret_error)
{
	struct rate_option rate = { .mode = RATE_GIVEN };
	size_t length = strcspn(text, ":");
	const char *burst = text[length] == ':' ? text + length + 1 : NULL;

	if (!word_parse(text, &rate) &&
	    (number_parse(text, length, &rate.per_second) < 0 ||
	     number_parse(burst ? burst : text, burst ? strlen(burst) : length, &rate.burst) < 0))
		return rate_refuse(text, "RATE[:BURST], such as 1000:2000", ret_error);
	*(struct rate_option *)ret_rate = rate;
	return 0;
}

int rate_ceiling_parse(const char *text, void *ret_rate, struct error *ret_error)
{
	struct rate_option rate = { .mode = RATE_GIVEN };

	if (!word_parse(text, &rate) && number_parse(text, strlen(text), &rate.per_second) < 0)
		return rate_refuse(text, "RATE, such as 20k", ret_error);
	*(struct rate_option *)ret_rate = rate;
	return 0;
}

static int put_number(json_t *object, const char *name, uint32_t number)
{
	return number > 0 ? json_put_unsigned(object, name, number)
			  : json_put_value(object, name, json_null());
}

json_t *rate_to_json(const void *value)
{
	const struct rate_option *rate = value;
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_string(object, "mode", mode_names[rate->mode]);
	error |= put_number(object, "answers_per_s", rate->per_second);
	error |= put_number(object, "burst", rate->burst);
	return json_complete(object, error);
}

static int trust_add(const char *text, size_t length, struct trust_list *list,
		     struct error *ret_error)
{
	char copy[sizeof(struct prefix_text) + 1] = "";
	int error;

	if (list->count == TRUST_MAX)
		return error_set(ret_error, -EINVAL, "there are more than %d networks", TRUST_MAX);
	memcpy(copy, text, length < sizeof(copy) ? length : sizeof(copy) - 1);
	error = prefix_parse(copy, &list->items[list->count], ret_error);
	if (!error)
		list->count++;
	return error;
}

int trust_parse(const char *text, void *ret_list, struct error *ret_error)
{
	struct trust_list list = *(struct trust_list *)ret_list;

	for (const char *at = text; at;) {
		size_t length = strcspn(at, ",");
		int error = trust_add(at, length, &list, ret_error);

		if (error)
			return error;
		at = at[length] ? at + length + 1 : NULL;
	}
	*(struct trust_list *)ret_list = list;
	return 0;
}

json_t *trust_to_json(const void *value)
{
	const struct trust_list *list = value;
	json_t *array = json_array();
	int error = array ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array, json_text(prefix_format(&list->items[i]).text));
	return json_complete(array, error);
}
