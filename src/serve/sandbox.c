#include "sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/lacking.h"
#include "base/log.h"
#include "confine/capability.h"
#include "confine/landlock.h"

#define TELL_MAX 768

static const char *const choice_names[] = { "auto", "require", "off" };

static void set_reason(struct sandbox_state *state, const char *text)
{
	(void)snprintf(state->reason.text, sizeof(state->reason.text), "%s", text);
}

static uint32_t needs_of(const struct serve_options *options)
{
	bool file = options->json_stats && strcmp(options->json_stats, "-") != 0;

	return (file ? SANDBOX_FILES : 0u) | (options->verbose ? SANDBOX_VERBOSE : 0u);
}

static int is_required(int choice, enum confine_part part, const char *reason, int error,
		       struct error *ret_error)
{
	if (choice != SANDBOX_REQUIRE)
		return 0;
	return error_set(ret_error, error,
			 "--sandbox require: there is no %s, %s; auto would do without",
			 confine_offers[part].name, reason);
}

int sandbox_check(const struct serve_options *options, struct error *ret_error)
{
	struct user user;
	int error = options->user ? user_find(options->user, &user, ret_error) : 0;

	for (int part = CONFINE_NO_NEW_PRIVS; part < CONFINE_PART_COUNT && !error; part++) {
		struct confine_text reason;

		if (!confine_offers[part].ask(&reason))
			error = is_required(options->sandbox, (enum confine_part)part, reason.text,
					    -ENOTSUP, ret_error);
	}
	return error;
}

int sandbox_prepare(const struct serve_options *options, struct sandbox *ret_sandbox,
		    struct error *ret_error)
{
	*ret_sandbox = (struct sandbox){
		.choice = options->sandbox,
		.has_user = options->user != NULL,
		.needs = needs_of(options),
	};
	for (int part = 0; part < CONFINE_PART_COUNT; part++)
		set_reason(&ret_sandbox->parts[part], "--sandbox off");
	set_reason(&ret_sandbox->parts[CONFINE_USER], "--user is not given");
	if (!options->user)
		return 0;
	if (geteuid() != 0)
		return error_set(ret_error, -EPERM,
				 "--user: only root can become another user; start it as root, or "
				 "as that user without --user");
	return user_find(options->user, &ret_sandbox->user, ret_error);
}

/* Note what came of a part. With --sandbox require it must not have failed. */
static int settle(struct sandbox *sandbox, enum confine_part part, int error,
		  struct error *ret_error)
{
	struct sandbox_state *state = &sandbox->parts[part];

	state->on = error == 0;
	if (error == 0)
		return 0;
	(void)snprintf(state->reason.text, sizeof(state->reason.text), "this kernel says %s (%s)",
		       strerrorname_np(-error), strerrordesc_np(-error));
	return is_required(sandbox->choice, part, state->reason.text, error, ret_error);
}

/* What is written and removed later has to be possible then, too. */
static int become_user(struct sandbox *sandbox, const struct serve_options *options,
		       struct error *ret_error)
{
	struct sandbox_state *state = &sandbox->parts[CONFINE_USER];
	int error = user_become(&sandbox->user, ret_error);
	struct error cannot;

	if (error)
		return error;
	state->on = true;
	(void)snprintf(state->reason.text, sizeof(state->reason.text), "user %u, group %u",
		       (unsigned int)sandbox->user.uid, (unsigned int)sandbox->user.gid);
	error = json_try_path(options->json_stats, &cannot);
	if (error)
		return error_set(ret_error, error, "--user %s: %s", options->user, cannot.text);
	return 0;
}

/*
 * Root without --user still writes where only the owner may, if there is something to write. And
 * where the limit on locked memory cannot be raised, as in most containers, threads keep
 * CAP_IPC_LOCK until they have their rings.
 */
static int drop_capabilities(struct sandbox *sandbox)
{
	bool files = !sandbox->has_user && (sandbox->needs & (SANDBOX_FILES | SANDBOX_SOCKETS));
	uint64_t bits, kept = files ? 1ull << CAP_DAC_OVERRIDE : 0, starting = kept;
	int error = capability_permitted(&bits);

	if (error)
		return error;
	set_reason(&sandbox->parts[CONFINE_CAPABILITIES],
		   bits & kept ? "none but CAP_DAC_OVERRIDE, for files to be written or removed"
			       : "none");
	sandbox->capabilities = kept;
	if (bits && !locked_memory_keep())
		starting |= 1ull << CAP_IPC_LOCK;
	error = capability_bound(kept);
	return error ? error : capability_keep(starting);
}

