#include "world.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "descriptor.h"
#include "event.h"
#include "parts.h"
#include "schedule.h"
#include "task.h"

#define BEGIN_NS (3600 * NS_PER_S)
#define WALL_BEGIN_NS (1767225600 * (int64_t)NS_PER_S) /* 2026 begins */
#define CALL_NS_MIN 100u
#define CALL_NS_SPREAD 1023u /* a mask */
#define GLANCE_NS 25u
/* Who looks at the clock again and again waits for time to pass: it does, faster and faster, as the
 * pauses in between would cost real time only. */
#define GLANCES_PER_DOUBLING 2u
#define GLANCE_DOUBLINGS_MAX 9u
/* Of so many calls one lets other tasks have a turn although nothing is due: a mask. */
#define TURN_MASK 7u
#define DESCRIPTOR_MAX 4096u
/* Orders of events at the same time: drawn ones first, then those that keep theirs. */
#define ORDERED_FIRST (UINT64_C(1) << 32)
#define LINE_MAX_BYTES 512
#define HASH_FIRST UINT64_C(0xcbf29ce484222325)
#define HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15)

struct world {
	struct world_options options;
	uint64_t now_ns;
	int64_t wall_offset_ns;
	uint64_t random[4];
	struct event_heap events;
	uint64_t ordered; /* how many there were */
	uint64_t happened;
	uint64_t event_due_ns; /* of the earliest; UINT64_MAX: none */
	uint32_t glances;      /* since the last call */
	uint64_t hash;
	uint64_t faults[FAULT_COUNT];
	void (*check)(void *argument);
	void *check_argument;
};

static struct world *the_world;
static uint64_t world_count;

