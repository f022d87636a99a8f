#include "load.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/command_line.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "load/document.h"
#include "load/ending.h"
#include "load/options.h"
#include "load/report.h"
#include "load/session.h"
#include "rows.h"
#include "whole.h"

/* What ended the run early: a signal's number, or another rank; 0: nothing. */
static atomic_int stop;
#define STOP_BY_RANK (-1)

/* This rank's part of the load. */
struct part {
	struct ranks *ranks;
	struct load_options options;
	struct target target;
	struct session session;
	enum step step;	     /* what all have agreed on last */
	struct error reason; /* STEP_FAILED: whose fault it is */
};

/* Options of ringside load that are about one process or one host. */
static const struct {
	const char *name, *why;
} refused[] = {
	{ "share", "each rank has its share already" },
	{ "start-at", "the ranks begin together once the last one has connected" },
	{ "steady", "each rank would end at a moment of its own; --duration is the same for all" },
	{ "server-pid", "it is a process of one host; --json of a single ringside load has it" },
	{ "job", "one mpirun is one load; give its options themselves" },
	{ "section", "one mpirun is one load; give its options themselves" },
	{ "showcmd", "one mpirun is one load; give its options themselves" },
	{ "json-stream", "the events of one rank are not those of the load" },
	{ "server-stats", "it is a server's own account for a load of its own" },
	{ "dry-run", "ringside load has it" },
	{ "split", "parts of round trips are not added up over ranks; ringside merge does so" },
	{ "round-trips", "each rank would write over the others; ringside load has it" },
};

static int option_check(const struct option_use *use, struct error *ret_error)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (strcmp(use->row->name, refused[i].name) == 0)
			return error_set(ret_error, -EINVAL, "--%s is not for ringside-mpi: %s",
					 refused[i].name, refused[i].why);
	return 0;
}

/* What cannot be taken apart is left to options_parse() to explain. */
static int command_line_check(int argc, char **argv, struct error *ret_error)
{
	struct command_line typed;
	int error = 0;

	if (command_line_read(&load_option_table, argc, argv, &typed) == 0)
		for (uint32_t i = 0; !error && i < typed.use_count; i++)
			error = option_check(&typed.uses[i], ret_error);
	command_line_finish(&typed);
	return error;
}

/* Rank 0 writes all there is to be written. */
static int files_try(const struct load_options *options, struct error *ret_error)
{
	int error = json_try_path(options->json, ret_error);

	return error ? error : outputs_try(&options->outputs, ret_error);
}

static int prepare(struct part *part, int argc, char **argv, struct error *ret_error)
{
	struct load_options *options = &part->options;
	struct target *target = &part->target;
	int error = options_parse(&load_option_table, argc, argv, options, ret_error);

	if (!error)
		error = command_line_check(argc, argv, ret_error);
	if (!error)
		error = target_parse(options->urls.items[0], target, ret_error);
	if (!error)
		error = load_options_check(options, target, ret_error);
	if (!error && target->protocol)
		error = error_set(ret_error, -EINVAL,
				  "%s is not for ringside-mpi: delays of several ranks do not "
				  "become one; ringside load has it",
				  target_service(target));
	if (!error && part->ranks->rank == 0)
		error = files_try(options, ret_error);
	if (!error)
		error = target_resolve(target, options->connect_timeout_ns, ret_error);
	if (!error && session_init(&part->session, options, target, argc, argv) != 0)
		error = error_set(ret_error, -ENOMEM, "out of memory");
	options->share.index = (uint32_t)part->ranks->rank + 1;
	options->share.count = (uint32_t)part->ranks->count;
	return error;
}

static void on_signal(int number)
{
	atomic_store(&stop, number);
}

/* The first one ends the run with a report, the second one the process. */
static void watch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND };

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

static void on_interval(void *context, const struct interval *interval)
{
	struct part *part = context;
	int nothing = 0;

	if (ranks_told_to_stop(part->ranks))
		(void)atomic_compare_exchange_strong(&stop, &nothing, STOP_BY_RANK);
}

/* This rank has connected; those that cannot say so in the same agreement. */
static int on_ready(void *context, struct error *ret_error)
{
	struct part *part = context;

	part->step = ranks_agree(part->ranks, STEP_ON, NULL, &part->reason);
	if (part->step != STEP_ON)
		return error_set(ret_error, -ECANCELED, "another rank has ended");
	ranks_meet();
	return 0;
}

