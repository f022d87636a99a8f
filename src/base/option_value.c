#include "base/option_value.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/unit.h"

/* Kernel calls take many durations as an int of milliseconds, which has room for 24.8 days. */
#define DURATION_MAX_NS (24 * 86400 * NS_PER_S)

/* The types that are whole numbers: how they are read, written and explained. */
struct number_type {
	int (*parse)(const char *text, uint64_t *ret_value);
	struct unit_text (*exact)(uint64_t value);
	const char *noun;
	const char *form;
};

static const struct number_type number_types[OPTION_TYPE_COUNT] = {
	[OPTION_COUNT] = { .parse = count_parse,
			   .exact = count_exact,
			   .noun = "a number",
			   .form = "whole, or with k, M, G: 10k" },
	[OPTION_SIZE] = { .parse = size_parse,
			  .exact = size_exact,
			  .noun = "a size",
			  .form = "bytes, or with k, M, Ki, Mi, ...: 64Ki" },
	[OPTION_DURATION] = { .parse = duration_parse,
			      .exact = duration_exact,
			      .noun = "a duration",
			      .form = "seconds, or with ns, us, ms, s, m, h, d: 10s" },
};

/* The largest value that is meant, not the largest that the field holds; 0: there is none. */
static uint64_t number_limit(const struct option_row *row)
{
	if (row->max || row->type != OPTION_DURATION || row->at.width == sizeof(uint32_t))
		return row->max;
	return DURATION_MAX_NS;
}

static uint64_t number_max(const struct option_row *row)
{
	uint64_t limit = number_limit(row);

	if (limit)
		return limit;
	return row->at.width == sizeof(uint32_t) ? UINT32_MAX : UINT64_MAX;
}

static int number_malformed(const struct option_row *row, const char *text, struct error *ret_error)
{
	const struct number_type *type = &number_types[row->type];

	return error_set(ret_error, -EINVAL, "--%s: '%s' is not %s (%s%s%s)", row->name, text,
			 type->noun, type->form, row->word ? "; or " : "",
			 row->word ? row->word : "");
}

static int number_outside(const struct option_row *row, const char *text, struct error *ret_error)
{
	const struct number_type *type = &number_types[row->type];
	struct unit_text least = type->exact(row->min), most = type->exact(number_max(row));

	if (number_limit(row))
		return error_set(ret_error, -EINVAL, "--%s: %s is out of range (%s to %s)",
				 row->name, text, least.text, most.text);
	if (row->min)
		return error_set(ret_error, -EINVAL, "--%s: %s is out of range (%s or more)",
				 row->name, text, least.text);
	return error_set(ret_error, -EINVAL, "--%s: %s is too large (%s at most)", row->name, text,
			 most.text);
}

static void number_store(const struct option_row *row, uint64_t value, void *field)
{
	uint32_t narrow = (uint32_t)value;

	assert(row->at.width == sizeof(uint32_t) || row->at.width == sizeof(uint64_t));
	if (row->at.width == sizeof(narrow))
		memcpy(field, &narrow, sizeof(narrow));
	else
		memcpy(field, &value, sizeof(value));
}

static uint64_t number_load(const struct option_row *row, const void *field)
{
	uint32_t narrow;
	uint64_t value;

	if (row->at.width == sizeof(narrow)) {
		memcpy(&narrow, field, sizeof(narrow));
		return narrow;
	}
	memcpy(&value, field, sizeof(value));
	return value;
}

static int number_set(const struct option_row *row, const char *text, void *field,
		      struct error *ret_error)
{
	uint64_t value;
	int error;

	if (row->word && strcmp(text, row->word) == 0) {
		number_store(row, row->word_value, field);
		return 0;
	}
	error = number_types[row->type].parse(text, &value);
	if (error == -EINVAL)
		return number_malformed(row, text, ret_error);
	if (error || value < row->min || value > number_max(row))
		return number_outside(row, text, ret_error);
	number_store(row, value, field);
	return 0;
}

/* "ctime, smtp or iso8601" */
static const char *choices_join(const struct option_row *row, char *text, size_t size)
{
	size_t used = 0;

	for (const char *const *choice = row->choices; *choice; choice++) {
		const char *before = choice == row->choices ? "" : choice[1] ? ", " : " or ";
		int length = snprintf(text + used, size - used, "%s%s", before, *choice);

		used += (size_t)length;
		if (used >= size)
			break;
	}
	return text;
}

static int choice_set(const struct option_row *row, const char *text, int *field,
		      struct error *ret_error)
{
	char choices[256];