/* splitmix64: seeds that differ by one make worlds that have nothing in common. */
static uint64_t seed_next(uint64_t *state)
{
	uint64_t mixed = *state += HASH_FACTOR;

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

int world_open(const struct world_options *options)
{
	uint64_t state = options->seed;
	struct world *world;
	int error;

	if (the_world)
		return -EEXIST;
	world = calloc(1, sizeof(*world));
	if (!world)
		return -ENOMEM;
	world->options = *options;
	world->now_ns = BEGIN_NS;
	world->wall_offset_ns = WALL_BEGIN_NS - (int64_t)BEGIN_NS;
	world->event_due_ns = UINT64_MAX;
	world->hash = HASH_FIRST;
	for (int i = 0; i < 4; i++)
		world->random[i] = seed_next(&state);
	error = descriptors_open(options->descriptor_max ? options->descriptor_max
							 : DESCRIPTOR_MAX);
	if (error) {
		free(world);
		return error;
	}
	the_world = world;
	world_count++;
	parts_open();
	tasks_open();
	return 0;
}

void world_close(void)
{
	if (!the_world)
		return;
	tasks_close();
	descriptors_close();
	parts_close();
	event_heap_finish(&the_world->events);
	free(the_world);
	the_world = NULL;
}

struct world *world_get(void)
{
	return the_world;
}

uint64_t world_number(void)
{
	return world_count;
}

uint64_t world_now_ns(void)
{
	return the_world->now_ns;
}

int64_t world_wall_ns(void)
{
	return (int64_t)the_world->now_ns + the_world->wall_offset_ns;
}

void world_step_wall(int64_t by_ns)
{
	the_world->wall_offset_ns += by_ns;
	world_note("clock stepped by %" PRId64 " ns", by_ns);
}

static uint64_t rotated(uint64_t value, int by)
{
	return value << by | value >> (64 - by);
}

/* xoshiro256++ 1.0 of Blackman and Vigna. */
uint64_t world_random(void)
{
	uint64_t *s = the_world->random;
	uint64_t result = rotated(s[0] + s[3], 23) + s[0];
	uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotated(s[3], 45);
	return result;
}

uint32_t world_below(uint32_t n)
{
	return (uint32_t)((world_random() >> 32) * n >> 32);
}

bool world_fault(enum fault fault)
{
	uint32_t per_million = the_world->options.faults.per_million[fault];

	if (per_million == 0 || world_below(1000000) >= per_million)
		return false;
	the_world->faults[fault]++;
	world_trace(fault_rows[fault].name, -1, (int64_t)the_world->faults[fault]);
	return true;
}

uint64_t world_fault_count(enum fault fault)
{
	return the_world->faults[fault];
}

static void note_due(void)
{
	const struct event *first = event_first(&the_world->events);

	the_world->event_due_ns = first ? first->due_ns : UINT64_MAX;
}

static uint64_t add(uint64_t due_ns, uint64_t order, void (*act)(void *argument), void *argument)
{
	uint64_t number = event_add(&the_world->events, &(struct event){ .due_ns = due_ns,
									 .order = order,
									 .act = act,
									 .argument = argument });

	note_due();
	return number;
}

uint64_t world_at(uint64_t due_ns, void (*act)(void *argument), void *argument)
{
	return add(due_ns, world_random() >> 32, act, argument);
}

uint64_t world_at_ordered(uint64_t due_ns, void (*act)(void *argument), void *argument)
{
	return add(due_ns, ORDERED_FIRST + the_world->ordered++, act, argument);
}

void world_forget(uint64_t number)
{
	event_forget(&the_world->events, number);
	note_due();
}

static void check(void)
{
	if (the_world->check)
		the_world->check(the_world->check_argument);
}

bool schedule_is_over(void)
{
	return the_world->options.event_max > 0 &&
	       the_world->happened > the_world->options.event_max;
}

bool schedule_event(void)
{
	struct event event;

	if (the_world->event_due_ns > the_world->now_ns)
		return false;
	event = event_take(&the_world->events);
	note_due();
	the_world->happened++;
	event.act(event.argument);
	check();
	return true;
}

bool schedule_pass(uint64_t until_ns)
{
	if (the_world->event_due_ns < until_ns)
		until_ns = the_world->event_due_ns;
	if (until_ns == UINT64_MAX)
		return false;
	if (until_ns > the_world->now_ns)
		the_world->now_ns = until_ns;
	return true;
}

void schedule_switched(const char *name)
{
	the_world->happened++;
	world_trace(name, -1, (int64_t)the_world->happened);
}

static bool something_is_due(void)
{
	return the_world->event_due_ns <= the_world->now_ns || schedule_is_over();
}

void world_enter(void)
{
	uint64_t chance;

	if (!task_self())
		return;
	chance = world_random();
	the_world->happened++;
	the_world->glances = 0;
	the_world->now_ns += CALL_NS_MIN + (chance & CALL_NS_SPREAD);
	check();
	if (something_is_due() || (tasks_alive() > 1 && (chance >> 32 & TURN_MASK) == 0))
		task_yield();
}

static uint64_t glance_ns(void)
{
	uint32_t doublings = the_world->glances++ / GLANCES_PER_DOUBLING;

	return (uint64_t)GLANCE_NS
	       << (doublings < GLANCE_DOUBLINGS_MAX ? doublings : GLANCE_DOUBLINGS_MAX);
}

void world_glance(void)
{
	if (!task_self())
		return;
	the_world->now_ns += glance_ns();
	if (something_is_due())
		task_yield();
}

int world_run(void)
{
	return tasks_run();
}

uint64_t world_events(void)
{
	return the_world->happened;
}

static void hash_number(uint64_t number)
{
	uint64_t mixed = (the_world->hash ^ number) * HASH_FACTOR;

	the_world->hash = mixed ^ mixed >> 29;
}

static void hash_text(const char *text, size_t length)
{
	for (uint64_t part = 0; length > 0; part = 0) {
		size_t bytes = length < sizeof(part) ? length : sizeof(part);

		memcpy(&part, text, bytes);
		hash_number(part);
		text += bytes;
		length -= bytes;
	}
}

/* Microseconds since the world began: the hash has the nanoseconds. */
static void write_time(void)
{
	uint64_t since_ns = the_world->now_ns - BEGIN_NS;

	(void)fprintf(the_world->options.transcript, "%8" PRIu64 ".%03u ",
		      (uint64_t)(since_ns / NS_PER_US), (unsigned int)(since_ns % NS_PER_US));
}

void world_note(const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	hash_number(the_world->now_ns);
	hash_text(line, strlen(line));
	if (!the_world->options.transcript)
		return;
	write_time();
	(void)fprintf(the_world->options.transcript, "%s\n", line);
}

void world_trace(const char *word, int64_t subject, int64_t result)
{
	hash_number(the_world->now_ns);
	hash_text(word, strlen(word));
	hash_number((uint64_t)subject);
	hash_number((uint64_t)result);
	if (!the_world->options.transcript)
		return;
	write_time();
	(void)fprintf(the_world->options.transcript, "%s %" PRId64 " %" PRId64 "\n", word, subject,
		      result);
}

uint64_t world_transcript_hash(void)
{
	return the_world->hash;
}

void world_watch(void (*check_now)(void *argument), void *argument)
{
	the_world->check = check_now;
	the_world->check_argument = argument;
}
