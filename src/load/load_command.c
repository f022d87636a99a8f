/* ringside load: requests against a server, in a closed or an open loop. */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "document.h"
#include "ending.h"
#include "jobs.h"
#include "options.h"
#include "report.h"
#include "session.h"
#include "target.h"

/* The signal that ended the run early; 0: none. */
static atomic_int stop_signal;

static void on_signal(int number)
{
	atomic_store(&stop_signal, number);
}

/* The first one ends the run with a report, the second one the process. */
static void watch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND };

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

static int write_json(const struct session *session)
{
	struct error reason;

	if (json_save(session_to_json(session), session->options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	return EXIT_GOOD;
}

static int tell(const struct session *session)
{
	const char *json = session->options->json;
	struct error reason;
	int exit_code = EXIT_GOOD;

	if (!session_is_unreachable(session) && (!json || strcmp(json, "-") != 0))
		report_print(session, stdout);
	if (json)
		exit_code = write_json(session);
	if (exit_code != EXIT_GOOD)
		return exit_code;
	exit_code = session_ending(session, &reason);
	return exit_code == EXIT_GOOD ? exit_code : fail(exit_code, "%s", reason.text);
}

static int run(struct session *session)
{
	struct error reason;
	int exit_code;

	watch_signals();
	if (session_run(session, &stop_signal, NULL, &reason) != 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	exit_code = tell(session);
	return session->interrupted ? EXIT_SIGNAL + atomic_load(&stop_signal) : exit_code;
}

static int run_session(const struct load_options *options, const struct target *target, int argc,
		       char **argv)
{
	struct session session;
	int exit_code;

	if (session_init(&session, options, target, argc, argv) != 0)
		exit_code = fail(EXIT_CANNOT, "out of memory");
	else
		exit_code = run(&session);
	session_finish(&session);
	return exit_code;
}

static int prepare_and_run(struct load_options *options, int argc, char **argv)
{
	struct target target;
	struct error reason;

	if (options_parse(&load_option_table, argc, argv, options, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (target_parse(options->urls.items[0], &target, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (load_options_check(options, &target, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (json_try_path(options->json, &reason) != 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	if (target_resolve(&target, options->connect_timeout_ns, &reason) != 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	return run_session(options, &target, argc, argv);
}

static int command_line_run(int argc, char **argv)
{
	struct load_options options = { 0 };
	int exit_code = prepare_and_run(&options, argc, argv);

	options_finish(&load_option_table, &options);
	return exit_code;
}

int command_load(int argc, char **argv)
{
	return jobs_run(&load_option_table, argc, argv, command_line_run);
}
