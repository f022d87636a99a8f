/* The rules between the options of a load, and between them and the target. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/save.h"
#include "base/unit.h"
#include "options.h"
#include "usage/usage.h"

#define SIZE_MAX_STREAM (1u << 30)
#define SIZE_MAX_UDP 65507
/* What a UNIX socket of default size takes as one message. */
#define SIZE_MAX_RECORD 212960
/* Requests outstanding over all connections: a few gigabytes of bookkeeping. */
#define OUTSTANDING_MAX (1ull << 27)
/* ... of which sessions have more for each: struct trip_slots. */
#define OUTSTANDING_MAX_SESSIONS (1ull << 22)

#define DURATION_STANDARD_NS (10 * NS_PER_S)
#define INTERVAL_STANDARD_NS NS_PER_S
/* As in the table of options.c. */
#define SLIP_LIMIT_STANDARD_NS (10 * NS_PER_MS)
/* Datagrams are lost; what a stream has accepted comes, if late: the queues before it may hold a
 * gigabyte. */
#define TIMEOUT_DATAGRAM_NS NS_PER_S
#define TIMEOUT_STREAM_NS (10 * NS_PER_S)

static uint32_t size_min(const struct target *target)
{
	/* An empty record is the end of a connection, an empty piece of a stream is nothing. */
	return transports[target->url.transport].connected ? 1 : 0;
}

static uint32_t size_max(const struct target *target)
{
	if (transports[target->url.transport].stream)
		return SIZE_MAX_STREAM;
	return target->url.transport == TRANSPORT_UDP ? SIZE_MAX_UDP : SIZE_MAX_RECORD;
}

/* How a distribution that is too wide is cut. */
static const char *bound_hint(const struct size_mix *mix)
{
	if (mix->kind == SIZE_MIX_EXPONENTIAL)
		return "; exp:MEAN:MAX ends at MAX";
	return mix->kind == SIZE_MIX_PARETO ? "; pareto:MIN:ALPHA:MAX ends at MAX" : "";
}

static int check_size(const struct load_options *options, const struct target *target,
		      struct error *ret_error)
{
	const struct size_mix *mix = &options->size.request;
	const char *transport = transports[target->url.transport].name;

	if (mix->min < size_min(target))
		return error_set(ret_error, -EINVAL, "--size %s: %s has no empty messages",
				 mix->text, transport);
	if (mix->max > size_max(target) || mix->max + target->prefix > size_max(target))
		return error_set(ret_error, -EINVAL, "--size %s: %s takes %u bytes at most%s",
				 mix->text, transport, size_max(target) - target->prefix,
				 bound_hint(mix));
	return 0;
}

/* Only where we know what a service answers can its answer have another size than it has. */
static int check_answer(const struct load_options *options, const struct target *target,
			struct error *ret_error)
{
	const struct size_pair *size = &options->size;
	uint32_t right = target->answers == ANSWERS_NONE ? 0 : size->request.min + target->prefix;
	bool free_size = target->answers == ANSWERS_OTHER || target->answers == ANSWERS_ENDLESS;

	if (!size->answer_given)
		return 0;
	if (free_size && size->answer > 0 && size->answer <= SIZE_MAX_STREAM)
		return 0;
	if (free_size)
		return error_set(ret_error, -EINVAL, "--size: an answer has 1 to %u bytes",
				 SIZE_MAX_STREAM);
	if (target->answers != ANSWERS_NONE && size->request.min != size->request.max)
		return error_set(
			ret_error, -EINVAL,
			"--size: answers of %s are as long as their requests, leave ,%u out",
			target_service(target), size->answer);
	if (size->answer != right)
		return error_set(ret_error, -EINVAL,
				 "--size: %s answers %u bytes with %u, not with %u",
				 target_service(target), size->request.min, right, size->answer);
	return 0;
}

/* Is it told which request an answer belongs to: by what it carries, or by its place in a stream
 * that holds nothing but answers to requests? A server of other services answers what a read of
 * its found, which may be several requests. */
static bool answers_tell(const struct target *target)
{
	bool stream = transports[target->url.transport].stream;

	if (target->answers == ANSWERS_EQUAL)
		return !stream || target->prefix == 0;
	return target->answers == ANSWERS_NONE || target->answers == ANSWERS_TIMES;
}

/* Answers are told apart by their order, on streams, or by what they carry. */
static int check_depth(const struct load_options *options, const struct target *target,
		       struct error *ret_error)
{
	uint32_t depth = options->depth, least = options->size.request.min;
	uint64_t most = target->protocol ? OUTSTANDING_MAX_SESSIONS : OUTSTANDING_MAX;

