#include "confine/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine/capability.h"

#define NAME_MAX_BYTES 64

/* A number that is an id: all bits set stand for "none". */
static bool parse_id(const char *text, unsigned int *ret_id)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end != '\0' || *text < '0' || *text > '9' || number >= UINT32_MAX)
		return false;
	*ret_id = (unsigned int)number;
	return true;
}

static int find_group(const char *name, gid_t *ret_gid, struct error *ret_error)
{
	const struct group *group = getgrnam(name);

	if (group)
		*ret_gid = group->gr_gid;
	else if (!parse_id(name, ret_gid))
		return error_set(ret_error, -ENOENT, "--user: there is no group '%s'", name);
	return 0;
}

static int find_owner(const char *name, bool has_group, struct user *ret_user,
		      struct error *ret_error)
{
	const struct passwd *entry = getpwnam(name);

	if (!entry && parse_id(name, &ret_user->uid)) {
		entry = getpwuid(ret_user->uid);
		if (!entry && !has_group)
			return error_set(ret_error, -EINVAL,
					 "--user: no user has the number %s, so say which group: "
					 "%s:GROUP",
					 name, name);
		if (!entry)
			return 0;
	}
	if (!entry)
		return error_set(ret_error, -ENOENT, "--user: there is no user '%s'", name);
	*ret_user = (struct user){ .uid = entry->pw_uid, .gid = entry->pw_gid };
	return 0;
}

int user_find(const char *text, struct user *ret_user, struct error *ret_error)
{
	struct user user = { 0 };
	char name[NAME_MAX_BYTES];
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : strlen(text);
	int error;

	if (length == 0 || length >= sizeof(name) || (colon && colon[1] == '\0'))
		return error_set(ret_error, -EINVAL, "--user: '%s' is not USER or USER:GROUP",
				 text);
	memcpy(name, text, length);
	name[length] = '\0';
	error = find_owner(name, colon != NULL, &user, ret_error);
	if (!error && colon)
		error = find_group(colon + 1, &user.gid, ret_error);
	if (error)
		return error;
	if (user.uid == 0)
		return error_set(ret_error, -EINVAL,
				 "--user: %s is root, whose rights are to be given up", name);
	*ret_user = user;
	return 0;
}

/* The bounding set first, since it takes a capability to make it smaller; ids need some too. */
static int change_rights(const struct user *user)
{
	int error = capability_bound(0);

	if (error)
		return error;
	if (setgroups(0, NULL) < 0 || setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		return -errno;
	return capability_keep(0);
}

/* Is all of it as it was asked for, and is there no way back? */
static bool is_settled(const struct user *user)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;
	uint64_t capabilities;

	if (getresuid(&real, &effective, &saved) < 0 ||
	    getresgid(&real_group, &effective_group, &saved_group) < 0 ||
	    capability_permitted(&capabilities) < 0)
		return false;
	if (real != user->uid || effective != user->uid || saved != user->uid ||
	    real_group != user->gid || effective_group != user->gid || saved_group != user->gid ||
	    getgroups(0, NULL) != 0 || capabilities != 0)
		return false;
	return setresuid(-1, 0, -1) < 0 && setgroups(0, NULL) < 0 &&
	       (user->gid == 0 || setresgid(-1, 0, -1) < 0);
}

int user_become(const struct user *user, struct error *ret_error)
{
	int error;

	(void)locked_memory_keep();
	error = change_rights(user);
	if (error)
		return error_set(ret_error, error, "--user: cannot become user %u: %s",
				 (unsigned int)user->uid, strerror(-error));
	if (!is_settled(user))
		return error_set(ret_error, -EPERM,
				 "--user: the rights of root could be had back: not serving");
	return 0;
}
