#include "options.h"

#include <errno.h>
#include <string.h>

#include <ringside/engine.h>
#include <ringside/service.h>

#include "base/array.h"
#include "base/job.h"
#include "base/log.h"
#include "base/stamp_format.h"
#include "exporter.h"
#include "times.h"

#define HELP_COLUMNS 74

static const char *const standard_urls[] = {
	"echo+tcp://127.0.0.1:7777",
	"echo+udp://127.0.0.1:7777",
};

static const char *const daytime_choices[] = { "ctime", "smtp", "iso8601", NULL };
static const char *const stamps_choices[] = { "user", "kernel", NULL };
static const char *const stamp_clock_choices[] = { "message", "batch", NULL };
static const char *const sandbox_choices[] = { "auto", "require", "off", NULL };
static const char *const stamp_mode_choices[] = { "stateless", "stateful", NULL };

/* The names of those that are on, or off, by default, in lines of their own: argp would begin them
 * in the first column. */
static void print_features(FILE *stream, const char *title, bool standard)
{
	const char *before = "";
	int column = fprintf(stream, "  %-10s ", title);

	for (int id = 0; id < FEATURE_COUNT; id++) {
		if (features[id].standard != standard)
			continue;
		if (column + (int)strlen(features[id].name) > HELP_COLUMNS) {
			before = ",\n             ";
			column = 0;
		}
		column += fprintf(stream, "%s%s", before, features[id].name);
		before = ", ";
	}
	(void)fputc('\n', stream);
}

static void print_details(FILE *stream)
{
	(void)fputs("Services:\n", stream);
	for (const struct service *const *service = services; *service; service++)
		(void)fprintf(stream, "  %-10s %s (%s)\n", (*service)->name, (*service)->summary,
			      (*service)->source);
	(void)fputs("\nSocket options of --sockopt:\n", stream);
	sockopt_print(stream);
	(void)fputs("\nFaults of --inject, as KIND=[TIME:]SHARE[:TRANSPORT] (100% unless given):\n",
		    stream);
	inject_print(stream);
	(void)fputs("\nKernel features of --features, by default (docs/features.md):\n", stream);
	print_features(stream, "on", true);
	print_features(stream, "off", false);
}

#define AT(member) OPTION_AT(struct serve_options, member)

