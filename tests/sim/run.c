#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "director.h"
#include "invariant.h"
#include "pattern.h"
#include "scenario.h"
#include "witness.h"

/* A seed that takes so long hangs. */
#define SECONDS_MAX 120u

struct record *record_open(void)
{
	struct record *record = mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return record == MAP_FAILED ? NULL : record;
}

void record_close(struct record *record)
{
	if (record)
		(void)munmap(record, sizeof(*record));
}

/* What the commands print is kept: the end of it, if it is long. */
static ssize_t keep(void *cookie, const char *text, size_t length)
{
	struct record *record = cookie;
	size_t kept = length < RECORD_SAID_MAX / 2 ? length : RECORD_SAID_MAX / 2;

	if (record->said_length + kept >= RECORD_SAID_MAX) {
		memmove(record->said, record->said + kept, record->said_length - kept);
		record->said_length -= (uint32_t)kept;
	}
	memcpy(record->said + record->said_length, text + length - kept, kept);
	record->said_length += (uint32_t)kept;
	record->said[record->said_length] = '\0';
	return (ssize_t)length;
}

static void redirect(struct record *record)
{
	const cookie_io_functions_t functions = { .write = keep };

	stdout = fopencookie(record, "w", functions);
	stderr = fopencookie(record, "w", functions);
	if (!stdout || !stderr)
		violated("no memory for what is printed");
	(void)setvbuf(stderr, NULL, _IONBF, 0);
	log_name_set("ringside");
}

static void run(uint64_t seed, const struct run_options *options, struct record *record)
{
	static struct scenario scenario;

	(void)alarm(SECONDS_MAX);
	invariant_begin(record);
	redirect(record);
	bytes_make();
	scenario_make(&scenario, seed, options->events);
	scenario.world.transcript = options->transcript;
	witness_shape(&scenario.shape);
	if (world_open(&scenario.world) < 0)
		violated("no memory for a world");
	sim_ring_limit(&scenario.limits);
	direct(&scenario);
	record->events = world_events();
	record->hash = world_transcript_hash();
	for (int i = 0; i < FAULT_COUNT; i++)
		record->faults[i] = world_fault_count((enum fault)i);
	world_close();
	record->ended = true;
	(void)fflush(NULL);
	_exit(0);
}

void run_seed(uint64_t seed, const struct run_options *options, struct record *ret_record)
{
	int status = 0;
	pid_t child;

	memset(ret_record, 0, sizeof(*ret_record));
	ret_record->seed = seed;
	(void)fflush(NULL);
	child = fork();
	if (child == 0)
		run(seed, options, ret_record);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		(void)snprintf(ret_record->broken, RECORD_SENTENCE_MAX, "no process: %s",
			       strerror(errno));
	else if (WIFSIGNALED(status))
		(void)snprintf(ret_record->broken, RECORD_SENTENCE_MAX, "ended by signal %d: %s",
			       WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (!ret_record->ended && ret_record->broken[0] == '\0')
		(void)snprintf(ret_record->broken, RECORD_SENTENCE_MAX,
			       "the process has ended with %d", WEXITSTATUS(status));
}
