#include "confine/offer.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/lacking.h"
#include "confine/capability.h"
#include "confine/filter.h"
#include "confine/landlock.h"

static bool refused(int error, struct confine_text *ret_text)
{
	(void)snprintf(ret_text->text, sizeof(ret_text->text), "this kernel says %s (%s)",
		       strerrorname_np(-error), strerrordesc_np(-error));
	return false;
}

static bool ask_user(struct confine_text *ret_text)
{
	bool root = geteuid() == 0;

	(void)snprintf(ret_text->text, sizeof(ret_text->text), "%s",
		       root ? "this is root, which can become another user"
			    : "not started as root: there is nothing to give up");
	return root;
}

static bool ask_no_new_privs(struct confine_text *ret_text)
{
	int is = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);

	if (is < 0)
		return refused(-ENOSYS, ret_text);
	(void)snprintf(ret_text->text, sizeof(ret_text->text), "%s",
		       is ? "set already" : "programs that are executed get no more rights");
	return true;
}

static bool ask_capabilities(struct confine_text *ret_text)
{
	uint64_t bits = 0;
	int error = capability_permitted(&bits);

	if (error)
		return refused(error, ret_text);
	(void)snprintf(ret_text->text, sizeof(ret_text->text), "%d that can be dropped",
		       __builtin_popcountll(bits));
	return true;
}

static bool ask_landlock(struct confine_text *ret_text)
{
	int abi = landlock_abi();
	uint32_t scopes;

	if (abi < 0)
		return refused(abi, ret_text);
	scopes = landlock_scopes(abi);
	(void)snprintf(ret_text->text, sizeof(ret_text->text), "ABI %d: files%s%s%s", abi,
		       scopes & LANDLOCK_TCP ? ", TCP" : "",
		       scopes & LANDLOCK_ABSTRACT ? ", abstract sockets" : "",
		       scopes & LANDLOCK_SIGNALS ? ", signals" : "");
	return true;
}

static bool ask_seccomp(struct confine_text *ret_text)
{
	int error = filter_try();

	if (error)
		return refused(error, ret_text);
	(void)snprintf(ret_text->text, sizeof(ret_text->text),
		       "filters that end the process, through libseccomp");
	return true;
}

const struct confine_offer confine_offers[CONFINE_PART_COUNT] = {
	[CONFINE_USER] = { "user", ask_user },
	[CONFINE_NO_NEW_PRIVS] = { "no_new_privs", ask_no_new_privs },
	[CONFINE_CAPABILITIES] = { "capabilities", ask_capabilities },
	[CONFINE_LANDLOCK] = { "landlock", ask_landlock },
	[CONFINE_SECCOMP] = { "seccomp", ask_seccomp },
};
