#include "admission.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "net/url.h"

#define MODE_MAX 0777

/* One number, up to a comma or the end: its length; 0: there is none. */
static size_t parse_uid(const char *text, uid_t *ret_uid)
{
	char *end;
	unsigned long number;

	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	number = strtoul(text, &end, 10);
	/* All bits set stand for "no user". */
	if (errno || number >= (uid_t)-1 || (*end != ',' && *end != '\0'))
		return 0;
	*ret_uid = (uid_t)number;
	return (size_t)(end - text);
}

int uid_list_parse(const char *text, void *ret_list, struct error *ret_error)
{
	struct uid_list list = *(struct uid_list *)ret_list;

	for (const char *at = text;; at++) {
		size_t length;

		if (list.count == UID_LIST_MAX)
			return error_set(ret_error, -EINVAL, "there are more than %d users",
					 UID_LIST_MAX);
		length = parse_uid(at, &list.items[list.count]);
		if (length == 0)
			return error_set(ret_error, -EINVAL,
					 "'%.40s' is no list of user numbers, such as 0,1000", at);
		list.count++;
		at += length;
		if (*at == '\0')
			break;
	}
	*(struct uid_list *)ret_list = list;
	return 0;
}

json_t *uid_list_to_json(const void *value)
{
	const struct uid_list *list = value;
	json_t *array = json_array();
	int error = array ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < list->count; i++)
		error |= json_append(array, json_integer(list->items[i]));
	return json_complete(array, error);
}

int unix_mode_parse(const char *text, void *ret_mode, struct error *ret_error)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (*text < '0' || *text > '7' || *end != '\0' || mode > MODE_MAX)
		return error_set(ret_error, -EINVAL,
				 "'%.40s' is no mode of a file in octal, such as 0660", text);
	*(mode_t *)ret_mode = (mode_t)mode;
	return 0;
}

json_t *unix_mode_to_json(const void *value)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "%04o", *(const mode_t *)value);
	return json_string(text);
}

int uid_list_check(const struct uid_list *list, uint32_t used, struct error *ret_error)
{
	const uint32_t connected = 1u << TRANSPORT_UNIX | 1u << TRANSPORT_UNIXPACKET;

	if (list->count == 0)
		return 0;
	if (used & 1u << TRANSPORT_UNIXGRAM)
		return error_set(
			ret_error, -EINVAL,
			"--allow-uid is for sockets that are connected to, and unixgram is "
			"not: there --unix-mode decides");
	if (used & connected)
		return 0;
	return error_set(ret_error, -EINVAL,
			 "--allow-uid is for unix and unixpacket, and there is no such listener");
}
