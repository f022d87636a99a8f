/* ringside load: requests against a server, in a closed or an open loop. */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "document.h"
#include "dry_run.h"
#include "ending.h"
#include "jobs.h"
#include "options.h"
#include "presentation.h"
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

/* Say why the command fails, to people and to programs. */
static int fail_told(struct presentation *presentation, int exit_code, const char *reason)
{
	events_error(&presentation->events, reason, exit_code);
	return fail(exit_code, "%s", reason);
}

static int fail_writing(struct presentation *presentation, const char *option,
			const struct error *reason)
{
	struct error sentence;

	(void)error_set(&sentence, 0, "%s: %s", option, reason->text);
	return fail_told(presentation, EXIT_CANNOT, sentence.text);
}

/* What programs read; all of it is tried, whatever fails. */
static int write_documents(struct presentation *presentation, const struct session *session)
{
	const struct load_options *options = session->options;
	json_t *document = session_to_json(session);
	int exit_code = EXIT_GOOD;
	struct error reason;

	if (!document)
		return fail_told(presentation, EXIT_CANNOT, "out of memory");
	if (outputs_save(&options->outputs, document, &reason) < 0)
		exit_code = fail_writing(presentation, "--output", &reason);
	if (options->json && json_save(json_incref(document), options->json, &reason) < 0)
		exit_code = fail_writing(presentation, "--json", &reason);
	json_decref(document);
	return exit_code;
}

static int tell(struct presentation *presentation, const struct session *session)
{
	int exit_code = EXIT_GOOD;
	struct error reason;

	if (!session_is_unreachable(session))
		presentation_report(presentation);
	if (session->options->json || session->options->outputs.count > 0)
		exit_code = write_documents(presentation, session);
	if (!exit_code) {
		exit_code = session_ending(session, &reason);
		if (exit_code)
			(void)fail_told(presentation, exit_code, reason.text);
	}
	events_end(&presentation->events, session);
	return exit_code;
}

static int run(struct presentation *presentation, struct session *session)
{
	struct error reason;
	int exit_code;

	watch_signals();
	if (session_run(session, &stop_signal, presentation_begin(presentation, session),
			&reason) != 0)
		return fail_told(presentation, EXIT_CANNOT, reason.text);
	exit_code = tell(presentation, session);
	return session->interrupted ? EXIT_SIGNAL + atomic_load(&stop_signal) : exit_code;
}

static int run_session(struct presentation *presentation, const struct load_options *options,
		       const struct target *target, int argc, char **argv)
{
	struct session session;
	int exit_code;

	if (session_init(&session, options, target, argc, argv) != 0)
		exit_code = fail_told(presentation, EXIT_CANNOT, "out of memory");
	else
		exit_code = run(presentation, &session);
	session_finish(&session);
	return exit_code;
}

static int resolve_and_run(const struct load_options *options, struct target *target, int argc,
			   char **argv)
{
	struct presentation presentation;
	struct error reason;
	int exit_code;

	if (presentation_open(&presentation, options, &reason) != 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	if (target_resolve(target, options->connect_timeout_ns, &reason) != 0 ||
	    target_try_socket(target, &options->sockopts, &reason) != 0)
		exit_code = fail_told(&presentation, EXIT_CANNOT, reason.text);
	else
		exit_code = run_session(&presentation, options, target, argc, argv);
	if (presentation_close(&presentation, &reason) != 0)
		exit_code = fail(EXIT_CANNOT, "%s", reason.text);
	return exit_code;
}

static int dry_run(const struct load_options *options, const struct target *target)
{
	struct error reason;
	struct page page;

	page_init(&page, stdout);
	if (dry_run_print(options, target, &page, &reason) != 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	return EXIT_GOOD;
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
	if (options->dry_run)
		return dry_run(options, &target);
	if (json_try_path(options->json, &reason) != 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	if (outputs_try(&options->outputs, &reason) != 0)
		return fail(EXIT_CANNOT, "--output: %s", reason.text);
	return resolve_and_run(options, &target, argc, argv);
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
