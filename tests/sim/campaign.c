/*
 * The campaign: seed after seed, each with a world of its own, in which the server, the load
 * generator and the services run as they are. Prints nothing but the sums while all is well; of a
 * seed that fails what it broke, the end of its transcript, and how to see it again.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/option.h"
#include "commands.h"
#include "run.h"
#include "scenario.h"
#include "tally.h"

#define JOBS_MAX 256
#define FAILURES_MAX 5	  /* told in full */
#define TAIL_LINES 40	  /* of the transcript */
#define REPLAY_EVERY 100u /* one seed of so many runs twice */
/* A campaign of so many seeds hits every fault; less may miss one. */
#define SEEDS_LARGE 2000u

struct campaign_options {
	uint64_t seeds, first, seed;
	uint32_t events, jobs;
	const char *transcript, *json;
};

/* What the processes share. */
struct campaign {
	atomic_uint_fast64_t next; /* seed */
	atomic_uint told;
	struct tally tallies[JOBS_MAX];
};

#define AT(field) OPTION_AT(struct campaign_options, field)

static const struct option_row rows[] = {
	{ .name = "seeds",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(seeds),
	  .standard = "10000",
	  .min = 1,
	  .help = "how many worlds" },
	{ .name = "first",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(first),
	  .standard = "1",
	  .help = "the first seed" },
	{ .name = "events",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(events),
	  .standard = "10000",
	  .min = 1,
	  .max = 100000000,
	  .help = "events of each, about" },
	{ .name = "jobs",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(jobs),
	  .standard = "2",
	  .min = 1,
	  .max = JOBS_MAX,
	  .help = "processes at a time" },
	{ .name = "seed",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(seed),
	  .standard = "0",
	  .help = "run this one alone; 0: none" },
	{ .name = "transcript",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(transcript),
	  .help = "of --seed: write all that happens" },
	{ .name = "json",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(json),
	  .help = "write the sums as JSON" },
	{ 0 },
};

static const struct option_table table = {
	.summary = "Run the server and the load generator on a simulated kernel, a world a seed.",
	.details = "Exit status: 0 every invariant held, 1 one did not, 2 usage.\n",
	.rows = rows,
};

static void print_tail(FILE *file)
{
	static char lines[TAIL_LINES][256];
	uint32_t count = 0;

	rewind(file);
	while (fgets(lines[count % TAIL_LINES], sizeof(lines[0]), file))
		count++;
	for (uint32_t i = count > TAIL_LINES ? count - TAIL_LINES : 0; i < count; i++)
		(void)fputs(lines[i % TAIL_LINES], stdout);
}

/* Again, with its transcript. */
static void tell(const struct campaign_options *options, const struct record *found)
{
	static struct scenario scenario;
	struct run_options again = { .events = options->events, .transcript = tmpfile() };
	struct record *record = record_open();
	char text[8192];

	scenario_make(&scenario, found->seed, options->events);
	scenario_tell(&scenario, text, sizeof(text));
	(void)printf("seed %" PRIu64 ": %s\n%s", found->seed, found->broken, text);
	if (found->said_length > 0)
		(void)printf("it said:\n%s", found->said);
	if (record && again.transcript) {
		run_seed(found->seed, &again, record);
		(void)printf("the last of its transcript:\n");
		print_tail(again.transcript);
		if (strcmp(record->broken, found->broken) != 0)
			(void)printf("run again it says: %s\n",
				     record->broken[0] ? record->broken : "nothing");
	}
	(void)printf("see it again: ./dev sim --seed %" PRIu64 " --events %u --transcript FILE\n\n",
		     found->seed, options->events);
	(void)fflush(stdout);
	if (again.transcript)
		(void)fclose(again.transcript);
	record_close(record);
}

/* The same seed must have the same transcript. */
static void replay(const struct campaign_options *options, struct record *record,
		   struct tally *tally)
{
	const struct run_options again = { .events = options->events };
	uint64_t hash = record->hash, events = record->events, seed = record->seed;

	run_seed(seed, &again, record);
	if (record->broken[0] == '\0' && (record->hash != hash || record->events != events))
		(void)snprintf(record->broken, RECORD_SENTENCE_MAX,
			       "run twice it is not the same: %" PRIu64 " and %" PRIu64 " events",
			       events, record->events);
	tally->failed += record->broken[0] != '\0';
	tally->replayed += record->broken[0] == '\0';
}

static void work(const struct campaign_options *options, struct campaign *campaign, uint32_t job)
{
	const struct run_options run = { .events = options->events };
	struct tally *tally = &campaign->tallies[job];
	struct record *record = record_open();
	uint64_t seed;

	while (record &&
	       (seed = atomic_fetch_add(&campaign->next, 1)) < options->first + options->seeds) {
		run_seed(seed, &run, record);
		tally_add(tally, record);
		if (seed % REPLAY_EVERY == 0 && record->broken[0] == '\0')
			replay(options, record, tally);
		if (record->broken[0] != '\0' &&
		    atomic_fetch_add(&campaign->told, 1) < FAILURES_MAX)
			tell(options, record);
	}
	record_close(record);
}

static int judge(const struct campaign_options *options, const struct tally *tally)
{
	struct error reason;

	tally_print(tally, stdout);
	if (options->json && tally_save(tally, options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	if (tally->seeds < options->seeds)
		return fail(EXIT_CANNOT, "only %" PRIu64 " seeds were run", tally->seeds);
	if (tally->failed > 0)
		return EXIT_BAD;
	if (options->seeds >= SEEDS_LARGE && tally_missing(tally) < FAULT_COUNT)
		return fail(EXIT_BAD, "no seed has had this fault: %s",
			    fault_rows[tally_missing(tally)].name);
	return EXIT_GOOD;
}

static int run_all(const struct campaign_options *options)
{
	struct campaign *campaign = mmap(NULL, sizeof(*campaign), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct tally sum = { 0 };

	if (campaign == MAP_FAILED)
		return fail(EXIT_CANNOT, "out of memory");
	atomic_store(&campaign->next, options->first);
	for (uint32_t job = 0; job < options->jobs; job++) {
		if (fork() != 0)
			continue;
		work(options, campaign, job);
		(void)fflush(NULL);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	for (uint32_t job = 0; job < options->jobs; job++)
		tally_merge(&sum, &campaign->tallies[job]);
	return judge(options, &sum);
}

static int run_one(const struct campaign_options *options)
{
	struct run_options run = { .events = options->events };
	struct record *record = record_open();
	static struct scenario scenario;
	char text[8192];

	if (options->transcript)
		run.transcript = fopen(options->transcript, "we");
	if (!record || (options->transcript && !run.transcript))
		return fail(EXIT_CANNOT, "%s: %m", options->transcript);
	scenario_make(&scenario, options->seed, options->events);
	scenario_tell(&scenario, text, sizeof(text));
	(void)fputs(text, stdout);
	run_seed(options->seed, &run, record);
	(void)printf("it said:\n%s", record->said);
	(void)printf("%" PRIu64 " events, transcript %016" PRIx64 "\n", record->events,
		     record->hash);
	return record->broken[0] ? fail(EXIT_BAD, "%s", record->broken) : EXIT_GOOD;
}

int main(int argc, char **argv)
{
	struct campaign_options options;
	struct error reason;
	int exit_code;

	log_name_set("campaign");
	if (options_parse(&table, argc, argv, &options, &reason) < 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	exit_code = options.seed > 0 ? run_one(&options) : run_all(&options);
	options_finish(&table, &options);
	return exit_code;
}