	if ((uint64_t)depth * options->connections > most)
		return error_set(ret_error, -EINVAL,
				 "--connections %u x --depth %u are more than %" PRIu64 " requests",
				 options->connections, depth, most);
	if (depth > 1 && !answers_tell(target))
		return error_set(
			ret_error, -EINVAL,
			"--depth %u: answers of %s do not tell which request they belong to; "
			"use --depth 1 and more --connections",
			depth, target_service(target));
	if (transports[target->url.transport].stream || least >= sizeof(uint32_t) ||
	    target->answers != ANSWERS_EQUAL)
		return 0;
	if (depth > 1u << (8 * least))
		return error_set(ret_error, -EINVAL,
				 "--depth %u: %u bytes cannot number so many datagrams", depth,
				 least);
	return 0;
}

static int check_verify(struct load_options *options, const struct target *target,
			struct error *ret_error)
{
	bool known = target->answers == ANSWERS_EQUAL || target->answers == ANSWERS_ENDLESS ||
		     target->answers == ANSWERS_TIMES;

	if (options->verify && options->no_verify)
		return error_set(ret_error, -EINVAL, "--verify and --no-verify exclude each other");
	if (options->verify && !known)
		return error_set(ret_error, -EINVAL,
				 "--verify: %s does not answer with what it was sent; echo does",
				 target_service(target));
	options->verify = known && !options->no_verify;
	options->no_verify = !options->verify;
	return 0;
}

static int check_reconnect(const struct load_options *options, const struct target *target,
			   struct error *ret_error)
{
	const char *asked = options->mode == MODE_CONNECT  ? "--mode connect"
			    : options->reconnect_every > 0 ? "--reconnect-every"
			    : options->connect_rate > 0	   ? "--connect-rate"
							   : NULL;

	if (asked && !transports[target->url.transport].connected)
		return error_set(ret_error, -EINVAL, "%s: %s has no connections", asked,
				 transports[target->url.transport].name);
	if (options->mode == MODE_CONNECT && options->reconnect_every > 0)
		return error_set(ret_error, -EINVAL,
				 "--mode connect closes after each request already, leave "
				 "--reconnect-every out");
	if (options->mode == MODE_CONNECT && options->depth > 1)
		return error_set(ret_error, -EINVAL,
				 "--mode connect sends one request on each connection: --depth 1");
	if (options->reconnect_every == 0 && options->mode != MODE_CONNECT &&
	    options->close != CLOSE_FIN)
		return error_set(ret_error, -EINVAL,
				 "--close reset is for connections closed by --reconnect-every N "
				 "or --mode connect");
	return 0;
}

/* What only an open loop has, or only a closed one. */
static int check_rate(const struct load_options *options, const struct target *target,
		      struct error *ret_error)
{
	const char *missing = options->arrival != ARRIVAL_FIXED	     ? "--arrival"
			      : options->slip != SLIP_CATCH_UP	     ? "--slip"
			      : options->pace != PACE_AUTO	     ? "--pace"
			      : options->abort_on & 1u << ABORT_SLIP ? "--abort-on slip"
								     : NULL;
	const char *surplus = options->think.ns > 0		   ? "--think"
			      : options->mode == MODE_CONNECT	   ? "--mode connect"
			      : target->answers == ANSWERS_ENDLESS ? "chargen"
								   : NULL;

	if (options->rate == 0 && missing)
		return error_set(ret_error, -EINVAL, "%s is of an open loop: give --rate too",
				 missing);
	if (options->rate > 0 && surplus)
		return error_set(ret_error, -EINVAL, "--rate: %s is of a closed loop%s", surplus,
				 options->mode == MODE_CONNECT ? ", --connect-rate limits it" : "");
	if (options->slip == SLIP_CATCH_UP && options->slip_limit_ns != SLIP_LIMIT_STANDARD_NS)
		return error_set(ret_error, -EINVAL,
				 "--slip-limit is for --slip skip and abort: nothing is too late "
				 "otherwise");
	return 0;
}

/* The first threshold that only answers could keep or break; NULL: none. */
static const char *answers_threshold(const struct threshold_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (threshold_is_of_answers(&list->items[i]))
			return list->items[i].text;
	return NULL;
}

/* What waits for an answer, or compares one, where there is none to be had. */
static int check_unanswered(const struct load_options *options, const struct target *target,
			    struct error *ret_error)
{
	bool answers = target_answers(target);
	const char *asked = options->mode == MODE_CONNECT	   ? "--mode connect"
			    : options->think.ns > 0		   ? "--think"
			    : options->reconnect_every > 0	   ? "--reconnect-every"
			    : options->abort_on & 1u << ABORT_LOSS ? "--abort-on loss"
								   : NULL;
	const char *threshold = answers_threshold(&options->thresholds);

	if (!answers && threshold)
		return error_set(ret_error, -EINVAL, "--threshold %s: %s does not answer requests",
				 threshold, target_service(target));
	if (answers || !asked)
		return 0;
	return error_set(ret_error, -EINVAL, "%s: %s does not answer requests", asked,
			 target_service(target));
}

