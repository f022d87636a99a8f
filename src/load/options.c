#include "options.h"

#include <errno.h>
#include <inttypes.h>

#include <ringside/engine.h>

#include "base/clock.h"
#include "base/job.h"
#include "base/unit.h"
#include "engine/choice.h"

#define CONNECTIONS_MAX 1000000
#define DEPTH_MAX 65536
#define SIZE_MAX_STREAM (1u << 30)
#define SIZE_MAX_UDP 65507
/* What a UNIX socket of default size takes as one message. */
#define SIZE_MAX_RECORD 212960
/* Requests outstanding over all connections: a few gigabytes of bookkeeping. */
#define OUTSTANDING_MAX (1ull << 27)

#define DURATION_STANDARD_NS (10 * NS_PER_S)
/* Datagrams are lost; what a stream has accepted comes, if late: the queues before it may hold a
 * gigabyte. */
#define TIMEOUT_DATAGRAM_NS NS_PER_S
#define TIMEOUT_STREAM_NS (10 * NS_PER_S)

static const char *const close_choices[] = {
	[CLOSE_FIN] = "fin",
	[CLOSE_RESET] = "reset",
	NULL,
};

static void print_details(FILE *stream)
{
	(void)fputs(
		"Exit status: 0 every request was answered, rightly; 1 answers were lost, wrong "
		"or late, or connections broke; 2 no connection was made, or the command line is "
		"wrong; 130 interrupted.\n\nSocket options of --sockopt:\n",
		stream);
	sockopt_print(stream);
}

#define AT(member) OPTION_AT(struct load_options, member)

static const struct option_row rows[] = {
	{ .group = "Load:",
	  .name = "connections",
	  .key = 'c',
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(connections),
	  .standard = "50",
	  .min = 1,
	  .max = CONNECTIONS_MAX,
	  .help = "connections in all, or datagram sockets" },
	{ .name = "depth",
	  .key = 'p',
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(depth),
	  .standard = "1",
	  .min = 1,
	  .max = DEPTH_MAX,
	  .help = "requests that wait for their answer on each connection" },
	{ .name = "size",
	  .key = 's',
	  .argument = "SIZE",
	  .type = OPTION_SIZE,
	  .at = AT(size),
	  .standard = "64",
	  .max = SIZE_MAX_STREAM,
	  .help = "of a request" },
	{ .name = "duration",
	  .key = 'd',
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(duration_ns),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = NS_PER_MS,
	  .help = "of what is measured; auto: 10s, or until the requests of -n are done" },
	{ .name = "requests",
	  .key = 'n',
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(requests),
	  .help = "end after so many requests; 0: any number" },
	{ .name = "omit",
	  .key = 'O',
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(omit_ns),
	  .standard = "0s",
	  .help = "warm up so long before measuring" },
	{ .name = "reconnect-every",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(reconnect_every),
	  .help = "close each connection after N answers and make a new one; 0: never" },
	{ .name = "close",
	  .argument = "HOW",
	  .type = OPTION_CHOICE,
	  .at = AT(close),
	  .choices = close_choices,
	  .standard = "fin",
	  .help = "how to close it: fin keeps a local port busy for a minute, reset does not" },

	{ .group = "Answers:",
	  .name = "verify",
	  .type = OPTION_FLAG,
	  .at = AT(verify),
	  .help = "compare each answer with its request, as is done where the service is echo" },
	{ .name = "no-verify",
	  .type = OPTION_FLAG,
	  .at = AT(no_verify),
	  .help = "compare lengths only" },
	{ .name = "timeout",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(timeout_ns),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = NS_PER_MS,
	  .help = "give an answer up after so long; auto: 1s for datagrams, 10s for the rest" },
	{ .name = "connect-timeout",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(connect_timeout_ns),
	  .standard = "5s",
	  .min = NS_PER_MS,
	  .help = "give a connection up that is not made after so long" },
	{ .name = "seed",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(seed),
	  .standard = "1",
	  .help = "of the requests' content" },

	CHOICE_ROW_BACKEND(AT),
	CHOICE_ROW_FEATURES(AT),
	CHOICE_ROW_THREADS(AT),
	CHOICE_ROW_CPUS(AT),
	CHOICE_ROW_SPIN(AT),
	SOCKOPT_ROW(AT),

	{ .group = "Report:",
	  .name = "json",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(json),
	  .help = "write the result as JSON too; - is standard output, and silences the rest" },

	JOB_ROWS,
	{ 0 },
};

