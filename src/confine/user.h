/* Another user's rights in place of root's, for good. */
#ifndef CONFINE_USER_H
#define CONFINE_USER_H

#include <sys/types.h>

#include "base/error.h"

struct user {
	uid_t uid;
	gid_t gid;
};

/*
 * USER[:GROUP] by names or numbers; without a group it is the user's own.
 * Errors: ENOENT (there is no such user or group), EINVAL (root, or a number without a group that
 * is nobody's), with a sentence.
 */
int user_find(const char *text, struct user *ret_user, struct error *ret_error);

/*
 * Become that user: no supplementary groups, no capabilities, no bounding set; and try to come
 * back, which has to fail. Call it while there is one thread. Locked memory, which the rings of
 * io_uring are, becomes as unlimited as it is for root, where root may do that.
 * Errors: EPERM (not root), what the kernel says, with a sentence; the process is to end then.
 */
int user_become(const struct user *user, struct error *ret_error);

#endif
