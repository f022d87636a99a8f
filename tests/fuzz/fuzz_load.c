/*
 * The load generator against whatever answers: first byte: with which options; the rest is what
 * comes, and when (fake_engine.c). Whatever that is: nothing crashes or goes on for ever, and what
 * was sent is, to a request, what was answered, lost, or wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "fake_clock.h"
#include "fake_engine.h"
#include "load/chargen.h"
#include "load/plan.h"
#include "load/trip_protocol.h"
#include "load/worker.h"

#define WORDS_MAX 24
#define KEY "secret" /* as service_fuzz.c has it */

/* What runs against which of our services; all of it ends by itself. */
static const struct setting {
	const char *service;
	const char *line;
} settings[] = {
	{ "echo", "echo+tcp://127.0.0.1:7777 -c 2 -n 20 -p 3 --size 1-200" },
	{ "echo", "echo+tcp://127.0.0.1:7777 -c 2 -d 1s --reconnect-every 2 --think 1ms" },
	{ "echo", "echo+tcp://127.0.0.1:7777 -c 3 -d 2s --rate 50 --slip skip --size 8" },
	{ "echo", "echo+tcp://127.0.0.1:7777 -c 2 -n 10 --mode connect --close reset" },
	{ "echo", "echo+tcp://127.0.0.1:7777 -c 1 -n 9 --no-verify --split --stamps kernel" },
	{ "echo", "echo+udp://127.0.0.1:7777 -c 2 -n 40 -p 5 --size 8-64" },
	{ "echo", "echo+udp://127.0.0.1:7777 -c 1 -n 40 -p 3 --size 2 --timeout 50ms" },
	{ "echo", "echo+udp://127.0.0.1:7777 -c 1 -d 1s --rate 100 --split --abort-on loss" },
	{ "echo", "echo+unixpacket:/run/none -c 2 -n 20 -p 4 --size 9" },
	{ "stamped", "stamped+tcp://127.0.0.1:7777 -c 1 -n 8 --size 30" },
	{ "stamped", "stamped+udp://127.0.0.1:7777 -c 1 -n 8 -p 2 --size 30" },
	{ "ctime", "ctime+udp://127.0.0.1:7777 -c 1 -n 8 --size 26,24" },
	{ "ctime", "ctime+tcp://127.0.0.1:7777 -c 1 -n 8 --size 3,24" },
	{ "discard", "discard+tcp://127.0.0.1:7777 -c 2 -n 30 --size 100" },
	{ "discard", "discard+udp://127.0.0.1:7777 -c 2 -n 30" },
	{ "chargen", "chargen+tcp://127.0.0.1:7777 -c 1 -d 500ms --size 1,1000" },
	{ "greeting", "greeting+tcp://127.0.0.1:7777 -c 1 -n 8" },
	{ "stamp", "stamp+udp://127.0.0.1:7777 -c 2 -n 20 -p 4" },
	{ "stamp", "stamp+udp://127.0.0.1:7777 -c 1 -d 1s --rate 50 --split --timeout 100ms" },
	{ "stamp", "stamp+tcp://127.0.0.1:7777 -c 2 -n 20 -p 4" },
	{ "stamp", "stamp+unixgram:/run/none -c 1 -n 20 -p 2 --stamps user" },
	{ "irtt", "irtt+udp://127.0.0.1:7777 -c 2 -n 20 -p 2" },
	{ "irtt", "irtt+udp://127.0.0.1:7777 -c 1 -n 20 --key-file KEY --round-trips /dev/null" },
	{ "stamp", "stamp+udp://127.0.0.1:7777 -c 1 -n 20 --key-file KEY --round-trips /dev/null" },
	{ "stamp", "stamp+udp://127.0.0.1:7777 -c 1 -n 20 --size 200 --split --depth 2" },
	{ "irtt", "irtt+udp://127.0.0.1:7777 -c 1 -d 1s --rate 50 --split" },
	{ "echo", "echo+udp://127.0.0.1:7777 -c 2 -d 1s -O 100ms -i 100ms --cooldown 100ms" },
};

static struct engine engine;
static struct service_fuzz service;

struct run {
	char line[160];
	struct load_options options;
	struct target target;
	struct plan plan;
	struct trip_log trip_log;
	struct worker worker;
	atomic_int stop;
};