static const struct option_row rows[] = {
	CHOICE_ROW_BACKEND(AT),
	CHOICE_ROW_FEATURES(AT),
	CHOICE_ROW_THREADS(AT),
	CHOICE_ROW_CPUS(AT),
	CHOICE_ROW_SPIN(AT),

	{ .group = "Limits, of one thread:",
	  .name = "connections",
	  .key = 'c',
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(connections),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = 1,
	  .max = 1 << 20,
	  .help = "connections at a time; auto: 16384, or what the limit on files leaves" },
	{ .name = "buffer-size",
	  .argument = "SIZE",
	  .type = OPTION_SIZE,
	  .at = AT(buffer_size),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = 64,
	  .max = 1 << 20,
	  .help = "of a receive buffer of a stream; auto: 4096" },
	{ .name = "buffers",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(buffers),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = 1,
	  .max = 32768,
	  .help = "receive buffers of streams, and of datagrams; auto: 2048, and 128" },
	{ .name = "zero-copy-min",
	  .argument = "SIZE",
	  .type = OPTION_SIZE,
	  .at = AT(zero_copy_min),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = 1,
	  .help = "feature zero_copy: answers of at least this size; auto: 16384" },

	{ .group = "Sockets:",
	  .name = "backlog",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(backlog),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = 1,
	  .max = 65535,
	  .help = "connections that may wait to be accepted; auto: 4096; never more than "
		  "net.core.somaxconn" },
	SOCKOPT_ROW(AT),
	{ .name = "idle-timeout",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(idle_timeout_ns),
	  .standard = "60s",
	  .help = "close a stream on which nothing moves for so long; 0: never" },
	{ .name = "send-timeout",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(send_timeout_ns),
	  .standard = "30s",
	  .help = "reset a stream whose peer takes nothing for so long; 0: never" },
	{ .name = "drain",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(drain_ns),
	  .standard = "10s",
	  .help = "time to finish what has begun after SIGTERM or SIGINT; a second one ends" },

	{ .group = "Services:",
	  .name = "text",
	  .argument = "STRING",
	  .type = OPTION_STRING,
	  .at = AT(text),
	  .standard = SERVICE_TEXT_STANDARD,
	  .help = "what greeting says; over UDP 26 bytes at most, or as many as were sent" },
	{ .name = "daytime-format",
	  .argument = "FORMAT",
	  .type = OPTION_CHOICE,
	  .at = AT(daytime_format),
	  .choices = daytime_choices,
	  .standard = "ctime",
	  .help = "ctime, smtp or iso8601" },

	{ .group = "Timestamps:",
	  .name = "stamps",
	  .argument = "SOURCE",
	  .type = OPTION_CHOICE,
	  .at = AT(stamps),
	  .choices = stamps_choices,
	  .standard = "kernel",
	  .help = "who says when a request arrived: user, or kernel where it can" },
	{ .name = "stamp-clock",
	  .argument = "OFTEN",
	  .type = OPTION_CHOICE,
	  .at = AT(stamp_clock),
	  .choices = stamp_clock_choices,
	  .standard = "message",
	  .help = "read the clock for the time of leaving once a message, or once a batch" },
	{ .name = "key-file",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(key_file),
	  .help = "stamp and irtt: answer only what is signed with the key in FILE" },
	{ .name = "require-sync",
	  .type = OPTION_FLAG,
	  .at = AT(require_sync),
	  .help = "time and ntp: give no answer while the clock is not synchronised" },
	STAMP_FORMAT_ROW(AT),
	{ .name = "stamp-mode",
	  .argument = "MODE",
	  .type = OPTION_CHOICE,
	  .at = AT(stamp_mode),
	  .choices = stamp_mode_choices,
	  .standard = "stateless",
	  .help = "stateful: stamp numbers each session's answers, which tells loss of each way" },
	{ .name = "stamp-sessions",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(stamp_sessions),
	  .standard = "65536",
	  .min = 1,
	  .max = SERVICE_SESSIONS_MAX,
	  .help = "sessions that stamp and irtt remember, of one listener and thread" },
	{ .name = "twamp-light",
	  .type = OPTION_FLAG,
	  .at = AT(twamp_light),
	  .help = "stamp: answer requests of 14 to 43 bytes too, with 44" },
	{ .name = "irtt-min-interval",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(irtt_min_interval_ns),
	  .standard = "10ms",
	  .help = "irtt: between two requests of a client; 0: any" },
	{ .name = "irtt-max-duration",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(irtt_max_duration_ns),
	  .standard = "0",
	  .help = "irtt: how long a client's test may be; 0: any" },
	{ .name = "irtt-max-length",
	  .argument = "SIZE",
	  .type = OPTION_SIZE,
	  .at = AT(irtt_max_length),
	  .standard = "0",
	  .max = 65507,
	  .help = "irtt: how long a request may be; 0: any" },
	{ .name = "irtt-timeout",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(irtt_timeout_ns),
	  .standard = "1m",
	  .help = "irtt: forget a client that says nothing for so long; 0: never" },

	{ .group = "Tests of clients:",
	  .name = "inject",
	  .argument = "RULE[,RULE...]",
	  .type = OPTION_CUSTOM,
	  .at = AT(inject),
	  .parse = inject_rules_parse,
	  .to_json = inject_rules_to_json,
	  .help = "make faults on purpose, such as delay=150us:10%,drop=1%:udp; see below" },
	{ .name = "inject-seed",
	  .argument = "N",
	  .type = OPTION_COUNT,
	  .at = AT(inject_seed),
	  .standard = "1",
	  .help = "what decides which answers they hit; the same seed hits the same ones" },

	{ .group = "Reports:",
	  .name = "stats-interval",
	  .argument = "TIME",
	  .type = OPTION_DURATION,
	  .at = AT(stats_interval_ns),
	  .standard = "off",
	  .word = "off",
	  .min = 10000000,
	  .help = "a line of statistics on standard error so often" },
	{ .name = "json-stats",
	  .argument = "FILE",
	  .type = OPTION_STRING,
	  .at = AT(json_stats),
	  .help = "write all statistics at the end, and at each interval; - is standard output, a "
		  "line each after those of the listeners" },
	{ .name = "verbose",
	  .key = 'v',
	  .type = OPTION_FLAG,
	  .at = AT(verbose),
	  .help = "tell of each connect and disconnect" },

	{ .group = "Operation:",
	  .name = "config",
	  .argument = "FILE",
	  .type = OPTION_CUSTOM,
	  .parse = job_option_pass,
	  .help = "read options from a file too: below [serve], NAME = VALUE by their long "
		  "names, and listen = SERVICE+URL" },
	{ .name = "check-config",
	  .type = OPTION_CUSTOM,
	  .parse = job_option_pass,
	  .help = "tell all that is wrong with the options, a line each, and exit" },
	{ .name = "print-config",
	  .type = OPTION_CUSTOM,
	  .parse = job_option_pass,
	  .help = "print the options in effect, as a file for --config, and exit" },
	{ .name = "metrics",
	  .argument = "[HOST:]PORT",
	  .type = OPTION_STRING,
	  .at = AT(metrics),
	  .help = "serve /metrics (OpenMetrics) and /healthz by HTTP, of 127.0.0.1 unless there is "
		  "a HOST; or at unix:PATH" },
	{ .name = "log-format",
	  .argument = "FORMAT",
	  .type = OPTION_CHOICE,
	  .at = AT(log_format),
	  .choices = log_formats,
	  .standard = "text",
	  .help = "lines on standard error: text, logfmt or json" },
	{ .group = "Rights:",
	  .name = "user",
	  .argument = "USER[:GROUP]",
	  .type = OPTION_STRING,
	  .at = AT(user),
	  .help = "once the sockets are bound, become this user for good; needs root" },
	{ .name = "sandbox",
	  .argument = "HOW",
	  .type = OPTION_CHOICE,
	  .at = AT(sandbox),
	  .choices = sandbox_choices,
	  .standard = SANDBOX_STANDARD,
	  .help = "give up all that serving does not need: auto (what the kernel has), require, "
		  "off" },
	{ .name = "unix-mode",
	  .argument = "MODE",
	  .type = OPTION_CUSTOM,
	  .at = AT(unix_mode),
	  .parse = unix_mode_parse,
	  .to_json = unix_mode_to_json,
	  .standard = "0660",
	  .help = "of UNIX socket files, in octal: who may write may connect" },
	{ .name = "allow-uid",
	  .argument = "UID[,UID...]",
	  .type = OPTION_CUSTOM,
	  .at = AT(allowed_uids),
	  .parse = uid_list_parse,
	  .to_json = uid_list_to_json,
	  .help = "unix and unixpacket: who may connect; others are closed before a byte" },
	{ .group = "Abuse:",
	  .name = "rate-limit",
	  .argument = "RATE[:BURST]",
	  .type = OPTION_CUSTOM,
	  .at = AT(rate_limit),
	  .standard = "auto",
	  .parse = rate_limit_parse,
	  .to_json = rate_to_json,
	  .help = "answers a second over UDP to one IPv4 address or IPv6 /64, and so many at "
		  "once; auto: 1000, but any number at a loopback address; off: any" },
	{ .name = "rate-ceiling",
	  .argument = "RATE",
	  .type = OPTION_CUSTOM,
	  .at = AT(rate_ceiling),
	  .standard = "auto",
	  .parse = rate_ceiling_parse,
	  .to_json = rate_to_json,
	  .help = "answers a second of one UDP listener, of all threads; auto: 20000 where "
		  "--rate-limit is in force; off: any number" },
	{ .name = "rate-trust",
	  .argument = "PREFIX[,PREFIX...]",
	  .type = OPTION_CUSTOM,
	  .at = AT(rate_trust),
	  .parse = trust_parse,
	  .to_json = trust_to_json,
	  .help = "networks that are not limited, such as 192.0.2.0/24,2001:db8::/32" },
	{ .name = "refuse-ports",
	  .argument = "PORT[-PORT][,...]",
	  .type = OPTION_CUSTOM,
	  .at = AT(refuse_ports),
	  .parse = port_list_parse,
	  .to_json = port_list_to_json,
	  .help = "more source ports that get no answer over UDP, beside those below 1024, 1900, "
		  "2049, 5353, 11211 and our own" },
	{ .name = "queue-max",
	  .argument = "SIZE",
	  .type = OPTION_SIZE,
	  .at = AT(queue_max),
	  .standard = "auto",
	  .word = "auto",
	  .word_value = OPTION_AUTO,
	  .min = 1,
	  .max = 1 << 30,
	  .help = "answers that wait on one stream before it is read no more; auto: 64Ki" },
	{ 0 },
};