static int enforce(int rules)
{
	return rules < 0 ? rules : landlock_enforce(rules);
}

/* Those parts that hold for all threads, in this order: Landlock needs no_new_privs. */
static int confine(struct sandbox *sandbox, int rules, struct error *ret_error)
{
	int error = settle(sandbox, CONFINE_CAPABILITIES, drop_capabilities(sandbox), ret_error);

	for (int part = CONFINE_NO_NEW_PRIVS; part < CONFINE_PART_COUNT; part++)
		if (part != CONFINE_CAPABILITIES)
			(void)confine_offers[part].ask(&sandbox->parts[part].reason);
	if (!error)
		error = settle(sandbox, CONFINE_NO_NEW_PRIVS,
			       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0, ret_error);
	tzset(); /* reads a file, and for the last time */
	if (!error)
		error = settle(sandbox, CONFINE_LANDLOCK, enforce(rules), ret_error);
	if (!error)
		error = settle(sandbox, CONFINE_SECCOMP, filter_try(), ret_error);
	return error;
}

int sandbox_enter(struct sandbox *sandbox, const struct serve_options *options,
		  const struct listener_list *listeners, struct error *ret_error)
{
	bool wanted = sandbox->choice != SANDBOX_OFF;
	int error = 0, rules = -1;

	if (listeners_have_files(listeners) || sandbox->metrics)
		sandbox->needs |= SANDBOX_SOCKETS;
	/* The folders are looked for by who can. */
	if (wanted)
		rules = sandbox_rules(options, listeners, sandbox->metrics);
	if (sandbox->has_user)
		error = become_user(sandbox, options, ret_error);
	if (!error && wanted)
		error = confine(sandbox, rules, ret_error);
	if (rules >= 0)
		(void)close(rules);
	if (!error && sandbox->has_user)
		sandbox_tell_files(listeners);
	return error;
}

int sandbox_thread(const struct sandbox *sandbox, enum sandbox_thread thread)
{
	static const struct filter_row *const tables[] = {
		[SANDBOX_WORKER] = sandbox_worker_calls,
		[SANDBOX_MAIN] = sandbox_main_calls,
		[SANDBOX_METRICS] = sandbox_metrics_calls,
	};
	int error = 0;

	if (sandbox->parts[CONFINE_CAPABILITIES].on)
		error = capability_keep(sandbox->capabilities);
	if (error || !sandbox->parts[CONFINE_SECCOMP].on)
		return error;
	return filter_load(tables[thread], sandbox->needs);
}

/* The parts that are on, or those that are not, with their reasons. */
static void list_parts(const struct sandbox *sandbox, bool on, char *ret_text, size_t size)
{
	size_t used = 0;

	ret_text[0] = '\0';
	for (int part = 0; part < CONFINE_PART_COUNT && used < size; part++) {
		const struct sandbox_state *state = &sandbox->parts[part];

		if (state->on != on || (!on && part == CONFINE_USER))
			continue;
		used += (size_t)snprintf(ret_text + used, size - used, "%s%s (%s)",
					 used > 0 ? ", " : "", confine_offers[part].name,
					 state->reason.text);
	}
}

void sandbox_tell(const struct sandbox *sandbox, bool all)
{
	char text[TELL_MAX];

	if (sandbox->choice != SANDBOX_OFF) {
		list_parts(sandbox, false, text, sizeof(text));
		if (text[0] != '\0')
			say("the sandbox is without %s", text);
	}
	list_parts(sandbox, true, text, sizeof(text));
	if (all)
		say("sandbox: %s", text[0] != '\0' ? text : "off");
}

static json_t *state_to_json(const struct sandbox_state *state)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_boolean(object, "on", state->on);
	error |= json_put_string(object, "reason", state->reason.text);
	return json_complete(object, error);
}

json_t *sandbox_to_json(const struct sandbox *sandbox)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_string(object, "choice", choice_names[sandbox->choice]);
	for (int part = 0; part < CONFINE_PART_COUNT; part++)
		error |= json_put_value(object, confine_offers[part].name,
					state_to_json(&sandbox->parts[part]));
	return json_complete(object, error);
}