/* That all of them are right is part of what is tested. */
static void parse(struct run *run, const struct setting *setting)
{
	char *words[WORDS_MAX] = { (char *)"load" }, *rest = run->line;
	struct address_list addresses;
	struct error error;
	int count = 1;

	(void)snprintf(run->line, sizeof(run->line), "%s", setting->line);
	while (rest && count < WORDS_MAX - 1) {
		words[count] = strsep(&rest, " ");
		if (strcmp(words[count], "KEY") == 0)
			words[count] = (char *)fuzz_file((const uint8_t *)KEY, strlen(KEY));
		count++;
	}
	assert(options_parse(&load_option_table, count, words, &run->options, &error) == 0);
	assert(target_parse(run->options.urls.items[0], &run->target, &error) == 0);
	assert(load_options_check(&run->options, &run->target, &error) == 0);
	run->options.threads = 1;
	run->options.pace = PACE_TIMER;
	assert(address_resolve(&run->target.url, ADDRESS_TO_CONNECT, &addresses, &error) == 0);
	run->target.address = addresses.addresses[0];
}

static void plan_open(struct run *run)
{
	struct plan *plan = &run->plan;
	struct error error;

	plan->options = &run->options;
	plan->target = &run->target;
	plan->stop = &run->stop;
	plan->worker_count = 1;
	plan->workers = &run->worker;
	assert(pattern_open(run->options.seed, &plan->pattern) == 0);
	assert(chargen_open(&plan->chargen) == 0);
	assert(trip_log_open(&run->trip_log, run->options.round_trips, &error) == 0);
	if (run->options.round_trips)
		plan->trip_log = &run->trip_log;
	(void)pthread_mutex_init(&plan->gate, NULL);
	(void)pthread_cond_init(&plan->changed, NULL);
}

static void plan_close(struct run *run)
{
	struct error error;

	assert(trip_log_close(&run->trip_log, &error) == 0);
	pattern_close(run->plan.pattern);
	chargen_close(run->plan.chargen);
	(void)pthread_mutex_destroy(&run->plan.gate);
	(void)pthread_cond_destroy(&run->plan.changed);
}

static enum service_transport kind_of(const struct target *target)
{
	const struct transport_row *row = &transports[target->url.transport];

	if (row->stream)
		return SERVICE_STREAM;
	return row->connected ? SERVICE_RECORD : SERVICE_DATAGRAM;
}

/* The parts that a worker has written, together. */
static void check_result(const struct run *run, const struct result *result)
{
	uint64_t settled = result->requests + result->answered_after + result->lost;

	assert(result->reordered <= result->requests + result->answered_after);
	if (run->target.answers == ANSWERS_ENDLESS)
		return;
	assert(settled <= result->sent);
	assert(result->sent <= settled + result->errors[RESULT_CORRUPT]);
	assert(histogram_count(result->latency) <= result->requests + result->answered_after);
}

static void check_run(struct run *run, int error)
{
	struct worker *worker = &run->worker;
	bool settled;
	struct result total;
	const struct result_extent extent = load_times_extent(&run->options, &run->target);

	if (error)
		fuzz_check_sentence(&worker->reason);
	/* Where time leaps, it may leave before all connections have been closed. */
	settled = !error && engine_connections(&engine) == 0;
	assert(!settled || worker->outstanding == 0);
	assert(result_init(&total) == 0 && result_extend(&total, &extent) == 0);
	for (int i = 0; i < 2; i++)
		result_merge(&total, &worker->handover.parts[i]);
	if (settled)
		check_result(run, &total);
	result_finish(&total);
}

static void run_load(struct run *run)
{
	struct worker *worker = &run->worker;
	uint64_t requests = plan_requests(&run->options);
	int error;

	assert(worker_init(worker, &run->plan, 0, 0, run->options.connections, requests) == 0);
	worker->engine = &engine;
	worker->meter.group_fd = worker->meter.instructions_fd = -1;
	worker->now_ns = clock_now_ns();
	error = worker_connect_all(worker);
	if (!error && worker->connected > 0)
		error = worker_run(worker);
	trip_log_flush(worker);
	if (worker->connected > 0)
		check_run(run, error);
	worker_finish(worker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	const struct setting *setting = &settings[fuzz_below(&input, ARRAY_SIZE(settings))];
	uint8_t bits = fuzz_byte(&input);
	struct run run = { 0 };

	fake_clock_begin();
	parse(&run, setting);
	service_fuzz_init(&service, kind_of(&run.target));
	service_fuzz_choose(&service, (bits & 0x6c) | (run.options.key_file ? 1 : 0));
	service.options.irtt_min_interval_ns = bits & 1 ? 10 * NS_PER_MS : 0;
	service.options.irtt_max_duration_ns = bits & 2 ? 10 * NS_PER_MS : 0;
	service.options.irtt_max_length = bits & 16 ? 50 : 0;
	service_fuzz_open(&service, setting->service);
	fake_engine_init(&engine, &input, &service);
	plan_open(&run);
	run_load(&run);
	plan_close(&run);
	service_fuzz_close(&service);
	options_finish(&load_option_table, &run.options);
	return 0;
}