const struct option_table serve_option_table = {
	.arguments = "[SERVICE+URL...]",
	.arguments_key = "listen",
	.arguments_at = AT(urls),
	.summary =
		"Serve small services on TCP, UDP and UNIX sockets, such as echo+tcp://[::]:7777, "
		"ctime+udp://127.0.0.1:21567 or echo+unix:/run/x.sock; echo+fd:NAME is a socket "
		"that was passed, as systemd does. Without an argument: echo on TCP and UDP, "
		"127.0.0.1, port 7777.",
	.details = "Exit status: 0 ended by a signal, 2 could not serve, or usage.\n",
	.print_details = print_details,
	.rows = rows,
};

static int check_text(struct serve_options *options, struct error *ret_error)
{
	size_t length = strlen(options->text);

	if (length <= SERVICE_TEXT_MAX)
		return 0;
	return error_set(ret_error, -EINVAL, "--text: %zu bytes are too long (%d at most)", length,
			 SERVICE_TEXT_MAX);
}

static int standard_listeners(struct serve_options *options, struct error *ret_error)
{
	int error = 0;

	if (options->urls.count > 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(standard_urls) && !error; i++)
		error = string_list_add(&options->urls, standard_urls[i]);
	return error ? error_set(ret_error, error, "out of memory") : 0;
}

static int check_cpus(struct serve_options *options, struct error *ret_error)
{
	struct error reason;
	int error = cpu_list_check(&options->cpus, &reason);

	if (error)
		return error_set(ret_error, error, "--cpus: %s", reason.text);
	if (options->threads == 0)
		options->threads = cpu_thread_count(&options->cpus);
	return 0;
}

static int check_metrics(struct serve_options *options, struct error *ret_error)
{
	struct url url;

	return options->metrics ? exporter_parse(options->metrics, &url, ret_error) : 0;
}

static int (*const checks[])(struct serve_options *options, struct error *ret_error) = {
	check_text, times_check, standard_listeners, check_cpus, check_metrics,
};

int serve_options_check_next(struct serve_options *options, uint32_t *next, struct error *ret_error)
{
	int error = 0;

	while (!error && *next < ARRAY_SIZE(checks))
		error = checks[(*next)++](options, ret_error);
	return error;
}

int serve_options_check(struct serve_options *options, struct error *ret_error)
{
	uint32_t next = 0;

	return serve_options_check_next(options, &next, ret_error);
}
