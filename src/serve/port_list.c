#include "port_list.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/unit.h"

#define RANGE_TEXT_MAX 32

static int port_parse(const char *text, uint16_t *ret_port)
{
	uint64_t port;

	if (count_parse(text, &port) < 0 || port < 1 || port > UINT16_MAX)
		return -EINVAL;
	*ret_port = (uint16_t)port;
	return 0;
}

static int range_parse(const char *text, size_t length, struct port_range *range,
		       struct error *ret_error)
{
	char copy[RANGE_TEXT_MAX] = "";
	char *last = copy, *first;
	int error;

	memcpy(copy, text, length < sizeof(copy) ? length : sizeof(copy) - 1);
	first = strsep(&last, "-");
	error = port_parse(first, &range->first);
	if (!error)
		error = port_parse(last ? last : first, &range->last);
	if (error || length >= sizeof(copy) || range->first > range->last)
		return error_set(
			ret_error, -EINVAL,
			"'%.*s' is no port from 1 to 65535, and no range such as 5060-5070",
			(int)(length < RANGE_TEXT_MAX ? length : RANGE_TEXT_MAX), text);
	return 0;
}

int port_list_parse(const char *text, void *ret_list, struct error *ret_error)
{
	struct port_list list = *(struct port_list *)ret_list;

	for (const char *at = text; at;) {
		size_t length = strcspn(at, ",");
		int error;

		if (list.count == PORT_RANGE_MAX)
			return error_set(ret_error, -EINVAL, "there are more than %d of them",
					 PORT_RANGE_MAX);
		error = range_parse(at, length, &list.items[list.count], ret_error);
		if (error)
			return error;
		list.count++;
		at = at[length] ? at + length + 1 : NULL;
	}
	*(struct port_list *)ret_list = list;
	return 0;
}

static json_t *range_to_json(const struct port_range *range)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_unsigned(object, "first", range->first);
	error |= json_put_unsigned(object, "last", range->last);
	return json_complete(object, error);
}

json_t *port_list_to_json(const void *value)
{
	const struct port_list *list = value;
	json_t *array = json_array();
	int error = array ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array, range_to_json(&list->items[i]));
	return json_complete(array, error);
}
