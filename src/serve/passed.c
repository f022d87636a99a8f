#include "passed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "manager.h"

/* Names for those whose descriptors are known; what fails leaves fewer. */
static int names_take(struct passed *passed, uint32_t count)
{
	const char *place = NULL;
	int error = 0;

	for (uint32_t i = 0; i < count && !error; i++) {
		passed->items[i].fd = MANAGER_FIRST_FD + (int)i;
		error = manager_socket_name(&place, &passed->items[i].name);
		if (!error)
			passed->count++;
	}
	return error;
}

int passed_take(struct passed *ret_passed, struct error *ret_error)
{
	uint32_t count = 0;
	int error = manager_sockets(&count);

	memset(ret_passed, 0, sizeof(*ret_passed));
	if (!error)
		error = names_take(ret_passed, count < PASSED_MAX ? count : PASSED_MAX);
	manager_forget_sockets();
	if (error)
		return error_set(
			ret_error, error == -ENOMEM ? error : -EINVAL,
			"the sockets that LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES tell of "
			"cannot be taken: %s",
			strerror(-error));
	if (count > PASSED_MAX)
		return error_set(ret_error, -EINVAL,
				 "%u sockets were passed (LISTEN_FDS), %d at most", count,
				 PASSED_MAX);
	return 0;
}

void passed_close(struct passed *passed)
{
	for (uint32_t i = 0; i < passed->count; i++) {
		(void)close(passed->items[i].fd);
		free(passed->items[i].name);
	}
	passed->count = 0;
}

bool passed_is(const struct passed *passed, uint32_t i, const char *name)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", passed->items[i].fd);
	return strcmp(name, number) == 0 || strcmp(name, passed->items[i].name) == 0;
}

struct passed_text passed_list(const struct passed *passed, bool unused_only)
{
	struct passed_text list = { "" };

	for (uint32_t i = 0; i < passed->count; i++)
		if (!unused_only || !passed->items[i].used)
			text_append(list.text, sizeof(list.text), "%s%s (%d)",
				    *list.text ? ", " : "", passed->items[i].name,
				    passed->items[i].fd);
	if (!*list.text)
		text_append(list.text, sizeof(list.text), "none");
	return list;
}

int passed_check_used(const struct passed *passed, struct error *ret_error)
{
	for (uint32_t i = 0; i < passed->count; i++) {
		const struct passed_socket *socket = &passed->items[i];

		if (!socket->used)
			return error_set(
				ret_error, -EINVAL,
				"nobody listens at a socket that was passed (LISTEN_FDS): %s; "
				"name it by echo+fd:%s, say",
				passed_list(passed, true).text, socket->name);
	}
	return 0;
}