const struct option_table load_option_table = {
	.arguments = "URL",
	.arguments_at = AT(urls),
	.arguments_min = 1,
	.arguments_max = 1,
	.summary =
		"Send requests to a server, each connection the next one when an answer has come, "
		"and measure the answers. URL is [SERVICE+]tcp://HOST:PORT, udp://HOST:PORT, "
		"unix:PATH, unixgram:PATH or unixpacket:PATH; SERVICE is echo unless given.",
	.print_details = print_details,
	.rows = rows,
};

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

static int check_size(const struct load_options *options, const struct target *target,
		      struct error *ret_error)
{
	uint32_t size = options->size;
	const char *transport = transports[target->url.transport].name;

	if (size < size_min(target))
		return error_set(ret_error, -EINVAL, "--size 0: %s has no empty messages",
				 transport);
	if (size > size_max(target))
		return error_set(ret_error, -EINVAL, "--size %u: %s takes %u bytes at most", size,
				 transport, size_max(target));
	return 0;
}

/* Answers are told apart by their order, on streams, or by what they carry. */
static int check_depth(const struct load_options *options, const struct target *target,
		       struct error *ret_error)
{
	uint32_t depth = options->depth;

	if ((uint64_t)depth * options->connections > OUTSTANDING_MAX)
		return error_set(ret_error, -EINVAL,
				 "--connections %u x --depth %u are more than %llu requests",
				 options->connections, depth, OUTSTANDING_MAX);
	if (depth > 1 && target->answers == ANSWERS_OTHER)
		return error_set(
			ret_error, -EINVAL,
			"--depth %u: answers of %s do not tell which request they belong to; "
			"use --depth 1 and more --connections",
			depth, target_service(target));
	if (transports[target->url.transport].stream || options->size >= sizeof(uint32_t))
		return 0;
	if (depth > 1u << (8 * options->size))
		return error_set(ret_error, -EINVAL,
				 "--depth %u: %u bytes cannot number so many datagrams", depth,
				 options->size);
	return 0;
}

static int check_verify(struct load_options *options, const struct target *target,
			struct error *ret_error)
{
	if (options->verify && options->no_verify)
		return error_set(ret_error, -EINVAL, "--verify and --no-verify exclude each other");
	if (options->verify && target->answers != ANSWERS_EQUAL)
		return error_set(ret_error, -EINVAL,
				 "--verify: %s does not answer with what it was sent; echo does",
				 target_service(target));
	options->verify = target->answers == ANSWERS_EQUAL && !options->no_verify;
	options->no_verify = !options->verify;
	return 0;
}

static int check_reconnect(const struct load_options *options, const struct target *target,
			   struct error *ret_error)
{
	bool datagram = !transports[target->url.transport].connected;

	if (datagram && options->reconnect_every > 0)
		return error_set(ret_error, -EINVAL, "--reconnect-every: %s has no connections",
				 transports[target->url.transport].name);
	if (options->reconnect_every == 0 && options->close != CLOSE_FIN)
		return error_set(ret_error, -EINVAL,
				 "--close %s is for connections closed by --reconnect-every N",
				 close_choices[options->close]);
	return 0;
}

static void resolve_auto(struct load_options *options, const struct target *target)
{
	bool reliable = transports[target->url.transport].connected;

	if (options->duration_ns == OPTION_AUTO)
		options->duration_ns = options->requests > 0 ? 0 : DURATION_STANDARD_NS;
	if (options->timeout_ns == OPTION_AUTO)
		options->timeout_ns = reliable ? TIMEOUT_STREAM_NS : TIMEOUT_DATAGRAM_NS;
	if (options->threads == 0)
		options->threads = cpu_thread_count(&options->cpus);
	/* A thread without a connection would have nothing to do. */
	if (options->threads > options->connections)
		options->threads = options->connections;
}

int load_options_check(struct load_options *options, const struct target *target,
		       struct error *ret_error)
{
	int error = check_size(options, target, ret_error);

	if (!error)
		error = check_depth(options, target, ret_error);
	if (!error)
		error = check_verify(options, target, ret_error);
	if (!error)
		error = check_reconnect(options, target, ret_error);
	if (!error)
		error = sockopt_check(&options->sockopts, 1u << target->url.transport, ret_error);
	if (!error)
		error = cpu_list_check(&options->cpus, ret_error);
	if (!error)
		resolve_auto(options, target);
	return error;
}