/* All runs, until all ranks agree that there is no more to be done. */
static void runs_make(struct part *part)
{
	const struct observer observer = {
		.context = part,
		.interval = on_interval,
		.ready = on_ready,
	};
	struct session *session = &part->session;
	struct error reason = { "" };
	bool failed = session_run(session, &stop, &observer, &reason) != 0;

	session->interrupted = atomic_load(&stop) > 0;
	if (part->step != STEP_ON)
		return;
	if (!failed && session_is_unreachable(session))
		failed = session_ending(session, &reason) != EXIT_GOOD;
	if (failed || session->total.aborted || session->interrupted)
		ranks_tell_to_stop(part->ranks);
	part->step = ranks_agree(part->ranks, failed ? STEP_FAILED : STEP_DONE, &reason,
				 &part->reason);
}

/* Every rank hands in what rank 0 then puts into the whole's document. */
static char *rows_gather(const struct part *part)
{
	json_t *document = session_to_json(&part->session);
	json_t *rows = rows_of_rank(part->ranks, document);
	char *text = rows ? json_dumps(rows, JSON_COMPACT) : NULL, *texts;

	/* Rank 0 finds an empty text where there was no memory for one. */
	if (ranks_gather_texts(part->ranks, text ? text : "", &texts) != 0)
		texts = NULL;
	json_decref(document);
	json_decref(rows);
	free(text);
	return texts;
}

static int document_save(const struct part *part, json_t *document)
{
	const struct load_options *options = &part->options;
	int exit_code = EXIT_GOOD;
	struct error reason;

	if (outputs_save(&options->outputs, document, &reason) < 0)
		exit_code = fail(EXIT_CANNOT, "--output: %s", reason.text);
	if (options->json && json_save(json_incref(document), options->json, &reason) < 0)
		exit_code = fail(EXIT_CANNOT, "--json: %s", reason.text);
	return exit_code;
}

/* At rank 0: the whole, to people and programs. */
static int tell(const struct part *part, json_t *document)
{
	const struct session *session = &part->session;
	struct error reason;
	struct page page;
	int exit_code;

	page_init(&page, stdout);
	/* What a rank takes for a terminal is mpirun's, whatever it writes to. */
	page.colors = false;
	if (!load_options_claim_output(&part->options)) {
		report_print(session, &page);
		rows_print(document, stdout);
	}
	exit_code = document_save(part, document);
	if (exit_code != EXIT_GOOD)
		return exit_code;
	exit_code = session_ending(session, &reason);
	return exit_code == EXIT_GOOD ? exit_code : fail(exit_code, "%s", reason.text);
}

static int tell_with(const struct part *part, const char *texts)
{
	json_t *document = texts ? session_to_json(&part->session) : NULL;
	int exit_code = EXIT_CANNOT;

	if (!document || rows_put(part->ranks, texts, document) != 0)
		(void)fail(exit_code, "out of memory");
	else
		exit_code = tell(part, document);
	json_decref(document);
	/* Before another rank ends with an error, at which mpirun ends all of them. */
	if (fflush(stdout) == EOF && exit_code == EXIT_GOOD)
		exit_code = fail(EXIT_CANNOT, "cannot write standard output: %m");
	return exit_code;
}

/* All ranks have results; rank 0 says what they are. */
static int conclude(struct part *part)
{
	char *texts = rows_gather(part);
	uint64_t signal_number = part->session.interrupted ? (uint64_t)atomic_load(&stop) : 0;
	int exit_code = EXIT_GOOD;

	whole_make(part->ranks, &part->session, &part->options);
	ranks_reduce(part->ranks, RANKS_MOST, &signal_number, 1);
	if (part->ranks->rank == 0)
		exit_code = tell_with(part, texts);
	free(texts);
	if (signal_number > 0)
		exit_code = EXIT_SIGNAL + (int)signal_number;
	return ranks_share(exit_code);
}

static int load(struct part *part, int argc, char **argv)
{
	struct error reason = { "" };
	bool ready = prepare(part, argc, argv, &reason) == 0;

	watch_signals();
	part->step = ranks_agree(part->ranks, ready ? STEP_ON : STEP_FAILED, &reason,
				 &part->reason);
	if (part->step == STEP_ON)
		runs_make(part);
	ranks_hear_out(part->ranks);
	if (part->step == STEP_FAILED)
		return part->ranks->rank == 0 ? fail(EXIT_CANNOT, "%s", part->reason.text)
					      : EXIT_CANNOT;
	return conclude(part);
}

int ranks_load(struct ranks *ranks, int argc, char **argv)
{
	struct part part = { .ranks = ranks };
	int exit_code;

	/* MPI has files open too, more than a load on its own would count on. */
	(void)files_raise(UINT64_MAX);
	exit_code = load(&part, argc, argv);
	session_finish(&part.session);
	options_finish(&load_option_table, &part.options);
	return exit_code;
}