	assert(row->at.width == sizeof(*field));
	for (int i = 0; row->choices[i]; i++) {
		if (strcmp(row->choices[i], text) == 0) {
			*field = i;
			return 0;
		}
	}
	return error_set(ret_error, -EINVAL, "--%s: '%s' is not one of %s", row->name, text,
			 choices_join(row, choices, sizeof(choices)));
}

static int custom_set(const struct option_row *row, const char *text, void *field,
		      struct error *ret_error)
{
	struct error reason = { "" };
	int error = row->parse(text, field, &reason);

	if (error)
		return error_set(ret_error, error, "--%s: %s", row->name, reason.text);
	return 0;
}

int string_list_add(struct string_list *list, const char *item)
{
	const char **items = reallocarray(list->items, list->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	items[list->count++] = item;
	list->items = items;
	return 0;
}

int value_set(const struct option_row *row, const char *text, void *options,
	      struct error *ret_error)
{
	void *field = place_of(options, row->at);

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_COUNT:
	case OPTION_SIZE:
	case OPTION_DURATION:
		return number_set(row, text, field, ret_error);
	case OPTION_STRING:
		*(const char **)field = text;
		return 0;
	case OPTION_CHOICE:
		return choice_set(row, text, field, ret_error);
	case OPTION_LIST:
		return string_list_add(field, text);
	case OPTION_CUSTOM:
		return custom_set(row, text, field, ret_error);
	case OPTION_TYPE_COUNT:
		break;
	}
	abort();
}

int options_init(const struct option_table *table, void *ret_options)
{
	struct error bad = { "" };
	int error = 0;

	if (table->arguments)
		memset(place_of(ret_options, table->arguments_at), 0, table->arguments_at.width);
	for (const struct option_row *row = table->rows; row->name && !error; row++) {
		memset(place_of(ret_options, row->at), 0, row->at.width);
		if (row->standard)
			error = value_set(row, row->standard, ret_options, &bad);
	}
	assert(error != -EINVAL && "a default that its own row refuses");
	return error;
}

void options_finish(const struct option_table *table, void *options)
{
	if (table->arguments)
		free(((struct string_list *)place_of(options, table->arguments_at))->items);
	for (const struct option_row *row = table->rows; row->name; row++)
		if (row->type == OPTION_LIST)
			free(((struct string_list *)place_of(options, row->at))->items);
}

static json_t *list_to_json(const struct string_list *list)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array, json_text(list->items[i]));
	return json_complete(array, error);
}

static int number_to_json(const struct option_row *row, const void *field, json_t *object,
			  const char *key)
{
	uint64_t value = number_load(row, field);

	if (row->word && value == row->word_value)
		return json_put_string(object, key, row->word);
	return json_put_unsigned(object, key, value);
}

static int value_to_json(const struct option_row *row, const void *field, json_t *object,
			 const char *key)
{
	switch (row->type) {
	case OPTION_FLAG:
		return json_put_boolean(object, key, *(const bool *)field);
	case OPTION_COUNT:
	case OPTION_SIZE:
	case OPTION_DURATION:
		return number_to_json(row, field, object, key);
	case OPTION_STRING:
		return json_put_string(object, key, *(const char *const *)field);
	case OPTION_CHOICE:
		return json_put_string(object, key, row->choices[*(const int *)field]);
	case OPTION_LIST:
		return json_put_value(object, key, list_to_json(field));
	case OPTION_CUSTOM:
		return row->to_json ? json_put_value(object, key, row->to_json(field)) : 0;
	case OPTION_TYPE_COUNT:
		break;
	}
	abort();
}

/* A duration has its unit in its key. */
static void key_of_row(char *key, size_t size, const struct option_row *row)
{
	(void)snprintf(key, size, "%s%s", row->name, row->type == OPTION_DURATION ? "_ns" : "");
	for (; *key; key++)
		if (*key == '-')
			*key = '_';
}

json_t *options_to_json(const struct option_table *table, const void *options)
{
	json_t *object = json_object();
	char key[64];
	int error = object ? 0 : -ENOMEM;

	if (table->arguments)
		error |= json_put_value(
			object, "arguments",
			list_to_json(place_of((void *)options, table->arguments_at)));
	for (const struct option_row *row = table->rows; row->name; row++) {
		key_of_row(key, sizeof(key), row);
		error |= value_to_json(row, place_of((void *)options, row->at), object, key);
	}
	return json_complete(object, error);
}
