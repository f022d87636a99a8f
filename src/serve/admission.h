/* Who may connect to UNIX sockets: by the mode of their files, and by the user who asks. */
#ifndef SERVE_ADMISSION_H
#define SERVE_ADMISSION_H

#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/error.h"

#define UID_LIST_MAX 64

struct uid_list {
	uint32_t count; /* 0: everybody */
	uid_t items[UID_LIST_MAX];
};

/* For a struct option_row: "UID[,UID...]"; each one given adds to the list. */
int uid_list_parse(const char *text, void *ret_list, struct error *ret_error);
json_t *uid_list_to_json(const void *list);

/* For a struct option_row: an octal mode, in a mode_t. */
int unix_mode_parse(const char *text, void *ret_mode, struct error *ret_error);
json_t *unix_mode_to_json(const void *mode);

/* Can the list be kept on these transports (bits of listeners_transports())? Errors: EINVAL, with a
 * sentence. */
int uid_list_check(const struct uid_list *list, uint32_t used, struct error *ret_error);

#endif