static int check_times(const struct load_options *options, struct error *ret_error)
{
	int64_t ahead_ns = (int64_t)options->start_at_ns - clock_wall_ns();

	if (options->start_at_ns > 0 && ahead_ns < 0)
		return error_set(ret_error, -EINVAL, "--start-at was %s ago",
				 duration_text((double)-ahead_ns).text);
	if (options->start_at_ns > 0 && options->runs > 1)
		return error_set(ret_error, -EINVAL,
				 "--start-at says when one run begins, --runs %u are more",
				 options->runs);
	if (options->duration_ns != OPTION_AUTO && options->steady.window_ns > options->duration_ns)
		return error_set(ret_error, -EINVAL,
				 "--steady looks at %s, --duration %s is shorter",
				 duration_exact(options->steady.window_ns).text,
				 duration_exact(options->duration_ns).text);
	return 0;
}

static bool is_standard_output(const char *path)
{
	return path && save_is_standard_output(path);
}

bool load_options_claim_output(const struct load_options *options)
{
	return is_standard_output(options->json) || is_standard_output(options->json_stream) ||
	       is_standard_output(options->round_trips) || outputs_have(&options->outputs, "-");
}

double load_options_rate(const struct load_options *options)
{
	return (double)options->rate / (options->share.count > 0 ? options->share.count : 1);
}

/* Who else writes where --round-trips does; NULL: nobody. */
static const char *round_trips_rival(const struct load_options *options)
{
	const char *path = options->round_trips;

	if (!path)
		return NULL;
	if (options->json && strcmp(options->json, path) == 0)
		return "--json";
	if (options->json_stream && strcmp(options->json_stream, path) == 0)
		return "--json-stream";
	return outputs_have(&options->outputs, path) ? "--output" : NULL;
}

static int check_outputs(const struct load_options *options, struct error *ret_error)
{
	int claims = is_standard_output(options->json) + is_standard_output(options->json_stream) +
		     is_standard_output(options->round_trips) +
		     outputs_have(&options->outputs, "-");
	const char *rival = round_trips_rival(options);

	if (claims > 1)
		return error_set(ret_error, -EINVAL,
				 "--json -, --json-stream -, --round-trips - and --output FORMAT=- "
				 "would mix on standard output: choose one");
	if (rival)
		return error_set(ret_error, -EINVAL, "--round-trips and %s both write to '%s'",
				 rival, options->round_trips);
	if (options->json && outputs_have(&options->outputs, options->json))
		return error_set(ret_error, -EINVAL, "--json and --output both write to '%s'",
				 options->json);
	if (options->server_pid > 0)
		return usage_check_server((pid_t)options->server_pid, ret_error);
	return 0;
}

/* A thread that polls keeps its CPU: the server, and whoever else, need another one. */
static enum pace_choice pace_of(const struct load_options *options)
{
	if (options->pace != PACE_AUTO)
		return options->pace;
	return options->threads < cpu_count_allowed() ? PACE_SPIN : PACE_TIMER;
}

static void resolve_auto(struct load_options *options, const struct target *target)
{
	bool reliable = transports[target->url.transport].connected;

	if (options->mode == MODE_CONNECT)
		options->reconnect_every = 1;
	if (options->duration_ns == OPTION_AUTO)
		options->duration_ns = options->requests > 0 ? 0 : DURATION_STANDARD_NS;
	if (options->timeout_ns == OPTION_AUTO)
		options->timeout_ns = reliable ? TIMEOUT_STREAM_NS : TIMEOUT_DATAGRAM_NS;
	if (target->answers == ANSWERS_ENDLESS && !options->size.answer_given)
		options->size.answer = options->size.request.max;
	options->shows_intervals = options->interval_ns != OPTION_AUTO;
	if (!options->shows_intervals)
		options->interval_ns = INTERVAL_STANDARD_NS;
	if (options->threads == 0)
		options->threads = cpu_thread_count(&options->cpus);
	/* A thread without a connection would have nothing to do. */
	if (options->threads > options->connections)
		options->threads = options->connections;
	options->pace = pace_of(options);
}

int load_options_check(struct load_options *options, const struct target *target,
		       struct error *ret_error)
{
	int error = load_times_check(options, target, ret_error);

	if (!error)
		error = check_size(options, target, ret_error);
	if (!error)
		error = check_answer(options, target, ret_error);
	if (!error)
		error = check_depth(options, target, ret_error);
	if (!error)
		error = check_verify(options, target, ret_error);
	if (!error)
		error = check_reconnect(options, target, ret_error);
	if (!error)
		error = check_rate(options, target, ret_error);
	if (!error)
		error = check_unanswered(options, target, ret_error);
	if (!error)
		error = check_times(options, ret_error);
	if (!error)
		error = check_outputs(options, ret_error);
	if (!error)
		error = sockopt_check(&options->sockopts, 1u << target->url.transport, ret_error);
	if (!error)
		error = cpu_list_check(&options->cpus, ret_error);
	if (!error)
		resolve_auto(options, target);
	return error;
}
